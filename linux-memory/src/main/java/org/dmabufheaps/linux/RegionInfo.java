// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.OptionalLong;

/**
 * A region as it stood when it was asked for. All sizes are in bytes.
 *
 * @param sizeBytes what can be cut into buffers
 * @param freeBytes what is free
 * @param largestFreeBytes the largest buffer that free memory can serve now; less than {@code
 *     freeBytes} where it is fragmented
 * @param quarantinedBytes what was released and may not be used again yet
 * @param slices the buffers that live, and those in quarantine
 * @param maxBytes the largest buffer that this region can ever give
 * @param backing for {@link org.dmabufheaps.HeapAllocator#BACKING}: {@code region-memfd}, {@code
 *     region-hugetlb} or {@code region-physical}
 * @param exports for {@link org.dmabufheaps.HeapAllocator#EXPORTS}: {@code dma-buf} or {@code none}
 * @param reason why it exports nothing, and what else is worth knowing; may be empty
 * @param physicalAddress of the first byte, where memory was chosen by its address
 */
public record RegionInfo(
    long sizeBytes,
    long freeBytes,
    long largestFreeBytes,
    long quarantinedBytes,
    long slices,
    long maxBytes,
    String backing,
    String exports,
    String reason,
    OptionalLong physicalAddress) {}
