// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

/**
 * What was found out with one huge page: whether this kernel makes a udmabuf of it.
 *
 * @param pageBytes the size of the page
 * @param exports what a buffer exports
 * @param maxBytes the largest buffer
 * @param reason why it exports nothing; may be empty
 */
record Trial(long pageBytes, String exports, long maxBytes, String reason) {}
