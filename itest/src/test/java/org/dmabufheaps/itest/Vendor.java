// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.nio.file.Files;
import java.nio.file.Path;

/** The vendor's bundles, which are built outside of this build: see {@code vendor/build}. */
final class Vendor {
  private Vendor() {}

  static Path carveout() {
    return jar("heap-carveout", "heap-carveout");
  }

  static Path chunk() {
    return jar("heap-chunk", "heap-chunk");
  }

  /** Memfds, which other processes can hold without any device. */
  static Path template() {
    return jar("template", "acme-heap");
  }

  private static Path jar(String directory, String name) {
    Path jar = Path.of(System.getProperty("vendor.dir"), directory, "target", name + ".jar");
    if (!Files.exists(jar)) {
      throw new AssertionError(
          "there is no " + jar + ": \"mvn verify -pl container -am\" makes it");
    }
    return jar;
  }
}
