// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

/**
 * An open descriptor.
 *
 * @param target what {@code /proc/self/fd/N} links to
 * @param inode identifies the memory behind it ({@code st_ino})
 * @param size of that memory in bytes ({@code st_size})
 * @param closeOnExec whether it is closed in a child process
 * @param exporter who made the dma-buf ({@code exp_name} of its fdinfo); empty when it is none
 * @param label its name in fdinfo; empty when it has none
 */
record Descriptor(
    String target, long inode, long size, boolean closeOnExec, String exporter, String label) {

  /** Names the kind as the property {@code dmabuf.heap.exports} does, or says what it is. */
  String kind() {
    if (!exporter.isEmpty()) {
      return "dma-buf";
    }
    return target.startsWith("/memfd:") ? "memfd" : target;
  }
}
