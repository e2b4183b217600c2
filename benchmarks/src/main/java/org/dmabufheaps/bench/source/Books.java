// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.source;

/**
 * What the books say of the heap, in bytes where it is no count.
 *
 * @param live in open buffers
 * @param pooled idle in the pool
 * @param pending in the freelist
 * @param hits allocations that the pool served, a count
 * @param misses allocations that it did not, a count
 */
public record Books(long live, long pooled, long pending, long hits, long misses) {}
