// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.dmabufheaps.unixfd.StreamStats;

/** What is counted of a stream. */
final class StreamCounts {
  private final LongAdder connected = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder sent = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final AtomicLong published = new AtomicLong();
  private final AtomicLong back = new AtomicLong();
  private volatile int clients;

  void connected(int now) {
    connected.increment();
    clients = now;
  }

  void clients(int now) {
    clients = now;
  }

  void refused() {
    refused.increment();
  }

  void published() {
    published.incrementAndGet();
  }

  void back() {
    back.incrementAndGet();
  }

  void sent() {
    sent.increment();
  }

  void dropped() {
    dropped.increment();
  }

  StreamStats now() {
    long returned = back.get();
    long all = published.get();
    return new StreamStats(
        clients, connected.sum(), refused.sum(), all, sent.sum(), dropped.sum(), all - returned);
  }
}
