// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class PressureWatchTest {
  private static final Path PRESSURE = Path.of("/proc/pressure/memory");

  /** Windows of two seconds need no privilege. */
  private static final long WINDOW_MILLIS = 2_000;

  private final LinuxMemory linux = TestKernel.linux();

  private static boolean kernelTells() {
    try {
      return Files.isWritable(PRESSURE) && !Files.readAllLines(PRESSURE).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void theKernelTakesTheTriggerWhereItTellsOfPressure() throws Exception {
    assumeTrue(kernelTells(), "this kernel tells nothing of pressure");
    linux.watchPressure(500, WINDOW_MILLIS, () -> {}).close();
  }

  @Test
  void aTriggerThatTheKernelRefusesLeavesNothing() {
    assumeTrue(kernelTells(), "this kernel tells nothing of pressure");
    HeapException e =
        assertThrows(
            HeapException.class,
            () -> linux.watchPressure(2 * WINDOW_MILLIS, WINDOW_MILLIS, () -> {}));
    assertTrue(e.getMessage().contains("/proc/pressure/memory"), e.getMessage());
  }
}
