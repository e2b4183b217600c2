// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.HeapException;

/** What was charged to some quotas, all or nothing, until it is given back. */
final class Charge {
  private final Quota[] quotas;
  private final AtomicBoolean open = new AtomicBoolean(true);
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

  void release() {
    if (open.compareAndSet(true, false)) {
      discharge(quotas.length, bytes);
    }
  }

  private void discharge(int charged, long amount) {
    for (int i = 0; i < charged; i++) {
      quotas[i].discharge(amount);
    }
  }
}
