// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.Map;
import java.util.TreeMap;

/** How often each operation was done, and how often it was refused as the model said. */
final class ModelTally {
  private final Map<String, Long> counts = new TreeMap<>();

  void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}
