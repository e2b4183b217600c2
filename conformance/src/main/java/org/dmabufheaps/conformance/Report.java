// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance;

import java.util.List;

/**
 * What the checks found out about a heap.
 *
 * @param heap its name
 * @param backing where its memory comes from
 * @param exports what its exported descriptors are, by its own account
 * @param results one for each check, in the order in which they ran
 */
public record Report(String heap, String backing, String exports, List<Result> results) {

  /** Copies the list. */
  public Report {
    results = List.copyOf(results);
  }

  /**
   * Tells whether the heap conforms.
   *
   * @return {@code true} when at least one check passed and none failed
   */
  public boolean passed() {
    return count(Outcome.PASS) > 0 && count(Outcome.FAIL) == 0;
  }

  /**
   * Counts results.
   *
   * @param outcome which
   * @return how many checks ended so
   */
  public long count(Outcome outcome) {
    return results.stream().filter(r -> r.outcome() == outcome).count();
  }

  /**
   * Returns what failed.
   *
   * @return the failed checks' results, in order
   */
  public List<Result> failures() {
    return results.stream().filter(r -> r.outcome() == Outcome.FAIL).toList();
  }
}
