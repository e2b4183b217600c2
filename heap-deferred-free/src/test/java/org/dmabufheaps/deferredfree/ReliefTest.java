// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.spi.Shrinker;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.Logger;

class ReliefTest {
  private static final long WINDOW_NANOS = 1_000_000_000L;

  private final List<String> logged = new ArrayList<>();
  private final List<Shrinker> shrinkers = new ArrayList<>();
  private long nanoTime;
  private final Relief relief = new Relief(() -> shrinkers, () -> 1_000, () -> nanoTime, logger());

  private Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, args) -> {
              logged.add(method.getName());
              return null;
            });
  }

  /** Idle memory, of which any amount can be given back. */
  private static final class Idle implements Shrinker {
    private long bytes;

    Idle(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public long count() {
      return bytes;
    }

    @Override
    public long scan(long wanted) {
      long freed = Math.min(bytes, wanted);
      bytes -= freed;
      return freed;
    }
  }

  @Test
  void theFirstSignTakesHalfAndTheNextWindowTheRest() {
    Idle freelist = new Idle(100);
    Idle pool = new Idle(300);
    shrinkers.addAll(List.of(freelist, pool));
    assertEquals(200, relief.pressed());
    assertEquals(0, freelist.count(), "the first in order gives first");
    assertEquals(200, pool.count());
    assertEquals(0, relief.pressed(), "once in a window");
    nanoTime += WINDOW_NANOS;
    assertEquals(200, relief.pressed());
    assertEquals(0, pool.count(), "at the floor within two windows");
  }

  @Test
  void aSignLongAfterwardsIsAFirstOneAgain() {
    Idle pool = new Idle(400);
    shrinkers.add(pool);
    relief.pressed();
    nanoTime += 10 * WINDOW_NANOS;
    relief.pressed();
    assertEquals(100, pool.count());
  }

  @Test
  void aShrinkerThatFailsKeepsNoOtherFromGiving() {
    shrinkers.add(
        new Shrinker() {
          @Override
          public long count() {
            throw new IllegalStateException();
          }

          @Override
          public long scan(long bytes) {
            throw new NoClassDefFoundError();
          }
        });
    Idle pool = new Idle(10);
    shrinkers.add(pool);
    assertEquals(5, relief.pressed());
    assertEquals(List.of("error", "error", "info"), logged);
  }
}
