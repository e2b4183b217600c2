// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Comparator;
import java.util.Map;
import java.util.Map.Entry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.ServiceReference;

/** The shrinkers that are registered: who can give idle memory back when a request needs it. */
final class Shrinkers {
  private final Map<ServiceReference<Shrinker>, Shrinker> shrinkers = new ConcurrentHashMap<>();
  private final BoundedCalls calls;
  private final Supplier<Settings> settings;

  Shrinkers(BoundedCalls calls, Supplier<Settings> settings) {
    this.calls = calls;
    this.settings = settings;
  }

  void add(ServiceReference<Shrinker> reference, Shrinker shrinker) {
    shrinkers.put(reference, shrinker);
  }

  void remove(ServiceReference<Shrinker> reference) {
    shrinkers.remove(reference);
  }

  /**
   * Asks one after the other, the highest service ranking first, until enough was given back;
   * returns how much, in bytes. One that is stuck is gone on without.
   */
  long scan(long bytes) {
    Comparator<Entry<ServiceReference<Shrinker>, Shrinker>> byRanking =
        Comparator.comparing(Entry::getKey);
    Deadline deadline = Deadline.inMillis(settings.get().callLimitMillis());
    long freed = 0;
    for (var shrinker : shrinkers.entrySet().stream().sorted(byRanking.reversed()).toList()) {
      if (freed >= bytes) {
        break;
      }
      freed += scan(shrinker.getValue(), bytes - freed, deadline);
    }
    return freed;
  }

  private long scan(Shrinker shrinker, long bytes, Deadline deadline) {
    String what = "asking shrinker " + shrinker.getClass().getName() + " for memory";
    return Math.max(0, calls.get(what, () -> shrinker.scan(bytes), 0L, deadline));
  }
}
