// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/** Threads that go on using byte buffers while their views are retired. */
final class Racing {
  static final int SIZE = 64 * 1024;
  private static final int CANARIES = 8;
  private static final int THREADS = 3;

  /** Every so many rounds an access is waited for; the others are as quick as can be. */
  private static final int WAIT = 50;

  private static final byte CANARY = (byte) 0xA5;
  private static final byte STALE = 0x5A;

  private final AtomicReference<ByteBuffer> current = new AtomicReference<>();
  private final AtomicReference<Throwable> thrown = new AtomicReference<>();
  private final AtomicLong accesses = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean done;

  /** Makes a buffer. */
  interface Source {
    DmaBufOps allocate() throws Exception;
  }

  /** Allocates, maps, hands a byte buffer to the threads, retires and releases, many times. */
  static void retire(int rounds, Source source) throws Exception {
    Racing racing = new Racing();
    List<DmaBufOps> canaries = new ArrayList<>();
    List<View> views = new ArrayList<>();
    for (int i = 0; i < CANARIES; i++) {
      canaries.add(source.allocate());
      views.add(canaries.get(i).map());
      fill(views.get(i).bytes(0, SIZE));
    }
    racing.start();
    for (int round = 0; round < rounds && racing.thrown.get() == null; round++) {
      DmaBufOps buffer = source.allocate();
      racing.round(buffer, round % WAIT == 0);
      buffer.release();
      // Takes the place of a canary now and then, so that its address comes from what was freed.
      if (round % 64 == 0) {
        int old = round / 64 % CANARIES;
        check(views.get(old).bytes(0, SIZE));
        views.get(old).retire();
        views.set(old, canaries.get(old).map());
      }
    }
    racing.end();
    for (int i = 0; i < CANARIES; i++) {
      check(views.get(i).bytes(0, SIZE));
      views.get(i).retire();
      canaries.get(i).release();
    }
  }

  /** Maps and retires one buffer many times; it must keep what its own view wrote. */
  static void retireViewsOf(DmaBufOps shared, int rounds) throws Exception {
    Racing racing = new Racing();
    racing.start();
    for (int round = 0; round < rounds && racing.thrown.get() == null; round++) {
      racing.round(shared, round % WAIT == 0);
    }
    racing.end();
  }

  private void round(DmaBufOps buffer, boolean wait) throws Exception {
    View view = buffer.map();
    long before = accesses.get();
    current.set(view.bytes(0, SIZE));
    while (wait && accesses.get() == before && thrown.get() == null) {
      LockSupport.parkNanos(1_000);
    }
    view.retire();
  }

  private void start() {
    List<Access> all =
        List.of(
            bytes -> bytes.put(777, STALE),
            bytes -> bytes.mismatch(bytes.slice(8, 4096)),
            bytes -> new CRC32().update(bytes.duplicate()),
            bytes -> bytes.duplicate().get(new byte[SIZE]),
            bytes -> bytes.duplicate().put(ByteBuffer.allocate(256)),
            bytes -> bytes.getLong(SIZE - 8));
    for (int i = 0; i < THREADS; i++) {
      int first = i;
      threads.add(new Thread(() -> loop(all, first)));
    }
    threads.forEach(Thread::start);
  }

  private interface Access {
    void to(ByteBuffer bytes);
  }

  private void loop(List<Access> all, int first) {
    try {
      for (int i = first; !done; i++) {
        ByteBuffer bytes = current.get();
        if (bytes != null) {
          all.get(i % all.size()).to(bytes);
          accesses.incrementAndGet();
        }
      }
    } catch (RuntimeException | Error e) {
      thrown.compareAndSet(null, e);
    }
  }

  private void end() throws InterruptedException {
    done = true;
    for (Thread thread : threads) {
      thread.join();
    }
    current.set(null);
    assertNull(thrown.get());
    assertTrue(accesses.get() > 0);
  }

  private static void fill(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      bytes.put(CANARY);
    }
  }

  private static void check(ByteBuffer bytes) {
    byte[] content = new byte[SIZE];
    bytes.get(content);
    for (int i = 0; i < SIZE; i++) {
      if (content[i] != CANARY) {
        assertEquals(CANARY, content[i], "byte " + i + " of a canary");
      }
    }
  }
}
