// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.PagePool;
import org.dmabufheaps.spi.PageSource;
import org.dmabufheaps.spi.Recyclable;

/** A pool of whatever it is given, the youngest on top. */
final class PlainPool implements PagePool {
  private final Deque<Recyclable> idle = new ArrayDeque<>();
  private PageSource source;
  long lost;

  @Override
  public synchronized DmaBufOps take(AllocationRequest request) {
    Recyclable fit =
        idle.stream().filter(memory -> memory.size() == request.size()).findFirst().orElse(null);
    idle.remove(fit);
    return fit;
  }

  @Override
  public synchronized boolean give(Recyclable cleared) {
    idle.addFirst(cleared);
    return true;
  }

  @Override
  public long roundedSize(long size) {
    return size;
  }

  @Override
  public void refillFrom(PageSource from) {
    source = from;
  }

  /** Gets fresh memory in advance. */
  void refill(long bytes) throws HeapException {
    give(source.allocate(bytes));
  }

  @Override
  public synchronized void lost(long size) {
    lost += size;
  }

  @Override
  public synchronized void drain() {
    idle.forEach(Recyclable::release);
    idle.clear();
  }

  @Override
  public synchronized long idleBytes() {
    return idle.stream().mapToLong(Recyclable::size).sum();
  }

  @Override
  public Map<String, Long> statistics() {
    return Map.of();
  }
}
