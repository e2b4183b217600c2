// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * Whoever made buffers and may leave: a heap, or the backend that imports. Every call into it
 * passes here, until it leaves.
 */
final class Exporter {
  private final String name;
  private final CallGate gate = new CallGate();

  /** The buffers that were not released yet. */
  private final AtomicInteger live = new AtomicInteger();

  /** Whether {@link #leave} went on without a call that was stuck. */
  private volatile boolean abandoned;

  Exporter(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  boolean hasLeft() {
    return gate.isClosed();
  }

  /**
   * Calls into the heap.
   *
   * @throws BufferClosedException when it has left
   * @throws HeapException what the call threw; {@code EIO} for anything that it should not throw
   */
  <T> T call(Operation operation, OpsCall<T> call) throws HeapException {
    if (!gate.enter()) {
      throw new BufferClosedException(operation + ": heap " + name + " has gone");
    }
    try {
      return guard(operation, call);
    } finally {
      gate.exit();
    }
  }

  /** As {@link #call}, for what must be called also while the heap leaves. */
  <T> T guard(Object operation, OpsCall<T> call) throws HeapException {
    try {
      return call.run();
    } catch (HeapException | BufferClosedException e) {
      throw e;
    } catch (Throwable t) {
      throw new HeapException(operation + ": heap " + name + " threw " + t, Errno.EIO, t);
    }
  }

  /** Counts a new buffer, unless it comes too late; within {@link #call}. */
  boolean adopt() {
    live.incrementAndGet();
    if (abandoned) {
      forget();
      return false;
    }
    return true;
  }

  /** Counts a buffer that was released. */
  void forget() {
    if (live.decrementAndGet() == 0 && hasLeft()) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  int liveBuffers() {
    return live.get();
  }

  /**
   * Lets no call in any more, waits for those in flight, and takes all buffers from their clients:
   * all that within the limit, but for a moment that what comes after a stuck call is given to
   * begin.
   *
   * @param all the handles that are open, of whatever heap; one that is opened later finds out by
   *     itself that the heap has left
   * @return whether nothing was stuck: no call is running and all memory was released
   */
  boolean leave(Supplier<Stream<Handle>> all, BoundedCalls calls, long limitMillis) {
    Deadline deadline = Deadline.inMillis(limitMillis);
    boolean drained = gate.close(deadline);
    abandoned = !drained;
    Revocation.of(
        all.get().filter(handle -> handle.buffer().exporter() == this),
        "heap " + name + " has gone",
        calls,
        deadline);
    return awaitReleased(deadline) && drained;
  }

  /** Asks the heap something, while it is there. */
  <T> T ask(Supplier<T> question, T otherwise) {
    if (!gate.enter()) {
      return otherwise;
    }
    try {
      return question.get();
    } finally {
      gate.exit();
    }
  }

  private synchronized boolean awaitReleased(Deadline deadline) {
    return deadline.await(this, () -> live.get() == 0);
  }
}
