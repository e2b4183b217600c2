// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A vendor's bundle: says when it starts and stops. */
public final class Hello implements BundleActivator {
  static final String STARTED = "hello has started";
  static final String STOPPED = "hello has stopped";

  @Override
  public void start(BundleContext context) {
    System.out.println(STARTED);
  }

  @Override
  public void stop(BundleContext context) {
    System.out.println(STOPPED);
  }

  /** Puts the bundle into a directory, as a user should: complete, then under its name. */
  static Path drop(Path deploy) throws IOException {
    Manifest manifest = new Manifest();
    Attributes headers = manifest.getMainAttributes();
    headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    headers.putValue("Bundle-ManifestVersion", "2");
    headers.putValue("Bundle-SymbolicName", "hello");
    headers.putValue("Bundle-Activator", Hello.class.getName());
    headers.putValue("Import-Package", "org.osgi.framework");
    String entry = Hello.class.getName().replace('.', '/') + ".class";
    Path unfinished = deploy.resolve(".hello.jar");
    try (OutputStream file = Files.newOutputStream(unfinished);
        JarOutputStream jar = new JarOutputStream(file, manifest);
        InputStream code = Hello.class.getClassLoader().getResourceAsStream(entry)) {
      jar.putNextEntry(new ZipEntry(entry));
      code.transferTo(jar);
    }
    return Files.move(unfinished, deploy.resolve("hello.jar"));
  }
}
