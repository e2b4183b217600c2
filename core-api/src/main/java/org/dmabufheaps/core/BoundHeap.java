// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.dmabufheaps.Errno;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.HeapUsage;
import org.osgi.framework.ServiceReference;

/** A heap service while core holds it: its status, its books and what was admitted for it. */
final class BoundHeap {
  private static final HeapStatus NO_ANSWER =
      HeapStatus.unusable("the heap failed to tell its status; see the log");

  private final ServiceReference<Heap> reference;
  private final Heap heap;
  private volatile HeapProperties properties;
  private final Exporter exporter;
  private final Quota quota;
  private final Set<Admitted> admitted = ConcurrentHashMap.newKeySet();
  private final AtomicInteger statusRequests = new AtomicInteger();
  private final AtomicBoolean askingForUsage = new AtomicBoolean();

  /** How often the heap was asked for its status, and what it answered when nobody waited. */
  private final AtomicInteger questions = new AtomicInteger();

  private final AtomicReference<HeapStatus> lateStatus = new AtomicReference<>();
  private volatile HeapUsage usage = HeapUsage.NONE;
  private volatile HeapStatus status = HeapStatus.unusable("not asked");
  final LongAdder allocations = new LongAdder();
  final LongAdder failures = new LongAdder();

  BoundHeap(ServiceReference<Heap> reference, Heap heap, Supplier<Settings> settings) {
    this.reference = reference;
    this.heap = heap;
    this.properties = HeapProperties.of(reference);
    this.exporter = new Exporter(properties.name());
    this.quota =
        new Quota(
            "quota of heap " + properties.name(),
            () -> settings.get().quotaOfHeap(properties.name()),
            Errno.EDQUOT);
  }

  ServiceReference<Heap> reference() {
    return reference;
  }

  Heap heap() {
    return heap;
  }

  String name() {
    return properties.name();
  }

  HeapProperties properties() {
    return properties;
  }

  /** Follows the service's properties; the name stays. */
  void properties(HeapProperties now) {
    properties = now;
  }

  Exporter exporter() {
    return exporter;
  }

  Quota quota() {
    return quota;
  }

  HeapStatus status() {
    return status;
  }

  void add(Admitted memory) {
    admitted.add(memory);
    memory.onClose(() -> admitted.remove(memory));
  }

  /** After the heap has left and nothing is stuck, it holds no memory any more. */
  void forgetAdmitted() {
    admitted.forEach(Admitted::close);
  }

  /**
   * Asks the heap for its status and hands it on, one thread at a time: a request that comes
   * meanwhile makes the thread that is at it ask once more.
   */
  void refresh(BoundedCalls calls, long limitMillis, Consumer<HeapStatus> changed) {
    if (statusRequests.getAndIncrement() > 0) {
      return;
    }
    boolean done = false;
    try {
      int answered;
      do {
        answered = statusRequests.get();
        HeapStatus late = lateStatus.getAndSet(null);
        status =
            late != null
                ? late
                : ask(calls, limitMillis, () -> refresh(calls, limitMillis, changed));
        accept(changed);
      } while (statusRequests.addAndGet(-answered) > 0);
      done = true;
    } finally {
      if (!done) {
        statusRequests.set(0);
      }
    }
  }

  /** A status that can't be published, since its properties make no service, is a refusal. */
  private void accept(Consumer<HeapStatus> changed) {
    try {
      changed.accept(status);
    } catch (RuntimeException e) {
      status = HeapStatus.unusable("the properties of its status can't be published: " + e);
      changed.accept(status);
    }
  }

  /** Asks for the usage, with one question under way at most; else the last answer is taken. */
  HeapUsage usage(BoundedCalls calls, long limitMillis) {
    if (!askingForUsage.compareAndSet(false, true)) {
      return usage;
    }
    return calls.get(
        "asking heap " + name() + " for its usage",
        this::askForUsage,
        usage,
        Deadline.inMillis(limitMillis));
  }

  private HeapUsage askForUsage() {
    try {
      usage = exporter.ask(heap::usage, HeapUsage.NONE);
      return usage;
    } finally {
      askingForUsage.set(false);
    }
  }

  /** An answer that comes too late is taken then, unless the heap was asked again meanwhile. */
  private HeapStatus ask(BoundedCalls calls, long limitMillis, Runnable answeredLate) {
    if (!properties.error().isEmpty()) {
      return HeapStatus.unusable(properties.error());
    }
    int question = questions.incrementAndGet();
    AtomicReference<HeapStatus> answer = new AtomicReference<>();
    calls.run(
        "asking heap " + name() + " for its status",
        () -> {
          HeapStatus now = exporter.ask(heap::status, HeapStatus.unusable("the heap has gone"));
          if (!answer.compareAndSet(null, now) && now != null && questions.get() == question) {
            lateStatus.set(now);
            answeredLate.run();
          }
        },
        Deadline.inMillis(limitMillis));
    answer.compareAndSet(null, NO_ANSWER);
    return answer.get();
  }
}
