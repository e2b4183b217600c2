// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import org.dmabufheaps.HeapException;

/** Checks heaps, where the bundle {@code conformance} is. */
interface SelfTests {
  /** Where it is not. */
  SelfTests NONE =
      (who, heap) -> {
        throw Failure.methodNotImplemented("org.dmabufheaps.SelfTest");
      };

  /** Checks one heap, for those who may ask. */
  Reply run(Who who, String heap) throws Failure, HeapException;
}
