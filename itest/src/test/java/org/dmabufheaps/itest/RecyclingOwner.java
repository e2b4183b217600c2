// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.OwnedFd;

/**
 * Takes and gives memory in many ways, each time finds it zero, fills it with bytes of its own, and
 * keeps byte buffers over it for a while after it was closed.
 */
final class RecyclingOwner implements Callable<Void> {
  private static final int KEPT = 8;
  private static final int MOST_PAGES = 24;

  /** Now and then a buffer is as large as a frame. */
  private static final int FRAME_PAGES = 1024;

  private static final int LARGE_FRAME_PAGES = 8_100;
  private static final int PAGE = 4096;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(32 * PAGE);

  private final AllocationService allocations;
  private final byte mark;
  private final long events;
  private final SplittableRandom random;
  private final Deque<ByteBuffer> stale = new ArrayDeque<>();

  /**
   * Makes an owner.
   *
   * @param mark what it writes; no other owner does
   */
  RecyclingOwner(AllocationService allocations, int mark, long events) {
    this.allocations = allocations;
    this.mark = (byte) mark;
    this.events = events;
    this.random = new SplittableRandom(mark);
  }

  @Override
  public Void call() throws Exception {
    for (long event = 0; event < events; event++) {
      use(event);
      checkStale();
    }
    return null;
  }

  private void use(long event) throws Exception {
    int size = PAGE * pages() - random.nextInt(PAGE);
    DmaBuf buffer = allocations.allocate("system", size);
    DmaBuf second = random.nextInt(8) == 0 ? allocations.share(buffer) : null;
    OwnedFd fd = random.nextInt(16) == 0 ? buffer.exportFd() : null;
    try (CpuAccess cpu = (second == null ? buffer : second).beginCpuAccess(Access.READ_WRITE)) {
      ByteBuffer bytes = cpu.bytes();
      int real = bytes.capacity();
      assertZero("event " + event + ", " + size, bytes);
      byte[] own = new byte[real];
      Arrays.fill(own, mark);
      bytes.put(0, own);
      stale.add(bytes);
    }
    if (second != null) {
      second.close();
    }
    if (fd != null) {
      fd.close();
    }
    buffer.close();
  }

  /** Of some there are many sizes that lie close together: they serve one another. */
  private int pages() {
    return random.nextInt(16) == 0 ? random.nextInt(66, 91) : random.nextInt(1, mostPages());
  }

  private int mostPages() {
    return switch (random.nextInt(4096)) {
      case 0 -> LARGE_FRAME_PAGES;
      case 1, 2, 3, 4, 5, 6, 7, 8 -> FRAME_PAGES;
      default -> MOST_PAGES;
    };
  }

  private static void assertZero(String what, ByteBuffer bytes) {
    for (int at = 0; at < bytes.capacity(); at += ZEROS.capacity()) {
      int length = Math.min(ZEROS.capacity(), bytes.capacity() - at);
      int wrong = bytes.slice(at, length).mismatch(ZEROS.slice(0, length));
      assertTrue(what + ": byte " + (at + wrong), wrong < 0);
    }
  }

  /** What is left of its own, or zeros; never another's. */
  private void checkStale() {
    for (ByteBuffer bytes : stale) {
      int at = random.nextInt(bytes.capacity());
      byte seen = bytes.get(at);
      assertTrue("a stale byte buffer shows " + seen, seen == 0 || seen == mark);
      bytes.put(at, mark);
    }
    if (stale.size() > KEPT) {
      stale.removeFirst();
    }
  }
}
