// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

/**
 * Memory that was made for a client, and the clients that have a buffer of it: who made it and,
 * when it was published, who opened it. Thread-safe.
 */
final class Lent {
  private int buffers = 1;
  private boolean lent;
  private long references;

  /**
   * Notes how many references there were before it was lent; nobody but its maker has it then.
   *
   * @return whether it may be lent: not when the last client has given it back
   */
  synchronized boolean lend(long now) {
    if (buffers > 0) {
      lent = true;
      references = now;
    }
    return buffers > 0;
  }

  /**
   * One more client is to have it.
   *
   * @return whether it may: not when the last one has given it back
   */
  synchronized boolean join() {
    if (buffers > 0) {
      buffers++;
      return true;
    }
    return false;
  }

  /** A client has given its buffer back. */
  synchronized void leave() {
    buffers--;
  }

  /** Tells whether all clients have given it back; then nobody joins any more. */
  synchronized boolean isLeft() {
    return buffers == 0;
  }

  /** Tells whether anybody can have got it. */
  synchronized boolean wasLent() {
    return lent;
  }

  /** Returns how many references there were before. */
  synchronized long references() {
    return references;
  }
}
