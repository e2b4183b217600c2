// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

/**
 * What a descriptor is, from {@code fstatfs(2)}, {@code statx(2)}, {@code F_GET_SEALS} and {@code
 * /proc/self/fdinfo}.
 *
 * @param kind what kind of file it is
 * @param sizeBytes the size by {@code lseek(SEEK_END)}; 0 when it has none
 * @param inode the inode's number; a dma-buf's is unique while it lives
 * @param seals the {@code F_SEAL_} bits of a memfd; 0 for anything else
 * @param closeOnExec whether it has {@code FD_CLOEXEC}
 * @param writable whether it was opened for writing
 * @param exporter a dma-buf's exporter, the heap's name; empty for anything else
 * @param name a dma-buf's label; may be empty
 * @param count the references to a dma-buf: descriptors here and elsewhere, messages in flight,
 *     mappings, importers; 0 for anything else
 */
public record DescriptorInfo(
    Kind kind,
    long sizeBytes,
    long inode,
    int seals,
    boolean closeOnExec,
    boolean writable,
    String exporter,
    String name,
    long count) {

  /** The kinds that matter. */
  public enum Kind {
    /** A dma-buf. */
    DMA_BUF,
    /** A memfd, or another file of a memory file system that can carry seals. */
    MEMFD,
    /** Anything else. */
    OTHER
  }
}
