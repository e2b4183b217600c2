// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.trace;

/**
 * A buffer comes or goes.
 *
 * @param micros since the start, in microseconds
 * @param comes whether it is allocated; else it is freed
 * @param id of the buffer
 * @param size of the buffer, in bytes
 * @param stream what it is for
 */
public record Event(long micros, boolean comes, int id, long size, String stream) {}
