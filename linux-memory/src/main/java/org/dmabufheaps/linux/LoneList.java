// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;

/** What outlives this bundle, outside a framework. Needs no class of OSGi. */
final class LoneList {
  /** The one of this process. */
  static final Object[] KEPT = fresh();

  private LoneList() {}

  /** Returns the framework's; a program without OSGi need not have its classes. */
  static Object[] find() {
    try {
      return OutlivingList.find();
    } catch (NoClassDefFoundError e) {
      return KEPT;
    }
  }

  /** Makes empty lists: four for {@link RetiredViews}, two for {@link PhysicalRanges}. */
  static Object[] fresh() {
    return new Object[] {
      new ReferenceQueue<ByteBuffer>(),
      new HashMap<Reference<?>, long[]>(),
      new ArrayDeque<long[]>(),
      new long[] {0, 0, 0, 0, System.nanoTime()},
      new ArrayList<long[]>(),
      new ArrayList<long[]>()
    };
  }
}
