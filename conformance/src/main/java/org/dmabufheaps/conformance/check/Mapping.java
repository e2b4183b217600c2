// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

/**
 * A line of {@code /proc/PID/maps}.
 *
 * @param start first address
 * @param end address after the last
 * @param offset of the first address in the mapped file
 * @param path of the mapped file; may be empty
 */
record Mapping(long start, long end, long offset, String path) {

  /** Parses {@code start-end perms offset dev inode path}; the path may have blanks. */
  static Mapping parse(String line) {
    String[] fields = line.split(" +", 6);
    int dash = fields[0].indexOf('-');
    return new Mapping(
        Long.parseUnsignedLong(fields[0].substring(0, dash), 16),
        Long.parseUnsignedLong(fields[0].substring(dash + 1), 16),
        Long.parseUnsignedLong(fields[2], 16),
        fields.length > 5 ? fields[5] : "");
  }
}
