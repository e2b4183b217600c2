// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private final String label;
  private final List<Admitted> during = new CopyOnWriteArrayList<>();
  private volatile boolean answered;

  Request(Operation operation, BoundHeap heap, Admission admission, String account, String label) {
    this.operation = operation;
    this.heap = heap;
    this.admission = admission;
    this.account = account;
    this.label = label;
  }

  @Override
  public long size() {
    return operation.bytes();
  }

  @Override
  public String account() {
    return account;
  }

  @Override
  public String label() {
    return label;
  }

  @Override
  public Reservation reserveFresh(long bytes) throws HeapException {
    if (heap.exporter().hasLeft()) {
      throw new HeapException(operation + ": the heap has gone", Errno.ENODEV);
    }
    Admitted admitted = admission.reserve(operation, bytes);
    heap.add(admitted);
    if (!answered) {
      during.add(admitted);
    }
    return admitted;
  }

  /** The heap gave the memory: the system's own figures count it now. */
  void succeeded() {
    answered = true;
    during.forEach(Admitted::populated);
  }

  /** The heap gave nothing. */
  void failed() {
    answered = true;
    during.forEach(Admitted::close);
  }
}
