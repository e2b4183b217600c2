// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/**
 * The program that maps and drops until the list of retired views is full, in a VM of its own that
 * doesn't collect when asked to, and whose heap is so large that it does not for long of itself.
 * What comes next is refused, by the next version of the bundle, too, until there was a collection.
 */
final class NeverCollected {
  private static final int SIZE = 16 << 10;
  private static final int FULL = RetiredViews.CAP * RetiredViews.MAX_VIEWS;
  private static final long ENOUGH_KB = 4 << 10;
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(120);

  private final PlayedFramework framework = new PlayedFramework();

  /** What garbage is made of; a field, so that it is made. */
  private volatile byte[] garbage;

  /** One buffer, written from end to end, whose byte buffer nobody keeps. */
  private static void use(PlayedFramework.Version version) throws Exception {
    DmaBufOps buffer = version.memfd(SIZE);
    try {
      View view = buffer.map();
      ByteBuffer bytes = view.bytes(0, SIZE);
      while (bytes.hasRemaining()) {
        bytes.putLong(-1);
      }
      view.retire();
    } finally {
      buffer.release();
    }
  }

  private static void expect(boolean condition, Object otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }

  private RetiredViews list() {
    Syscalls sys = TestKernel.real().sys();
    return TestKernel.with(sys, Replacement.here(), framework.kept()).retired();
  }

  private static String refusal(PlayedFramework.Version version) throws Exception {
    try {
      use(version);
      return "";
    } catch (HeapException e) {
      expect(Errno.ENOMEM.is(e), e);
      return e.getMessage();
    }
  }

  private static long sharedKb() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssShmem:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  private void fill(PlayedFramework.Version version) throws Exception {
    for (int i = 0; i < FULL; i++) {
      use(version);
    }
    expect(list().count() == FULL, "there was a collection: " + list().count() + " of " + FULL);
  }

  /** Memory is given back long before; what waits are addresses. */
  private static void expectNothing(List<String> before) throws Exception {
    expect(held().equals(before), held() + ", not " + before);
    expect(sharedKb() < ENOUGH_KB, sharedKb() + " KiB of shared memory");
    expect(TestRequest.RESERVED.get() == 0, TestRequest.RESERVED + " bytes are reserved");
  }

  private static List<String> held() throws IOException {
    List<String> held = new ArrayList<>(NothingLeft.mappings());
    held.addAll(NothingLeft.descriptors());
    return held;
  }

  private void collect() {
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (list().count() > 0 && System.nanoTime() < end) {
      garbage = new byte[1 << 20];
      expect(garbage[0] == 0, "garbage");
      list().poll();
    }
    expect(list().count() == 0, "after a collection: " + list().count());
  }

  private void round(PlayedFramework.Version version) throws Exception {
    List<String> before = held();
    fill(version);
    expectNothing(before);
    String refusal = refusal(version);
    expect(refusal.contains(FULL + " views") && refusal.contains("drop byte buffers"), refusal);
    try (PlayedFramework.Version next = framework.deploy()) {
      expect(refusal(next).contains(FULL + " views"), "a new version forgot the list");
      expectNothing(before);
      collect();
      expect(refusal(next).isEmpty(), "refused after a collection");
    }
    expect(refusal(version).isEmpty(), "refused after a collection");
    collect();
  }

  /** Makes so many rounds. */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    NeverCollected program = new NeverCollected();
    try (PlayedFramework.Version version = program.framework.deploy()) {
      use(version);
      program.collect();
      for (int round = 0; round < rounds; round++) {
        program.round(version);
      }
    }
    System.out.printf("%d rounds with %d views in the list, 0 wrong%n", rounds, FULL);
    System.exit(0);
  }
}
