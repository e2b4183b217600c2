// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A heap's name never leads out of {@code /dev/dma_heap}. {@code -Dheap.names=100000} is the long
 * form.
 */
@ExtendWith(NothingLeft.class)
class HeapNamesTest {
  private static final int NAMES = Integer.getInteger("heap.names", 20_000);
  private static final Path DIRECTORY = Path.of("/dev/dma_heap");
  private static final List<String> PARTS =
      List.of(
          "..",
          ".",
          "/",
          "//",
          "\\",
          "\0",
          "system",
          "reserved",
          "linux,cma@50000000",
          "etc/passwd",
          "%2e%2e",
          "~",
          " ",
          "\n",
          "\u2025",
          "\uff0f",
          "\u0131",
          "a",
          "x".repeat(63),
          "-",
          "_",
          "\ud800",
          "proc/self/mem",
          "*",
          "$HOME",
          ";",
          "dev/mem");

  private final List<String> opened = new ArrayList<>();
  private final AtomicReference<String> asked = new AtomicReference<>("");

  /** Nothing is opened, only noted: the answer is that there is no such node. */
  private int noted(String call, Object[] arguments) {
    if (!call.equals("open")) {
      return 0;
    }
    ByteBuffer path = ((ByteBuffer) arguments[0]).duplicate().rewind();
    String text = StandardCharsets.UTF_8.decode(path).toString();
    opened.add(text.substring(0, text.indexOf('\0')));
    return Errno.ENOENT.number();
  }

  @Test
  void whateverTheNameNothingOutsideOfTheDirectoryIsOpened() {
    LinuxMemory linux = new LinuxMemoryService(TestKernel.with(TestKernel.watched(this::noted)));
    opened.clear();
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    int tried = 0;
    for (int i = 0; i < NAMES; i++) {
      asked.set(name(random));
      boolean allowed = ask(linux);
      tried += allowed ? 1 : 0;
      for (String path : opened) {
        String what = "seed " + seed + ", name \"" + asked + "\" opens " + path;
        assertTrue(allowed, what);
        assertEquals(DIRECTORY.resolve(asked.get()).toString(), path, what);
        assertEquals(DIRECTORY, Path.of(path).normalize().getParent(), what);
      }
      opened.clear();
    }
    assertTrue(tried > NAMES / 100, "names that may be: " + tried);
  }

  /** Tells whether the name may be a node's. */
  private boolean ask(LinuxMemory linux) {
    boolean allowed = asked.get().matches("[A-Za-z0-9_,.@-]{1,63}");
    allowed &= !asked.get().equals(".") && !asked.get().equals("..");
    assertEquals(allowed, LinuxMemory.isDmaHeapName(asked.get()), asked.get());
    try {
      linux.dmaHeap(asked.get(), new TestRequest(4096));
      throw new AssertionError("allocated from " + asked);
    } catch (HeapException e) {
      assertTrue(allowed, e.toString());
      assertFalse(opened.isEmpty(), "nothing was opened for " + asked);
    } catch (IllegalArgumentException e) {
      assertFalse(allowed, e.toString());
    }
    return allowed;
  }

  private static String name(SplittableRandom random) {
    StringBuilder name = new StringBuilder();
    for (int parts = random.nextInt(5); parts >= 0; parts--) {
      if (random.nextInt(8) == 0) {
        name.appendCodePoint(random.nextInt(0x11_0000));
      } else {
        name.append(PARTS.get(random.nextInt(PARTS.size())));
      }
    }
    return name.toString();
  }
}
