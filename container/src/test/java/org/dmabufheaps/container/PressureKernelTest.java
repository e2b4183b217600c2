// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A neighbour makes memory short on a small machine: the pool falls to what it keeps ready within
 * two windows, stays there, and allocations go on. To be run in a guest of its own.
 */
@Tag("kernel-pressure")
@Timeout(120)
class PressureKernelTest {
  private static final long WINDOW_MILLIS = 2_000;
  private static final long STALL_MILLIS = 100;
  private static final int FILLED_MIB = 96;
  private static final int FLOOR_MIB = 4;

  /** Of the kernel's clock and of who looks, on one busy processor. */
  private static final long SLACK_MILLIS = 500;

  private static final Pattern SEEN =
      Pattern.compile(
          "stalled true, at the floor after (\\d+) ms, lowest \\d+ bytes, later still there,.*");

  @TempDir Path directory;

  @Test
  void thePoolFallsToItsFloorWithinTwoWindowsAndAllocationsGoOn() throws Exception {
    DeviceNodes.ofGuest().close();
    try (Shell shell = Shell.start(directory, List.of())) {
      Path deploy = directory.resolve("deploy");
      configure(deploy, "pagepool", "max.age.millis=0", "keep.ready=1048576*" + FLOOR_MIB);
      configure(
          deploy, "pressure", "stall.millis=" + STALL_MILLIS, "window.millis=" + WINDOW_MILLIS);
      for (String name : List.of("heap-pagepool.jar", "heap-deferred-free.jar")) {
        Files.copy(Shell.home().resolve("optional").resolve(name), deploy.resolve(name));
      }
      String imports = "org.dmabufheaps,org.osgi.framework";
      BundleFile.drop(deploy, "pressure", PressedPool.class, imports);
      shell.await("lb -s", "|Active     |    1|pressure");
      shell.await("heap:info system", "pool hits", "freelist deferred", FLOOR_MIB + ".0 MiB");
      shell.await("guest:fill system " + FILLED_MIB, "all pooled");
      String pressed = "guest:pressed system " + FLOOR_MIB + " " + STALL_MILLIS + " 10";
      String seen = shell.run(pressed, Duration.ofSeconds(60));
      System.out.println(seen);
      assertTrue(seen.contains("allocated many, refused 0"), seen);
      Matcher look = SEEN.matcher(seen);
      assertTrue(look.find(), seen);
      long millis = Long.parseLong(look.group(1));
      assertTrue(millis <= 2 * WINDOW_MILLIS + SLACK_MILLIS, seen);
      shell.await("guest:fill system 16", "all pooled");
    }
    assertEquals(List.of(), killed());
  }

  private static void configure(Path deploy, String pid, String... lines) throws IOException {
    Files.write(deploy.resolve("org.dmabufheaps." + pid + ".cfg"), List.of(lines));
  }

  private static List<String> killed() throws IOException {
    return Files.readAllLines(Path.of("/proc/vmstat")).stream()
        .filter(line -> line.matches("oom_kill [1-9].*"))
        .toList();
  }
}
