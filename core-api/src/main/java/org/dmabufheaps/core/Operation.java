// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

/** What is being done, to what, for messages; put into words only when one is needed. */
record Operation(String verb, long bytes, String object) {

  static Operation on(String verb, String object) {
    return new Operation(verb, -1, object);
  }

  @Override
  public String toString() {
    return bytes < 0 ? verb + " " + object : verb + " " + ByteCount.exact(bytes) + " " + object;
  }
}
