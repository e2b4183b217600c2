// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.floor.FloorSource;
import org.dmabufheaps.bench.peer.ArenaSource;
import org.dmabufheaps.bench.peer.ArrowSource;
import org.dmabufheaps.bench.peer.DirectSource;
import org.dmabufheaps.bench.peer.NettySource;
import org.dmabufheaps.bench.peer.ShmSource;
import org.dmabufheaps.bench.source.Source;

/** Who is measured, by the names in the results. */
public final class Subjects {
  /** The product with no optional bundle. */
  public static final String FRESH = "fresh";

  /** The same, each buffer viewed and written before it is closed. */
  public static final String FRESH_USED = "fresh, viewed and written";

  /** The product with all optional bundles. */
  public static final String POOLED = "pooled";

  /** The same, where the pool had what was asked for. */
  public static final String HIT = "hit";

  /** The same, where only dirty buffers were there. */
  public static final String DIRTY_MISS = "dirty miss";

  /** The same, where nothing was there. */
  public static final String MISS = "miss";

  /** The JDK's direct byte buffers. */
  public static final String JDK = "allocateDirect";

  /** Netty's, cleared. */
  public static final String NETTY_ZERO = "Netty + setZero";

  /** Netty's, as they are. */
  public static final String NETTY = "Netty, not zeroed";

  /** Added where another allocator's buffers are treated as the pool's are in {@link #HIT}. */
  static final String WRITTEN = ", written";

  /** Arrow's, cleared. */
  public static final String ARROW = "Arrow + setZero";

  /** Confined arenas. */
  public static final String ARENA = "FFM arena";

  /** Files in /dev/shm. */
  public static final String SHM = "/dev/shm map";

  /** memfds, touched. */
  public static final String DIRECT = FloorKind.DIRECT.title();

  /** memfds, populated by MADV_POPULATE_WRITE. */
  public static final String POPULATE_WRITE = FloorKind.POPULATE_WRITE.title();

  private static final int ARENA_SINCE = 22;

  private Subjects() {}

  /** The other allocators that this Java has. */
  static List<String> peers() {
    List<String> peers = new ArrayList<>(List.of(JDK, NETTY_ZERO, NETTY, ARROW, SHM));
    if (Runtime.version().feature() >= ARENA_SINCE) {
      peers.add(ARENA);
    }
    return peers;
  }

  /** The product, as far as it was built. */
  static List<String> product(Bench bench) {
    return bench.hasPool() ? List.of(FRESH, POOLED) : List.of(FRESH);
  }

  /** Opens a source of a subject, for one thread. */
  static Source open(Bench bench, String subject) throws IOException {
    return switch (subject) {
      case FRESH -> bench.plain().source();
      case POOLED -> bench.pooled().source();
      case JDK -> new DirectSource();
      case NETTY_ZERO -> new NettySource(true);
      case NETTY -> new NettySource(false);
      case ARROW -> new ArrowSource();
      case ARENA -> new ArenaSource();
      case SHM -> new ShmSource();
      default -> new FloorSource(bench.floor(), floorKind(subject));
    };
  }

  private static FloorKind floorKind(String subject) {
    for (FloorKind kind : FloorKind.values()) {
      if (kind.title().equals(subject)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("no subject " + subject);
  }
}
