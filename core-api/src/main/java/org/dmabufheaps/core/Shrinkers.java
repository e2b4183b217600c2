// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.service.log.Logger;

/** The shrinkers that are registered: who can give idle memory back when a request needs it. */
final class Shrinkers {
  private final List<Shrinker> shrinkers = new CopyOnWriteArrayList<>();
  private final Logger log;

  Shrinkers(Logger log) {
    this.log = log;
  }

  void add(Shrinker shrinker) {
    shrinkers.add(shrinker);
  }

  void remove(Shrinker shrinker) {
    shrinkers.remove(shrinker);
  }

  /** Asks one after the other until enough was given back; returns how much, in bytes. */
  long scan(long bytes) {
    long freed = 0;
    for (Shrinker shrinker : shrinkers) {
      if (freed >= bytes) {
        break;
      }
      try {
        freed += Math.max(0, shrinker.scan(bytes - freed));
      } catch (Throwable t) {
        log.error("shrinker {} failed", shrinker.getClass().getName(), t);
      }
    }
    return freed;
  }
}
