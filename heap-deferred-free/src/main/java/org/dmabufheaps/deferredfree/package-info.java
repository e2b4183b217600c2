// SPDX-License-Identifier: Apache-2.0
/**
 * Deferred free and the shrinker: memory is cleared off its client's path, and idle memory goes
 * back when the system is short. What {@code deferred-free-helper.c} of Android's kernel is to its
 * heaps.
 */
package org.dmabufheaps.deferredfree;
