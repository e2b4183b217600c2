// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.ServiceReference;

/** The shrinkers that are registered: who can give idle memory back when a request needs it. */
final class Shrinkers {
  private final Map<ServiceReference<Shrinker>, Shrinker> shrinkers = new ConcurrentHashMap<>();

  /** Those that have not returned from a call in time, by identity. */
  private final Set<Shrinker> stuck =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

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
   * returns how much, in bytes. One that is stuck is gone on without, has the limit for itself, and
   * is not asked again until it has returned.
   */
  long scan(long bytes) {
    Comparator<Entry<ServiceReference<Shrinker>, Shrinker>> byRanking =
        Comparator.comparing(Entry::getKey);
    long freed = 0;
    for (var shrinker : shrinkers.entrySet().stream().sorted(byRanking.reversed()).toList()) {
      if (freed >= bytes) {
        break;
      }
      freed += scan(shrinker.getValue(), bytes - freed);
    }
    return freed;
  }

  private long scan(Shrinker shrinker, long bytes) {
    if (stuck.contains(shrinker)) {
      return 0;
    }
    String what = "asking shrinker " + shrinker.getClass().getName() + " for memory";
    Deadline deadline = Deadline.inMillis(settings.get().callLimitMillis());
    AtomicBoolean over = new AtomicBoolean();
    Callable<Long> question =
        () -> {
          try {
            return shrinker.scan(bytes);
          } finally {
            over.set(true);
            stuck.remove(shrinker);
          }
        };
    long freed = calls.get(what, question, 0L, deadline);
    if (!over.get()) {
      stuck.add(shrinker);
      if (over.get()) {
        stuck.remove(shrinker);
      }
    }
    return Math.max(0, freed);
  }
}
