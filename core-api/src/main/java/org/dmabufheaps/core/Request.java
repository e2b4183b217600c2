// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.Reservation;

/** One request to a heap, and the memory that was admitted for it. */
final class Request implements AllocationRequest {
  private final Operation operation;
  private final BoundHeap heap;
  private final Admission admission;
  private final String account;
  private final Owner owner;

  /** What was charged for the memory. */
  private final Charge memory;

  // Guarded by this. Memory from a pool needs no admission, and no list.
  private List<Admitted> during = List.of();
  private boolean answered;

  Request(
      Operation operation,
      BoundHeap heap,
      Admission admission,
      String account,
      Owner owner,
      Charge memory) {
    this.operation = operation;
    this.heap = heap;
    this.admission = admission;
    this.account = account;
    this.owner = owner;
    this.memory = memory;
  }

  @Override
  public long size() {
    return operation.bytes();
  }

  @Override
  public long mostBytes() {
    boolean limited = !account.isEmpty() || heap.quota().isLimited() || owner.quota().isLimited();
    long room = limited ? 0 : memory.roomBytes();
    return room > Long.MAX_VALUE - size() ? Long.MAX_VALUE : size() + room;
  }

  @Override
  public String account() {
    return account;
  }

  @Override
  public String label() {
    return owner.name();
  }

  @Override
  public Reservation reserveFresh(long bytes) throws HeapException {
    if (heap.exporter().hasLeft()) {
      throw new HeapException(operation + ": the heap has gone", Errno.ENODEV);
    }
    Admitted admitted = admission.reserve(operation, bytes);
    heap.add(admitted);
    note(admitted);
    return admitted;
  }

  private synchronized void note(Admitted admitted) {
    if (!answered) {
      List<Admitted> more = new ArrayList<>(during);
      more.add(admitted);
      during = more;
    }
  }

  /** Returns what has been taken from the system for the answer. */
  synchronized List<Admitted> admitted() {
    return during;
  }

  /** The heap gave the memory: the system's own figures count it now. */
  void succeeded() {
    answer().forEach(Admitted::populated);
  }

  /** The heap gave nothing. */
  void failed() {
    answer().forEach(Admitted::close);
  }

  /** What was admitted from now on is no business of this request. */
  private synchronized List<Admitted> answer() {
    answered = true;
    return during;
  }
}
