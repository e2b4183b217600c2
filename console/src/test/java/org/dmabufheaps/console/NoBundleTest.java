// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NoBundleTest {
  private static final String BUNDLE = "Manifest-Version: 1.0\nBundle-SymbolicName: acme\n";

  @TempDir Path directory;

  private static byte[] jar(String manifest) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes)) {
      jar.putNextEntry(new ZipEntry("some-file"));
      if (!manifest.isEmpty()) {
        jar.putNextEntry(new ZipEntry("META-INF/MANIFEST.MF"));
        jar.write(manifest.getBytes(UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  private String refusal(String name, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve(name), content);
    assertTrue(new NoBundle().canHandle(file.toFile()));
    return assertThrows(IOException.class, () -> new NoBundle().update(file.toFile())).getMessage();
  }

  @Test
  void whatIsNoJarOrNotAllOfItIsToldFromOneWithoutAManifest() throws IOException {
    String partly = "it is no jar file, or was not copied in full: ";
    assertTrue(refusal("text.jar", "no archive".getBytes(UTF_8)).startsWith(partly));
    byte[] whole = jar(BUNDLE);
    assertTrue(refusal("half.jar", Arrays.copyOf(whole, whole.length / 2)).startsWith(partly));
    assertEquals("it is no bundle: it has no META-INF/MANIFEST.MF", refusal("a.jar", jar("")));
    assertEquals(
        "it is no bundle: its manifest has no Bundle-SymbolicName",
        refusal("b.jar", jar("Manifest-Version: 1.0\n")));
  }

  @Test
  void bundlesAndOtherFilesAreLeftToOthers() throws IOException {
    Path bundle = Files.write(directory.resolve("acme.jar"), jar(BUNDLE));
    Path other = Files.write(directory.resolve("acme.cfg"), "a=b".getBytes(UTF_8));
    assertFalse(new NoBundle().canHandle(bundle.toFile()));
    assertFalse(new NoBundle().canHandle(other.toFile()));
  }
}
