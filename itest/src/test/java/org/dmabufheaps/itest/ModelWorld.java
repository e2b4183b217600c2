// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/** Heaps and clients, and the model of them. One step does one thing to both, and compares. */
final class ModelWorld implements AutoCloseable {
  private static final int BETWEEN_LOOKS = 100;

  /** So many of a thousand: what is quick often, what restarts bundles seldom. */
  private enum Kind {
    ALLOCATE(180),
    CLOSE(150),
    SHARE(70),
    EXPORT(80),
    CLOSE_FD(70),
    IMPORT(60),
    BEGIN(120),
    END(100),
    ATTACH(30),
    DETACH(25),
    LABEL(20),
    USE_CLOSED(35),
    ASK_NONSENSE(30),
    LOOK_AT_STALE(23),
    LIMIT(2),
    CONFIGURE_BAD(1),
    POOL(1),
    FREELIST(1),
    STOP_OWNER(1),
    RESTART_SYSTEM(1);

    final int weight;

    Kind(int weight) {
      this.weight = weight;
    }
  }

  private static final List<Kind> WHEEL =
      Stream.of(Kind.values())
          .flatMap(kind -> Stream.generate(() -> kind).limit(kind.weight))
          .toList();

  /**
   * Of those that restart a heap, so many restart a contiguous one, {@code linux-memory}, or core.
   */
  private static final int OF_TEN_CONTIGUOUS = 2;

  private static final int OF_TEN_LINUX = 2;

  private static final int OF_TEN_CORE = 1;

  private final ModelClients clients;
  private final ModelBundles bundles;
  private final ModelTally tally;
  private int steps;

  ModelWorld(ContainerTest test, BundleContext context, ModelTally tally) throws Exception {
    this.tally = tally;
    clients = new ModelClients(tally);
    bundles = new ModelBundles(test, context, clients);
  }

  /** What a number stands for. */
  static String name(long operation) {
    return kind(new SplittableRandom(operation)).toString();
  }

  private static Kind kind(SplittableRandom random) {
    return WHEEL.get(random.nextInt(WHEEL.size()));
  }

  /** Does what a number stands for. */
  void step(long operation) throws Exception {
    SplittableRandom random = new SplittableRandom(operation);
    Kind kind = kind(random);
    tally.count(kind.name());
    if (kind.compareTo(Kind.LIMIT) < 0) {
      quick(kind, random);
    } else {
      slow(kind, random);
      checkBooks();
    }
    if (++steps % BETWEEN_LOOKS == 0) {
      checkBooks();
    }
  }

  private void quick(Kind kind, SplittableRandom random) throws Exception {
    switch (kind) {
      case ALLOCATE -> clients.allocate(random);
      case CLOSE -> clients.close(random);
      case SHARE -> clients.share(random);
      case EXPORT -> clients.export(random);
      case CLOSE_FD -> clients.closeFd(random);
      case IMPORT -> clients.importFd(random);
      case BEGIN -> clients.begin(random);
      case END -> clients.end(random);
      case ATTACH -> clients.attach(random);
      case DETACH -> clients.detach(random);
      case LABEL -> clients.label(random);
      case USE_CLOSED -> clients.useClosed(random);
      case ASK_NONSENSE -> clients.askNonsense(random);
      default -> clients.lookAtStale(random);
    }
  }

  private void slow(Kind kind, SplittableRandom random) throws Exception {
    switch (kind) {
      case LIMIT -> bundles.limit(random);
      case CONFIGURE_BAD -> bundles.configureBad(random);
      case POOL -> bundles.toggle("heap-pagepool", random);
      case FREELIST -> bundles.toggle("heap-deferred-free", random);
      case STOP_OWNER -> bundles.stopOwner(random);
      default -> restart(random.nextInt(10));
    }
  }

  private void restart(int which) throws Exception {
    if (which < OF_TEN_CORE) {
      tally.count("restart of core");
      bundles.restartCore();
    } else if (which < OF_TEN_CORE + OF_TEN_LINUX) {
      tally.count("restart of linux-memory");
      bundles.restartLinux();
    } else if (which < OF_TEN_CORE + OF_TEN_LINUX + OF_TEN_CONTIGUOUS) {
      bundles.restartContiguous(which % 2);
    } else {
      bundles.restartSystem(which % 2 == 0);
    }
  }

  /** The books have what the model has, handle by handle and heap by heap. */
  void checkBooks() throws Exception {
    assertEquals("in the books", clients.books().entries(), bundles.entries());
    for (String heap : ModelBundles.HEAPS) {
      assertEquals(
          "live bytes of " + heap, clients.books().liveBytes(heap), bundles.liveBytes(heap));
    }
    clients.books().check();
  }

  @Override
  public void close() throws BundleException, IOException {
    bundles.close();
  }
}
