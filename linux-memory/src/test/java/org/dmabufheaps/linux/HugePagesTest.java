// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HugePagesTest {
  @TempDir Path root;

  private void pool(String name, int pages, int free, int reserved) throws Exception {
    Path pool = Files.createDirectories(root.resolve("sys/kernel/mm/hugepages").resolve(name));
    Files.writeString(pool.resolve("nr_hugepages"), pages + "\n");
    Files.writeString(pool.resolve("free_hugepages"), free + "\n");
    Files.writeString(pool.resolve("resv_hugepages"), reserved + "\n");
  }

  @Test
  void theDefaultSizeComesFirstAndPromisedPagesAreNotFree() throws Exception {
    assertEquals(List.of(), HugePages.all(root));
    Files.createDirectories(root.resolve("proc"));
    Files.writeString(root.resolve("proc/meminfo"), "HugePages_Total: 0\nHugepagesize:  2048 kB\n");
    pool("hugepages-64kB", 9, 9, 0);
    pool("hugepages-2048kB", 16, 10, 4);
    pool("hugepages-1048576kB", 1, 0, 3);
    pool("something", 1, 1, 0);
    assertEquals(
        List.of(
            new HugePages(2 << 20, true, 16, 6),
            new HugePages(64 << 10, false, 9, 9),
            new HugePages(1 << 30, false, 1, 0)),
        HugePages.all(root));
    String counts = HugePages.counts(root);
    pool("hugepages-2048kB", 16, 1, 0);
    assertEquals(counts, HugePages.counts(root), "who has them is no change");
    pool("hugepages-2048kB", 17, 1, 0);
    assertNotEquals(counts, HugePages.counts(root));
  }

  @Test
  void aThreadThatWasInterruptedKnowsTheDefaultSize() throws Exception {
    Files.createDirectories(root.resolve("proc"));
    Files.writeString(root.resolve("proc/meminfo"), "Hugepagesize:  2048 kB\n");
    pool("hugepages-2048kB", 16, 10, 4);
    Thread.currentThread().interrupt();
    try {
      assertEquals(List.of(new HugePages(2 << 20, true, 16, 6)), HugePages.all(root));
    } finally {
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void aShortageNamesTheSetting() {
    assertTrue(new HugePages(64, true, 3, 1).shortage().contains("raise vm.nr_hugepages"));
    assertTrue(
        new HugePages(1 << 30, false, 3, 1)
            .shortage()
            .contains("raise /sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"));
  }

  @Test
  void theLongestPhysicalRangeIsFoundInAnyOrder() {
    long[] frames = {1536, 4096, 1024, 512, 9999, 4608};
    assertEquals(List.of(3, 2, 0), PageFrames.longestRun(frames, 512));
    assertEquals(List.of(0), PageFrames.longestRun(new long[] {7}, 512));
  }
}
