// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.HeapException;

/** What was charged to some quotas, all or nothing, until it is given back. */
final class Charge {
  private final List<Quota> quotas;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private long bytes;

  private Charge(List<Quota> quotas) {
    this.quotas = quotas;
  }

  static Charge take(Operation operation, long bytes, List<Quota> quotas) throws HeapException {
    Charge charge = new Charge(quotas);
    charge.grow(operation, bytes);
    return charge;
  }

  /** Charges more, before the charge is known to other threads. */
  void grow(Operation operation, long more) throws HeapException {
    int charged = 0;
    try {
      for (; charged < quotas.size(); charged++) {
        quotas.get(charged).charge(operation, more);
      }
      bytes += more;
    } finally {
      if (charged < quotas.size()) {
        quotas.subList(0, charged).forEach(quota -> quota.discharge(more));
      }
    }
  }

  long bytes() {
    return bytes;
  }

  void release() {
    if (open.compareAndSet(true, false)) {
      quotas.forEach(quota -> quota.discharge(bytes));
    }
  }
}
