// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

/**
 * A stream in numbers.
 *
 * @param clients how many are connected
 * @param connected how many ever were
 * @param refused how many were cut off for what they sent, or sent away for being too many
 * @param published frames that were published
 * @param sent frames that were sent, one for each client
 * @param dropped frames that were not sent to a client that was too slow, one for each client
 * @param out frames that were published and are not back
 */
public record StreamStats(
    int clients, long connected, long refused, long published, long sent, long dropped, long out) {}
