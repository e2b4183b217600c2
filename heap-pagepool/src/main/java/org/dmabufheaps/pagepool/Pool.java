// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.PagePool;
import org.dmabufheaps.spi.PageSource;
import org.dmabufheaps.spi.Recyclable;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.service.log.Logger;

/**
 * One heap's pool: idle memory by size, up to the high watermark, given back when it grows old or
 * the system is short of memory. What it holds stays admitted until it is released.
 */
final class Pool implements PagePool, Shrinker, AutoCloseable {
  /** After memory was given back under pressure nothing is taken in for so long. */
  private static final long QUIET_NANOS = 1_000_000_000L;

  private static final long FAR_NANOS = Long.MAX_VALUE / 2;

  private final Supplier<PoolSettings> settings;
  private final long pageBytes;
  private final Logger log;
  private final Shelves shelves = new Shelves();
  private final AtomicLong idleBytes = new AtomicLong();
  private final PoolCounts counts = new PoolCounts();
  private final Keeper keeper;
  private volatile long quietUntilNanos = System.nanoTime();
  private volatile boolean closed;

  /**
   * Makes an empty pool.
   *
   * @param pageBytes the page size
   */
  Pool(Supplier<PoolSettings> settings, long pageBytes, Logger log) {
    this.settings = settings;
    this.pageBytes = pageBytes;
    this.log = log;
    this.keeper = new Keeper(this, settings, log);
  }

  @Override
  public DmaBufOps take(AllocationRequest request) {
    long bytes = roundedSize(request.size());
    Shelf shelf = shelves.get(bytes);
    Idle idle = shelf == null ? null : shelf.take();
    if (idle == null && bytes > SizeClass.EXACT_ABOVE) {
      idle = takeLarger(bytes, request);
    }
    if (idle == null) {
      missed(shelf);
      return null;
    }
    idleBytes.addAndGet(-idle.memory().size());
    counts.hits.increment();
    return idle.memory();
  }

  /** Takes what is a little larger: a size that comes but once would always miss. */
  private Idle takeLarger(long bytes, AllocationRequest request) {
    long most = Math.min(SizeClass.largestFor(bytes), request.mostBytes());
    for (Shelf larger : shelves.between(bytes + 1, most)) {
      // What is kept ready is for those who ask for that size.
      int kept = ready(larger);
      Idle idle = kept == 0 || larger.count() > kept ? larger.take() : null;
      if (idle != null) {
        counts.hitsOfLarger.increment();
        return idle;
      }
    }
    return null;
  }

  private void missed(Shelf shelf) {
    counts.misses.increment();
    if (shelf != null) {
      shelf.missed(System.nanoTime());
    }
    keeper.look();
  }

  @Override
  public long roundedSize(long size) {
    return SizeClass.of(size);
  }

  @Override
  public boolean give(Recyclable cleared) {
    long bytes = cleared.size();
    if (closed) {
      return false;
    }
    if (bytes != roundedSize(bytes)) {
      counts.rejectedSize.increment();
      return false;
    }
    if (isQuiet()) {
      counts.rejectedUnderPressure.increment();
      return false;
    }
    if (!makeRoom(bytes)) {
      counts.rejectedFull.increment();
      return false;
    }
    counts.given.increment();
    put(cleared, bytes);
    return true;
  }

  private boolean isQuiet() {
    return quietUntilNanos - System.nanoTime() > 0;
  }

  /** The bytes were counted already. */
  private void put(Recyclable cleared, long bytes) {
    shelves.put(bytes, new Idle(cleared, System.nanoTime()));
    keeper.tick();
    if (closed) {
      drain();
    }
  }

  /** Counts memory that comes; the oldest makes room for it where the pool is full. */
  private boolean makeRoom(long bytes) {
    long high = settings.get().highBytes();
    if (bytes > high) {
      return false;
    }
    boolean room = false;
    try {
      long over = idleBytes.addAndGet(bytes) - high;
      long now = System.nanoTime();
      room = over <= 0 || release(over, now, shelves.oldestFirst(now), this::ready) >= over;
      return room;
    } finally {
      if (!room) {
        idleBytes.addAndGet(-bytes);
      }
    }
  }

