// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.File;
import java.io.IOException;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Component;

/**
 * Says why a jar in {@code deploy/} is no bundle: one that was copied in part, or has no manifest.
 * File Install passes over such files without a word; an installer that handles what nobody else
 * does, and fails, makes it report them.
 */
@Component(service = ArtifactInstaller.class, property = "service.ranking:Integer=-1000")
public final class NoBundle implements ArtifactInstaller {

  /** Tells whether a file is a jar that can't be a bundle. */
  @Override
  public boolean canHandle(File file) {
    return file.getName().endsWith(".jar") && !whyNot(file).isEmpty();
  }

  /** Fails with the reason. */
  @Override
  public void install(File file) throws IOException {
    throw new IOException(whyNot(file));
  }

  /** Fails with the reason. */
  @Override
  public void update(File file) throws IOException {
    install(file);
  }

  /** Has nothing to do. */
  @Override
  public void uninstall(File file) {}

  private static String whyNot(File file) {
    try (JarFile jar = new JarFile(file)) {
      Manifest manifest = jar.getManifest();
      if (manifest == null) {
        return "it is no bundle: it has no " + JarFile.MANIFEST_NAME;
      }
      return manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME) == null
          ? "it is no bundle: its manifest has no " + Constants.BUNDLE_SYMBOLICNAME
          : "";
    } catch (IOException e) {
      return "it is no jar file, or was not copied in full: " + e.getMessage();
    }
  }
}
