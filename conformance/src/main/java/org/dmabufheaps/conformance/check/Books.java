// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.io.IOException;
import java.util.List;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.conformance.check.ProcessFacts.Usage;

/** What the runtime's books and the kernel's say is open. */
final class Books {
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  private final Target target;
  private final Usage before;
  private final int handlesBefore;
  private final long strangersBefore;

  private Books(Target target) throws IOException {
    this.target = target;
    handlesBefore = own(target).size();
    strangersBefore = strangers();
    before = target.facts().usage();
  }

  /** Takes down what is open now. */
  static Books open(Target target) throws IOException {
    return new Books(target);
  }

  /** Returns the handles of the kit. */
  static List<BufferInfo> own(Target target) {
    return target.registry().buffers().stream()
        .filter(info -> info.ownerBundleId == target.ownerId())
        .toList();
  }

  static long attachments(Target target) {
    return own(target).stream().mapToLong(info -> info.attachments).sum();
  }

  /**
   * Expects what is open to become what it was. Waits, since a heap may free later, and leaves out
   * what others opened meanwhile and what the heap keeps idle.
   *
   * @param rounds how often something was opened and closed in between
   */
  void expectBalance(int rounds) throws IOException, InterruptedException {
    Expect.equal("handles in the books:", handlesBefore, own(target).size());
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!balanced(rounds) && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    Usage now = target.facts().usage();
    long allowance = allowance(rounds);
    expect("buffer descriptors", before.bufferDescriptors(), now.bufferDescriptors(), allowance);
    expect("buffer mappings", before.bufferMappings(), now.bufferMappings(), allowance);
    expect("descriptors", before.descriptors(), now.descriptors(), noise(rounds));
  }

  private boolean balanced(int rounds) throws IOException {
    Usage now = target.facts().usage();
    long allowance = allowance(rounds);
    return now.bufferDescriptors() - before.bufferDescriptors() <= allowance
        && now.bufferMappings() - before.bufferMappings() <= allowance
        && now.descriptors() - before.descriptors() < noise(rounds);
  }

  private static void expect(String what, long then, long now, long allowance) {
    Expect.that(
        now - then <= allowance,
        then + (allowance > 0 ? " to " + (then + allowance) : "") + " " + what,
        Long.toString(now));
  }

  /** How many descriptors of any kind may come from elsewhere: a leak makes one each round. */
  private static long noise(int rounds) {
    return rounds / 2;
  }

  /** What may rightly be more: buffers that others opened, and idle ones that the heap keeps. */
  private long allowance(int rounds) throws IOException {
    HeapInfo info = target.info();
    long idleBytes = info.pooledBytes + info.pendingFreeBytes + info.quarantinedBytes;
    long idle = Math.min(idleBytes / target.facts().pageSize(), rounds / 2);
    return idle + Math.max(0, strangers() - strangersBefore);
  }

  private long strangers() {
    return target.registry().buffers().stream()
        .filter(info -> info.ownerBundleId != target.ownerId())
        .mapToLong(info -> 1L + info.exportedFds)
        .sum();
  }
}
