// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dmabufheaps.example.consumer.Needs;

/**
 * The kernel's virtual video driver, whose parameter {@code allocators} makes it as choosy as a
 * camera without an IOMMU ({@code Documentation/admin-guide/media/vivid.rst}).
 */
final class Vivid {
  private static final Path ALLOCATORS = Path.of("/sys/module/vivid/parameters/allocators");
  private static final String DMA_CONTIG = "1";

  private Vivid() {}

  /**
   * Tells what an instance takes.
   *
   * @param bus its {@code bus_info}: {@code platform:vivid-000}
   */
  static Needs needs(String bus) {
    try {
      return needs(bus, Files.readString(ALLOCATORS));
    } catch (IOException e) {
      return Needs.DMA_BUF; // an older vivid has no such parameter, and is not choosy
    }
  }

  /**
   * Tells what an instance takes.
   *
   * @param bus its {@code bus_info}
   * @param allocators one number for each instance, with commas between them
   */
  static Needs needs(String bus, String allocators) {
    String[] each = allocators.strip().split(",", -1);
    int instance = Integer.parseInt("0" + bus.replaceFirst("^.*-", "").replaceAll("\\D", ""));
    boolean contiguous = instance < each.length && each[instance].equals(DMA_CONTIG);
    return contiguous ? Needs.CONTIGUOUS : Needs.DMA_BUF;
  }
}
