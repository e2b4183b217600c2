// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

/**
 * What is being done, to what, for messages; put into words only when one is needed.
 *
 * @param verb such as {@code "allocating"}
 * @param bytes how many; negative when that is nothing to tell
 * @param relation to what is named, such as {@code "from heap"}
 * @param name of what it is done to
 */
record Operation(String verb, long bytes, String relation, String name) {
  static Operation on(String verb, String object) {
    return new Operation(verb, -1, "", object);
  }

  @Override
  public String toString() {
    return verb
        + (bytes < 0 ? "" : " " + ByteCount.exact(bytes))
        + (relation.isEmpty() ? " " : " " + relation + " ")
        + name;
  }
}
