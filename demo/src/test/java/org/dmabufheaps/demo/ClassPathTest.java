// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassPathTest {

  @Test
  void theFileOfALocationIsFound(@TempDir Path directory) throws IOException {
    Path jar = Files.createFile(directory.resolve("a b.jar"));
    assertEquals(jar, ClassPath.file(jar.toUri().toString()));
    assertEquals(jar, ClassPath.file("reference:" + jar.toUri()));
    assertEquals(Path.of("pom.xml").toAbsolutePath(), ClassPath.file("file:pom.xml"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"mvn:a/b/1", "System Bundle", "file:/there/is/no.jar", "file:a b", "file:"})
  void whatIsNoFileIsRefused(String location) {
    assertThrows(IOException.class, () -> ClassPath.file(location));
  }
}
