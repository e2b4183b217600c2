// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** What happened to a pool, since it was made. */
final class PoolCounts {
  final LongAdder hits = new LongAdder();

  /** Of the hits, those by memory that was larger than the size's own. */
  final LongAdder hitsOfLarger = new LongAdder();

  final LongAdder misses = new LongAdder();
  final LongAdder given = new LongAdder();

  /** In bytes. */
  final LongAdder aged = new LongAdder();

  /** In bytes. */
  final LongAdder shrunk = new LongAdder();

  final LongAdder rejectedFull = new LongAdder();
  final LongAdder rejectedUnderPressure = new LongAdder();
  final LongAdder rejectedSize = new LongAdder();

  /** By the names that people read. */
  Map<String, Long> statistics(long refilled) {
    Map<String, Long> all = new TreeMap<>();
    all.put("pool hits", hits.sum());
    all.put("pool hits, larger", hitsOfLarger.sum());
    all.put("pool misses", misses.sum());
    all.put("pool given", given.sum());
    all.put("pool refilled", refilled);
    all.put("pool aged bytes", aged.sum());
    all.put("pool shrunk bytes", shrunk.sum());
    all.put("pool rejected, full", rejectedFull.sum());
    all.put("pool rejected, pressure", rejectedUnderPressure.sum());
    all.put("pool rejected, size", rejectedSize.sum());
    return all;
  }
}
