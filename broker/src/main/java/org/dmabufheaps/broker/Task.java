// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import org.dmabufheaps.HeapException;

/**
 * A call whose parameters were found good.
 *
 * @param lane the heap whose code it may have to wait for; {@code null} when it waits for nothing
 * @param body does it
 */
record Task(String lane, Body body) {

  /** What it does. */
  interface Body {
    Reply run() throws Failure, HeapException;
  }

  static Task now(Reply reply) {
    return new Task(null, () -> reply);
  }
}
