// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the running kernel has: device nodes by their path, and {@code vgem}, {@code cma}, {@code
 * devmem}, {@code O_DIRECT}, {@code hugetlb}, {@code huge-pages} and {@code memmap}.
 *
 * <p>A test that needs what is missing is skipped, and says so; it fails when the environment
 * variable {@code DMABUF_KERNEL_HAS}, a list with blanks between, names it: who starts a kernel
 * knows what it must have.
 */
public final class KernelHas {
  static final String VARIABLE = "DMABUF_KERNEL_HAS";
  static final String VGEM = "vgem";

  /** A heap of CMA's in {@code /dev/dma_heap}. */
  public static final String CMA = "cma";

  /** Huge pages that udmabuf takes. */
  static final String HUGETLB = "hugetlb";

  /** Some that were set aside and that nobody has. */
  public static final String FREE_HUGE_PAGES = "huge-pages";

  /** That {@code /dev/mem} shows the areas of CMA. */
  static final String DEVMEM = "devmem";

  private KernelHas() {}

  /** What must be there. */
  static List<String> promised() {
    String promised = System.getenv().getOrDefault(VARIABLE, "").strip();
    return promised.isEmpty() ? List.of() : List.of(promised.split("\\s+", -1));
  }

  /** Skips the test, or fails it, when a thing is not there. */
  public static void assume(String thing) {
    need(thing, missing(thing));
  }

  /** As {@link #assume}, with the reason why the thing can't be used; empty when it can. */
  public static void need(String thing, String missing) {
    if (!missing.isEmpty()) {
      assertFalse(promised().contains(thing), thing + ", which must be there: " + missing);
      System.err.println("NOT TRIED, needs " + thing + ": " + missing);
    }
    assumeTrue(missing.isEmpty(), thing + ": " + missing);
  }

  /** Whether {@link #missing} knows a thing; for others there is a test that finds out. */
  static boolean isLookedUp(String thing) {
    return thing.startsWith("/") || List.of(VGEM, CMA, DEVMEM).contains(thing);
  }

  /** Says why a thing can't be used; empty when it can. */
  static String missing(String thing) {
    return switch (thing) {
      case VGEM -> vgem().isPresent() ? "" : "no card of this driver in /sys/class/drm";
      case CMA -> Way.all().stream().anyMatch(Way::isCma) ? "" : "no CMA heap in /dev/dma_heap";
      case DEVMEM -> PhysicalMemory.missing();
      default -> TestKernel.linux().probe(Path.of(thing)).reason();
    };
  }

  /** The node of a DRM card whose driver is vgem. */
  static Optional<Path> vgem() {
    try (DirectoryStream<Path> cards =
        Files.newDirectoryStream(Path.of("/sys/class/drm"), "card[0-9]")) {
      for (Path card : cards) {
        if (card.resolve("device").toRealPath().endsWith(VGEM)) {
          return Optional.of(Path.of("/dev/dri").resolve(card.getFileName()));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
