// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.io.IOException;

/** What is known about this process from outside the heap. */
interface ProcessFacts {

  /**
   * Returns the page size of the running kernel.
   *
   * @return in bytes
   * @throws IOException when it can't be found out
   */
  long pageSize() throws IOException;

  /** Describes an open descriptor. */
  Descriptor descriptor(int fd) throws IOException;

  /** Tries to cut a descriptor's memory off; tells whether that could be done. */
  boolean truncate(int fd) throws IOException;

  /** Counts descriptors and mappings. */
  Usage usage() throws IOException;

  /**
   * Returns the physical page numbers of memory whose pages were marked: each begins with a number,
   * which is nowhere else, and its own index, both in native order. They are looked for in the
   * mappings of memfds: of a dma-buf's the kernel tells nothing, but its memory may be a memfd's.
   *
   * @param mark what each page begins with
   * @param pages how many there are
   * @return one number per page, by index; empty when the kernel doesn't tell, such as without
   *     {@code CAP_SYS_ADMIN}
   */
  long[] frames(long mark, int pages) throws IOException;

  /**
   * What is open and mapped.
   *
   * @param descriptors all of the process
   * @param bufferDescriptors those that are dma-bufs or memfds
   * @param bufferMappings mappings of dma-bufs and memfds
   */
  record Usage(long descriptors, long bufferDescriptors, long bufferMappings) {}
}
