// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.List;

/**
 * Who may have how much.
 *
 * @param rules the first that matches decides; nothing is allowed where none does
 * @param limit the most that one user may have of all heaps, in bytes
 * @param buffers how many buffers one user may have
 */
record Policy(List<Rule> rules, long limit, int buffers) {
  /** As much as there is. */
  static final long UNLIMITED = Long.MAX_VALUE;

  /**
   * Returns how much of a heap a client's user may have.
   *
   * @return in bytes; 0 for nothing
   */
  long heapLimit(Who who, String heap) {
    for (Rule rule : rules) {
      if (rule.matches(who, heap)) {
        return rule.bytes();
      }
    }
    return 0;
  }
}
