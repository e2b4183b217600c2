// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import java.util.LinkedHashMap;
import java.util.Map;

/** The sizes of buffers that are measured, by their names. */
public final class Sizes {
  /** One page. */
  public static final long B4K = 4096;

  /** The largest that is cleared inline. */
  public static final long B64K = 65_536;

  /** One MiB. */
  public static final long B1M = 1 << 20;

  /** A frame of 1920 x 1080, NV12. */
  public static final long NV12 = 1920 * 1080 * 3 / 2;

  /** A frame of 1920 x 1080, RGBA. */
  public static final long RGBA = 1920 * 1080 * 4;

  /** A frame of 3840 x 2160, RGBA. */
  public static final long RGBA_4K = 3840 * 2160 * 4;

  /** 64 MiB. */
  public static final long B64M = 64L << 20;

  private static final Map<String, Long> NAMES = names();

  private Sizes() {}

  private static Map<String, Long> names() {
    Map<String, Long> names = new LinkedHashMap<>();
    names.put("4K", B4K);
    names.put("64K", B64K);
    names.put("1M", B1M);
    names.put("NV12", NV12);
    names.put("RGBA", RGBA);
    names.put("4K-RGBA", RGBA_4K);
    names.put("64M", B64M);
    return names;
  }

  /**
   * Returns all sizes.
   *
   * @return bytes by name, ascending
   */
  public static Map<String, Long> all() {
    return new LinkedHashMap<>(NAMES);
  }

  /**
   * Names a size.
   *
   * @param bytes the size
   * @return its name, or the number
   */
  public static String name(long bytes) {
    return NAMES.entrySet().stream()
        .filter(entry -> entry.getValue() == bytes)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseGet(() -> bytes % (1 << 20) == 0 ? (bytes >> 20) + "M" : Long.toString(bytes));
  }
}
