// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A small machine is asked for more than it has, again and again: nothing is killed, and nothing is
 * left in the books. To be run in a guest of its own, with little memory.
 */
@Tag("kernel-sizes")
@Timeout(1200)
class HostileSizesKernelTest {
  /** Of each backing, by one thread; a quarter of it once more by four. */
  private static final int COUNT =
      Integer.parseInt(System.getenv().getOrDefault("DMABUF_SIZES_COUNT", "27000"));

  private static final Duration LIMIT = Duration.ofMinutes(10);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"dma-heap", "udmabuf", "memfd"})
  void everySizeIsRefusedOrRight(String backing) throws Exception {
    DeviceNodes.ofGuest().close();
    long killed = killed();
    try (Shell shell = Shell.start(directory, List.of())) {
      Path deploy = directory.resolve("deploy");
      Files.writeString(
          deploy.resolve("org.dmabufheaps.heap.system.cfg"), "backing=" + backing + "\n");
      BundleFile.drop(deploy, "sizes", HostileSizes.class, "org.dmabufheaps,org.osgi.framework");
      shell.await("heap:info system", "backing                 " + backing);
      shell.await("lb -s", "|Active     |    1|sizes");
      long seed = System.nanoTime();
      ask(shell, backing, "guest:sizes system " + COUNT + " 1 " + seed);
      ask(shell, backing, "guest:sizes system " + COUNT / 4 + " 4 " + (seed + COUNT));
      shell.await("heap:info system", "live                    0 B in 0 buffers");
      shell.await("heap:budget", "taken                0 B");
    }
    assertEquals(killed, killed(), "oom_kill in /proc/vmstat");
  }

  private static void ask(Shell shell, String backing, String command) throws IOException {
    String table = shell.run(command, LIMIT);
    System.out.println(backing + ": " + table);
    assertTrue(table.contains(HostileSizes.GOOD), table);
  }

  private static long killed() throws IOException {
    return Files.readAllLines(Path.of("/proc/vmstat")).stream()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring(9).strip()))
        .findFirst()
        .orElseThrow();
  }
}
