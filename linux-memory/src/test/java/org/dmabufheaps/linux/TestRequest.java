// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.Reservation;

/** A request that admits everything and counts what is reserved. */
record TestRequest(long size) implements AllocationRequest {
  /** The bytes that are reserved by all requests. */
  static final AtomicLong RESERVED = new AtomicLong();

  @Override
  public String account() {
    return "";
  }

  @Override
  public String label() {
    return "org.acme.test";
  }

  @Override
  public Reservation reserveFresh(long bytes) throws HeapException {
    RESERVED.addAndGet(bytes);
    AtomicBoolean closed = new AtomicBoolean();
    return new Reservation() {
      @Override
      public long bytes() {
        return bytes;
      }

      @Override
      public void populated() {}

      @Override
      public void close() {
        if (closed.compareAndSet(false, true)) {
          RESERVED.addAndGet(-bytes);
        }
      }
    };
  }
}
