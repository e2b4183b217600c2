// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;

/**
 * A way to a dma-buf: a node in {@code /dev/dma_heap}, or udmabuf.
 *
 * @param name the node's name, or {@code udmabuf}; what the kernel calls the exporter
 */
record Way(String name) {
  private static final String UDMABUF = "udmabuf";

  /** All that this kernel has. */
  static List<Way> all() {
    List<Way> ways = new ArrayList<>();
    TestKernel.linux().dmaHeaps().forEach(name -> ways.add(new Way(name)));
    ways.add(new Way(UDMABUF));
    return ways;
  }

  /** Whether it is a CMA heap's node: its name is the kernel's, or the device tree's. */
  boolean isCma() {
    return name.matches("default_cma_region|reserved|linux,cma.*");
  }

  boolean isUdmabuf() {
    return name.equals(UDMABUF);
  }

  DmaBufOps allocate(LinuxMemory linux, long size) throws HeapException {
    return isUdmabuf()
        ? linux.udmabuf(new TestRequest(size))
        : linux.dmaHeap(name, new TestRequest(size));
  }

  /** As {@link #allocate}; the buffer's own descriptor can be used for any call. */
  LinuxBuffer buffer(long size) throws HeapException {
    return (LinuxBuffer) allocate(TestKernel.linux(), size);
  }

  @Override
  public String toString() {
    return name;
  }
}
