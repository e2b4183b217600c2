// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

/**
 * A range of bytes in a buffer.
 *
 * @param offset of the first byte
 * @param length in bytes
 */
public record Range(long offset, long length) {}
