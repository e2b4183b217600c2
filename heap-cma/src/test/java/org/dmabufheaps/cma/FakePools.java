// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.cma;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.PagePool;
import org.dmabufheaps.spi.PageSource;
import org.dmabufheaps.spi.Recyclable;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.ComponentServiceObjects;

/** Pools as Declarative Services gives them out, one for each heap. */
final class FakePools implements ComponentServiceObjects<PagePool> {
  final List<IdlePool> given = new ArrayList<>();

  @Override
  public PagePool getService() {
    IdlePool pool = new IdlePool();
    given.add(pool);
    return pool;
  }

  @Override
  public void ungetService(PagePool pool) {
    if (!given.remove(pool)) {
      throw new IllegalArgumentException("not given");
    }
  }

  @Override
  public ServiceReference<PagePool> getServiceReference() {
    throw new UnsupportedOperationException();
  }

  /** Takes what comes, whatever its size. */
  static final class IdlePool implements PagePool {
    private final Deque<Recyclable> idle = new ArrayDeque<>();

    /** Whether it has nothing that fits. */
    boolean hidden;

    @Override
    public DmaBufOps take(AllocationRequest request) {
      return hidden ? null : idle.pollLast();
    }

    @Override
    public boolean give(Recyclable cleared) {
      return idle.add(cleared);
    }

    @Override
    public long roundedSize(long size) {
      return size;
    }

    @Override
    public void refillFrom(PageSource source) {}

    @Override
    public void lost(long size) {}

    @Override
    public void drain() {
      idle.forEach(Recyclable::release);
      idle.clear();
    }

    @Override
    public long idleBytes() {
      return idle.stream().mapToLong(Recyclable::size).sum();
    }

    @Override
    public Map<String, Long> statistics() {
      return Map.of();
    }
  }
}
