// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance;

import java.time.Duration;
import java.util.Objects;

/**
 * How long and how hard a heap is tried.
 *
 * @param limitPerCheck after which a check that has not returned fails, 1 ms or longer
 * @param rounds of the checks that look for leaks, 16 to 1,000,000
 * @param largestBytes the largest buffer that is really allocated, 1 MiB or more; 0 for an eighth
 *     of what the runtime may still take
 * @param only the checks that are run: those with this text in their name; empty for all
 */
public record Options(Duration limitPerCheck, int rounds, long largestBytes, String only) {

  /**
   * Checks.
   *
   * @throws IllegalArgumentException when a value is out of its range
   * @throws NullPointerException when one is null
   */
  public Options {
    if (limitPerCheck.toMillis() < 1) {
      throw new IllegalArgumentException("limit per check " + limitPerCheck + " is below 1 ms");
    }
    if (rounds < 16 || rounds > 1_000_000) {
      throw new IllegalArgumentException("rounds " + rounds + " is not within 16 to 1000000");
    }
    if (largestBytes != 0 && largestBytes < 1 << 20) {
      throw new IllegalArgumentException("largest buffer " + largestBytes + " is below 1 MiB");
    }
    Objects.requireNonNull(only);
  }

  /**
   * Returns what a heap should be tried with.
   *
   * @return every check, 60 s for each, 1024 rounds (as AOSP's tests), buffers of up to an eighth
   *     of what is left
   */
  public static Options standard() {
    return new Options(Duration.ofSeconds(60), 1024, 0, "");
  }

  /**
   * Changes the time limit.
   *
   * @param limit 1 ms or longer
   * @return options with that limit
   */
  public Options withLimitPerCheck(Duration limit) {
    return new Options(limit, rounds, largestBytes, only);
  }

  /**
   * Changes the number of rounds.
   *
   * @param count 16 to 1,000,000
   * @return options with that many rounds
   */
  public Options withRounds(int count) {
    return new Options(limitPerCheck, count, largestBytes, only);
  }

  /**
   * Changes the limit on one buffer.
   *
   * @param bytes 1 MiB or more, or 0 for an eighth of what is left
   * @return options with that limit
   */
  public Options withLargestBytes(long bytes) {
    return new Options(limitPerCheck, rounds, bytes, only);
  }

  /**
   * Picks checks.
   *
   * @param text in the names of the checks that are run; empty for all
   * @return options with those checks
   */
  public Options withOnly(String text) {
    return new Options(limitPerCheck, rounds, largestBytes, text);
  }
}
