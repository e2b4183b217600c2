// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import org.dmabufheaps.spi.Recyclable;

/**
 * Cleared memory that waits to be taken.
 *
 * @param memory zero, and held by nobody
 * @param sinceNanos since when, as {@link System#nanoTime} tells it
 */
record Idle(Recyclable memory, long sinceNanos) {}
