// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

/** A number of things, in words. */
final class Count {
  private Count() {}

  static String of(long count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }
}
