// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.BundleActivator;

/** Makes bundles of the tests' classes. */
final class BundleFile {
  private BundleFile() {}

  /**
   * Puts a bundle into a directory, as a user should: complete, then under its name.
   *
   * @param activator goes into it with the classes that it declares
   */
  static Path drop(
      Path deploy, String name, Class<? extends BundleActivator> activator, String imports)
      throws IOException {
    Manifest manifest = new Manifest();
    Attributes headers = manifest.getMainAttributes();
    headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    headers.putValue("Bundle-ManifestVersion", "2");
    headers.putValue("Bundle-SymbolicName", name);
    headers.putValue("Bundle-Activator", activator.getName());
    headers.putValue("Import-Package", imports);
    List<Class<?>> classes = new ArrayList<>(List.of(activator));
    classes.addAll(List.of(activator.getDeclaredClasses()));
    Path unfinished = deploy.resolve("." + name + ".jar");
    try (OutputStream file = Files.newOutputStream(unfinished);
        JarOutputStream jar = new JarOutputStream(file, manifest)) {
      for (Class<?> type : classes) {
        String entry = type.getName().replace('.', '/') + ".class";
        jar.putNextEntry(new ZipEntry(entry));
        try (InputStream code = type.getClassLoader().getResourceAsStream(entry)) {
          code.transferTo(jar);
        }
      }
    }
    return Files.move(unfinished, deploy.resolve(name + ".jar"));
  }
}
