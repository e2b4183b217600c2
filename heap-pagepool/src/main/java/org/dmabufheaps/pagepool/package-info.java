// SPDX-License-Identifier: Apache-2.0
/**
 * The page pool: cleared memory that was used before, ready for the next. What {@code
 * drivers/dma-buf/heaps/page_pool.c} of Android's kernel is to the system heap.
 */
package org.dmabufheaps.pagepool;
