// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

/** Where the memory comes from, best first. */
enum Backing {
  /** A device in {@code /dev/dma_heap}. */
  DMA_HEAP("dma-heap", "dma-buf"),
  /** {@code /dev/udmabuf} over a memfd. */
  UDMABUF("udmabuf", "dma-buf"),
  /** A sealed memfd. */
  MEMFD("memfd", "memfd");

  /** As it is named in the configuration and in service properties. */
  final String text;

  /** What an exported descriptor is. */
  final String exports;

  Backing(String text, String exports) {
    this.text = text;
    this.exports = exports;
  }
}