  /** Puts fresh memory in, if there is room for it without anything else being released. */
  boolean stock(Recyclable fresh) {
    long bytes = fresh.size();
    if (closed) {
      return false;
    }
    if (idleBytes.addAndGet(bytes) > settings.get().highBytes()) {
      idleBytes.addAndGet(-bytes);
      return false;
    }
    put(fresh, bytes);
    return true;
  }

  /**
   * Releases idle memory that came before a point in time, but for so many of each size.
   *
   * @return how much, in bytes
   */
  private long release(long bytes, long beforeNanos, List<Shelf> order, ToIntFunction<Shelf> kept) {
    long released = 0;
    for (Shelf shelf : order) {
      long left = bytes - released;
      if (left <= 0) {
        break;
      }
      long wanted = left / shelf.bytes + (left % shelf.bytes == 0 ? 0 : 1);
      int most = (int) Math.min(shelf.count() - kept.applyAsInt(shelf), wanted);
      if (most > 0) {
        released += release(shelf.evict(most, beforeNanos), shelf.bytes);
      }
      shelves.forgetIfEmpty(shelf);
    }
    return released;
  }

  /** Returns how many sizes there are of which something was there lately. */
  int sizes() {
    return shelves.count();
  }

  private long release(List<Idle> evicted, long bytesEach) {
    for (Idle idle : evicted) {
      try {
        idle.memory().release();
      } catch (Throwable t) {
        log.error("releasing {} bytes of idle memory failed, they are lost", bytesEach, t);
      }
    }
    long bytes = evicted.size() * bytesEach;
    idleBytes.addAndGet(-bytes);
    return bytes;
  }

  /** Releases what has grown old. */
  void age() {
    long maxAgeMillis = settings.get().maxAgeMillis();
    if (maxAgeMillis > 0) {
      long now = System.nanoTime();
      long before = now - maxAgeMillis * 1_000_000;
      ToIntFunction<Shelf> kept = shelf -> Math.max(ready(shelf), shelf.spare(before, now));
      counts.aged.add(release(Long.MAX_VALUE, before, shelves.largestFirst(), kept));
    }
  }

  private int ready(Shelf shelf) {
    return ready(shelf.bytes);
  }

  private int ready(long bytes) {
    return settings.get().keepReady().entrySet().stream()
        .filter(entry -> sizeOf(entry.getKey()) == bytes)
        .mapToInt(Map.Entry::getValue)
        .max()
        .orElse(0);
  }

  /** Returns the size of the buffers that serve a size which is no multiple of the page size. */
  long sizeOf(long asked) {
    return roundedSize((asked + pageBytes - 1) / pageBytes * pageBytes);
  }

  /** Returns how many buffers of a size are missing to what is kept ready. */
  int missing(long bytes) {
    Shelf shelf = shelves.get(bytes);
    return Math.max(0, ready(bytes) - (shelf == null ? 0 : shelf.count()));
  }

  @Override
  public void refillFrom(PageSource source) {
    keeper.source(source);
  }

  @Override
  public void lost(long size) {
    long bytes = roundedSize(size);
    if (!closed && !isQuiet() && mayReplace(bytes)) {
      keeper.want(bytes);
    }
  }

  /** Whether fresh memory may come in place of what was lost. */
  boolean mayReplace(long bytes) {
    return idleBytes() + bytes <= settings.get().refillBytes();
  }

  @Override
  public void drain() {
    for (Shelf shelf : shelves.largestFirst()) {
      release(shelf.evict(Integer.MAX_VALUE, System.nanoTime() + FAR_NANOS), shelf.bytes);
      shelves.forgetIfEmpty(shelf);
    }
  }

  @Override
  public long idleBytes() {
    return Math.max(0, idleBytes.get());
  }

  @Override
  public long count() {
    long spare = 0;
    for (Shelf shelf : shelves.largestFirst()) {
      spare += Math.max(0, shelf.count() - ready(shelf.bytes)) * shelf.bytes;
    }
    return spare;
  }

  @Override
  public long scan(long bytes) {
    if (bytes <= 0) {
      return 0;
    }
    quietUntilNanos = System.nanoTime() + QUIET_NANOS;
    long released = release(bytes, System.nanoTime(), shelves.largestFirst(), this::ready);
    counts.shrunk.add(released);
    return released;
  }

  @Override
  public Map<String, Long> statistics() {
    return counts.statistics(keeper.refilled());
  }

  /** Releases everything, and takes nothing any more. */
  @Override
  public void close() {
    closed = true;
    keeper.close();
    drain();
  }
}
