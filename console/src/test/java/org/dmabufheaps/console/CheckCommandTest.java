// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
  private final FakeCore core = new FakeCore();

  /** There is no framework that could be asked to install anything. */
  private final CheckCommand command = new CheckCommand(core, new FakeKit(), null);

  @TempDir Path folder;

  private String refusal(Path jar) {
    return assertThrows(CommandFailed.class, () -> command.check(null, jar.toString()))
        .getMessage();
  }

  @Test
  void aFileThatIsNoJarIsRefusedWithTheReason() throws IOException {
    Path text = Files.writeString(folder.resolve("text.jar"), "no jar at all");
    String told = refusal(text);
    assertTrue(told.startsWith(text + " is no jar file: "), told);
    assertTrue(told.length() > (text + " is no jar file: ").length(), told);
  }

  @Test
  void aJarWithoutAManifestIsRefused() throws IOException {
    Path plain = folder.resolve("plain.jar");
    new JarOutputStream(Files.newOutputStream(plain)).close();
    assertEquals(plain + " is no bundle: it has no META-INF/MANIFEST.MF", refusal(plain));
  }
}
