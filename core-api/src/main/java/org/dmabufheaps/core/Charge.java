// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.dmabufheaps.HeapException;

/**
 * What was charged to some quotas, all or nothing, until it is given back by its owner and by all
 * descriptors that keep the memory alive.
 */
final class Charge {
  private static final int OWNER = 1;
  private static final int DESCRIPTOR = 2;
  private static final AtomicIntegerFieldUpdater<Charge> HOLDERS =
      AtomicIntegerFieldUpdater.newUpdater(Charge.class, "holders");

  private final Quota[] quotas;

  /** Whose it still is: the owner, and how many descriptors. */
  private volatile int holders = OWNER;

  private long bytes;

  private Charge(Quota... quotas) {
    this.quotas = quotas;
  }

  static Charge take(Operation operation, long bytes, Quota... quotas) throws HeapException {
    Charge charge = new Charge(quotas);
    charge.grow(operation, bytes);
    return charge;
  }

  /** Charges more, before the charge is known to other threads. */
  void grow(Operation operation, long more) throws HeapException {
    int charged = 0;
    try {
      for (; charged < quotas.length; charged++) {
        quotas[charged].charge(operation, more);
      }
      bytes += more;
    } finally {
      if (charged < quotas.length) {
        discharge(charged, more);
      }
    }
  }

  long bytes() {
    return bytes;
  }

  /** Returns how much it could grow by now. */
  long roomBytes() {
    long room = Long.MAX_VALUE;
    for (Quota quota : quotas) {
      room = Math.min(room, quota.roomBytes());
    }
    return room;
  }

  /** The owner gives it back; a second call does nothing. */
  void release() {
    int now;
    do {
      now = holders;
      if ((now & OWNER) == 0) {
        return;
      }
    } while (!HOLDERS.compareAndSet(this, now, now - OWNER));
    if (now == OWNER) {
      giveBack();
    }
  }

  /** A descriptor shares it from now on, unless the owner has given it back. */
  boolean share() {
    int now;
    do {
      now = holders;
      if ((now & OWNER) == 0) {
        return false;
      }
    } while (!HOLDERS.compareAndSet(this, now, now + DESCRIPTOR));
    return true;
  }

  /** A descriptor that shared it was closed. */
  void unshare() {
    if (HOLDERS.addAndGet(this, -DESCRIPTOR) == 0) {
      giveBack();
    }
  }

  private void giveBack() {
    discharge(quotas.length, bytes);
    for (Quota quota : quotas) {
      quota.left();
    }
  }

  private void discharge(int charged, long amount) {
    for (int i = 0; i < charged; i++) {
      quotas[i].discharge(amount);
    }
  }
}
