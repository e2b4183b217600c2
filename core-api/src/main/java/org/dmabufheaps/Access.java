// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

/**
 * The direction of an access to a buffer, seen from whoever accesses it.
 *
 * <p>The constants stand for {@code DMA_BUF_SYNC_READ}, {@code DMA_BUF_SYNC_WRITE} and {@code
 * DMA_BUF_SYNC_RW} of {@code include/uapi/linux/dma-buf.h}.
 */
public enum Access {
  /** The memory is read only. */
  READ(true, false),
  /** The memory is written only; what it held need not be made visible first. */
  WRITE(false, true),
  /** The memory is read and written. */
  READ_WRITE(true, true);

  private final boolean reads;
  private final boolean writes;

  Access(boolean reads, boolean writes) {
    this.reads = reads;
    this.writes = writes;
  }

  /**
   * Tells whether this access reads.
   *
   * @return {@code true} for {@link #READ} and {@link #READ_WRITE}
   */
  public boolean reads() {
    return reads;
  }

  /**
   * Tells whether this access writes.
   *
   * @return {@code true} for {@link #WRITE} and {@link #READ_WRITE}
   */
  public boolean writes() {
    return writes;
  }
}
