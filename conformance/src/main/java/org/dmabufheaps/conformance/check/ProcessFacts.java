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
   * Returns the physical page numbers of the first mapping of a buffer.
   *
   * @param inode of the buffer
   * @return one number per page in the order of addresses; empty when the kernel doesn't tell, such
   *     as without {@code CAP_SYS_ADMIN}
   */
  long[] frames(long inode) throws IOException;

  /**
   * What is open and mapped.
   *
   * @param descriptors all of the process
   * @param bufferDescriptors those that are dma-bufs or memfds
   * @param bufferMappings mappings of dma-bufs and memfds
   */
  record Usage(long descriptors, long bufferDescriptors, long bufferMappings) {}
}
