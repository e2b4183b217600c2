// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.OptionalLong;

/**
 * What a region's memory is good for.
 *
 * @param backing as {@link RegionInfo#backing}
 * @param exports whether a slice can be a dma-buf
 * @param reason why not, and what else is worth knowing
 * @param renewable whether a slice's pages can be given up for fresh ones
 * @param physicalAddress of the first byte, where memory was chosen by its address
 */
record RegionTraits(
    String backing,
    boolean exports,
    String reason,
    boolean renewable,
    OptionalLong physicalAddress) {}
