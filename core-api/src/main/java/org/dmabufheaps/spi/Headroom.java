// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

/**
 * What the system says about its memory, in bytes.
 *
 * @param totalBytes what the machine, or the control group if that is less, has in all
 * @param availableBytes what can still be taken without swapping: {@code MemAvailable} of {@code
 *     proc(5)}, or what the control group's limit leaves if that is less
 */
public record Headroom(long totalBytes, long availableBytes) {
  /** Says that the system can't be asked. */
  public static final Headroom UNKNOWN = new Headroom(Long.MAX_VALUE, Long.MAX_VALUE);
}
