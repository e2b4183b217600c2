// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

/** What nobody's books have: see {@link AllocationRequest#uncounted}. */
final class Uncounted {
  private Uncounted() {}

  /** A request of nobody's. */
  record Request(long size) implements AllocationRequest {
    @Override
    public String account() {
      return "";
    }

    @Override
    public String label() {
      return "";
    }

    @Override
    public Reservation reserveFresh(long bytes) {
      return new Fresh(bytes);
    }
  }

  /** Memory that counts nowhere. */
  record Fresh(long bytes) implements Reservation {
    @Override
    public void populated() {}

    @Override
    public void close() {}
  }
}
