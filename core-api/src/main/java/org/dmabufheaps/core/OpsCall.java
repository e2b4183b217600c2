// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.HeapException;

/** A call into a heap or one of its buffers. */
@FunctionalInterface
interface OpsCall<T> {
  T run() throws HeapException;
}
