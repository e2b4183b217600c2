// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

/**
 * Puts ioctl numbers together, as {@code _IOC} of {@code include/uapi/asm-generic/ioctl.h} does.
 *
 * @param sizeBits {@code _IOC_SIZEBITS}
 * @param write {@code _IOC_WRITE}
 * @param read {@code _IOC_READ}
 */
record Ioctl(int sizeBits, int write, int read) {
  /** All CPUs of {@link Abi} but the next. */
  static final Ioctl GENERIC = new Ioctl(14, 1, 2);

  /** {@code arch/powerpc/include/uapi/asm/ioctl.h}. */
  static final Ioctl POWERPC = new Ioctl(13, 4, 2);

  private long compose(int direction, char type, int number, int size) {
    return ((long) direction << (16 + sizeBits))
        | ((long) size << 16)
        | ((long) type << 8)
        | number;
  }

  /** {@code DMA_HEAP_IOCTL_ALLOC} of {@code include/uapi/linux/dma-heap.h}. */
  long dmaHeapAlloc() {
    return compose(write | read, 'H', 0, 24);
  }

  /** {@code DMA_BUF_IOCTL_SYNC} of {@code include/uapi/linux/dma-buf.h}. */
  long dmaBufSync() {
    return compose(write, 'b', 0, Long.BYTES);
  }

  /**
   * {@code DMA_BUF_SET_NAME_A} or {@code _B}: old kernels know only the one whose size is that of a
   * pointer.
   */
  long dmaBufSetName(int wordBytes) {
    return compose(write, 'b', 1, wordBytes);
  }

  /** {@code UDMABUF_CREATE} of {@code include/uapi/linux/udmabuf.h}. */
  long udmabufCreate() {
    return compose(write, 'u', 0x42, 24);
  }

  /** {@code UDMABUF_CREATE_LIST}; the size is that of the header alone. */
  long udmabufCreateList() {
    return compose(write, 'u', 0x43, 8);
  }
}
