// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

/**
 * An area of the kernel's contiguous memory allocator.
 *
 * @param name as the kernel has it, in {@code /sys/kernel/mm/cma}
 * @param bytes its size; 0 when the kernel doesn't tell
 */
public record CmaArea(String name, long bytes) {}
