// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.dmabufheaps.spi.DeferredFree;
import org.dmabufheaps.spi.FreeTask;
import org.dmabufheaps.spi.FreeTask.Reason;

/** A freelist whose tasks run when a test says so. */
final class PlainFreelist implements DeferredFree {
  private final Deque<FreeTask> tasks = new ArrayDeque<>();
  private final Deque<Long> sizes = new ArrayDeque<>();

  @Override
  public void defer(long bytes, FreeTask task) {
    tasks.addLast(task);
    sizes.addLast(bytes);
  }

  @Override
  public boolean runOne(long mostBytes) {
    return !tasks.isEmpty() && sizes.getFirst() <= mostBytes && run(Reason.NORMAL);
  }

  private boolean run(Reason reason) {
    sizes.removeFirst();
    tasks.removeFirst().free(reason);
    return true;
  }

  /** The system is short of memory. */
  void pressed() {
    while (!tasks.isEmpty()) {
      run(Reason.UNDER_PRESSURE);
    }
  }

  @Override
  public void flush() {
    while (!tasks.isEmpty()) {
      run(Reason.NORMAL);
    }
  }

  @Override
  public long pendingBytes() {
    return sizes.stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public Map<String, Long> statistics() {
    return Map.of();
  }
}
