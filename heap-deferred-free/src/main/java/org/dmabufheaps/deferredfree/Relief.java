// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import java.util.Collection;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.service.log.Logger;

/**
 * Gives idle memory back when the system is short of it: half of what there is at the first sign,
 * the rest when the next window brings another. At most once in a window.
 */
final class Relief {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Supplier<? extends Collection<Shrinker>> shrinkers;
  private final LongSupplier windowMillis;
  private final LongSupplier nanoTime;
  private final Logger log;

  // Guarded by this.
  private boolean relieved;
  private long lastNanos;

  /**
   * Makes a relief.
   *
   * @param shrinkers in the order in which they are asked
   * @param windowMillis the least time between two reliefs
   * @param nanoTime the clock
   */
  Relief(
      Supplier<? extends Collection<Shrinker>> shrinkers,
      LongSupplier windowMillis,
      LongSupplier nanoTime,
      Logger log) {
    this.shrinkers = shrinkers;
    this.windowMillis = windowMillis;
    this.nanoTime = nanoTime;
    this.log = log;
  }

  /**
   * The system is short of memory.
   *
   * @return how much was given back, in bytes
   */
  long pressed() {
    long now = nanoTime.getAsLong();
    boolean again;
    synchronized (this) {
      long window = windowMillis.getAsLong() * NANOS_PER_MILLI;
      // The kernel tells at most once in a window, but not to the microsecond.
      if (relieved && now - lastNanos < window / 2) {
        return 0;
      }
      again = relieved && now - lastNanos < 3 * window;
      relieved = true;
      lastNanos = now;
    }
    return scan(again ? Long.MAX_VALUE : half(count()));
  }

  private static long half(long bytes) {
    return bytes - bytes / 2;
  }

  private long count() {
    long count = 0;
    for (Shrinker shrinker : shrinkers.get()) {
      count += guarded(shrinker, shrinker::count);
    }
    return count;
  }

  private long scan(long bytes) {
    long freed = 0;
    for (Shrinker shrinker : shrinkers.get()) {
      if (freed >= bytes) {
        break;
      }
      long left = bytes - freed;
      freed += guarded(shrinker, () -> shrinker.scan(left));
    }
    if (freed > 0) {
      log.info("memory is short: {} bytes of idle memory were given back", freed);
    }
    return freed;
  }

  private long guarded(Shrinker shrinker, LongSupplier call) {
    try {
      return Math.max(0, call.getAsLong());
    } catch (Throwable t) {
      log.error("shrinker {} failed", shrinker.getClass().getName(), t);
      return 0;
    }
  }
}
