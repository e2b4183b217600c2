// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel's release, for what can't be found out by trying.
 *
 * @param major the 6 of 6.12; 0 when it can't be told
 * @param minor the 12 of 6.12
 */
record KernelRelease(int major, int minor) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})(\\D.*)?");

  /** Reads a text such as {@code "6.12.43+deb13-amd64"}. */
  static KernelRelease of(String text) {
    Matcher numbers = TEXT.matcher(text);
    return numbers.matches()
        ? new KernelRelease(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)))
        : new KernelRelease(0, 0);
  }

  /** Returns the running kernel's. */
  static KernelRelease here() {
    return of(System.getProperty("os.version"));
  }

  /** Tells whether it has what came with a release; not if it can't be told. */
  boolean isSince(int otherMajor, int otherMinor) {
    return major > otherMajor || (major == otherMajor && minor >= otherMinor);
  }
}
