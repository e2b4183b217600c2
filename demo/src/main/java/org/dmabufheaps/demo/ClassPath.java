// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** Finds the jars that the receiver runs from: those that the framework's bundles came from. */
final class ClassPath {
  private static final List<String> NEEDED =
      List.of("org.dmabufheaps.core-api", "org.dmabufheaps.linux-memory", "com.sun.jna");

  private ClassPath() {}

  /**
   * Finds the jars.
   *
   * @param context of the demo's bundle
   * @return the demo's own and what it needs, separated by colons
   * @throws IOException when a bundle is missing or was not installed from a file
   */
  static String of(BundleContext context) throws IOException {
    List<String> jars = new ArrayList<>();
    jars.add(file(context.getBundle().getLocation()).toString());
    for (String symbolicName : NEEDED) {
      jars.add(file(location(context, symbolicName)).toString());
    }
    return String.join(":", jars);
  }

  private static String location(BundleContext context, String symbolicName) throws IOException {
    for (Bundle bundle : context.getBundles()) {
      if (symbolicName.equals(bundle.getSymbolicName())) {
        return bundle.getLocation();
      }
    }
    throw new IOException("the receiver needs the bundle " + symbolicName + ", which is not there");
  }

  /**
   * Returns the file that a bundle was installed from.
   *
   * @param location such as {@code file:/opt/bundle/x.jar}, {@code file:bundle/x.jar} or {@code
   *     reference:file:/opt/bundle/x.jar}
   * @return the file, absolute
   * @throws IOException when the location names no readable file
   */
  static Path file(String location) throws IOException {
    String url = location.replaceFirst("^reference:", "");
    if (!url.startsWith("file:")) {
      throw new IOException("the receiver needs jars in files, and this is none: " + location);
    }
    try {
      URI uri = URI.create(url);
      Path file = uri.isOpaque() ? Path.of(uri.getSchemeSpecificPart()) : Path.of(uri.getPath());
      if (Files.isReadable(file)) {
        return file.toAbsolutePath();
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("no bundle's location: " + location, e);
    }
    throw new IOException("the file of a bundle can't be read: " + location);
  }
}
