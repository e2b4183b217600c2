// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

/**
 * What became of a frame.
 *
 * @param sent how many clients it was sent to, all of which gave it back or are gone
 * @param dropped how many clients were connected and too slow for it
 */
public record Delivery(int sent, int dropped) {}
