// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;
import org.dmabufheaps.HeapException;

/** Allocates from {@code /dev/dma_heap/NAME} ({@code include/uapi/linux/dma-heap.h}). */
final class DmaHeapDevice {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_,.@-]{1,63}");

  // struct dma_heap_allocation_data
  private static final int STRUCT_BYTES = 24;
  private static final int LEN = 0;
  private static final int FD = 8;
  private static final int FD_FLAGS = 12;

  private DmaHeapDevice() {}

  /**
   * Checks a heap's name.
   *
   * @throws IllegalArgumentException when it is none
   */
  static void checkName(String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "\"" + name + "\" is no heap name: 1 to 63 of A-Z a-z 0-9 _ , . @ - are");
    }
  }

  static boolean isName(String name) {
    return NAME.matcher(name).matches() && !name.equals(".") && !name.equals("..");
  }

  /** Allocates a dma-buf; its descriptor is all that is kept. */
  static Fd allocate(Kernel kernel, String name, long size) throws HeapException {
    String what = "allocating " + size + " bytes from " + LinuxMemory.DMA_HEAPS.resolve(name);
    ByteBuffer data = Call.struct(STRUCT_BYTES);
    data.putLong(LEN, size).putInt(FD_FLAGS, Abi.O_RDWR | Abi.O_CLOEXEC);
    // Opened for each call: a node may vanish, and come back as another device.
    Fd node = Devices.open(kernel, LinuxMemory.DMA_HEAPS.resolve(name));
    try {
      long request = kernel.abi().ioctl().dmaHeapAlloc();
      Call.check(node.call(n -> kernel.sys().ioctl(n, request, data)), what);
    } finally {
      node.close();
    }
    return Fd.of(kernel, data.getInt(FD), what);
  }
}
