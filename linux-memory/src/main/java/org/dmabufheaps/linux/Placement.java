// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

/** How slices are placed in a region. */
public sealed interface Placement {

  /** The lowest free run of pages that is large enough; runs that meet are joined. */
  record FirstFit() implements Placement {}

  /**
   * Aligned as by the kernel's contiguous memory allocator ({@code mm/cma.c}): to the size rounded
   * up to a power of two, at most 256 pages; in the shortest free run that has room for that.
   */
  record Cma() implements Placement {}

  /**
   * Equal chunks: a size is rounded up to chunks, and any free ones serve, wherever they are.
   *
   * @param chunkBytes the size of a chunk, positive, a multiple of the page size; of the huge page
   *     size where the memory is made of those
   */
  record Chunks(long chunkBytes) implements Placement {
    /**
     * Checks.
     *
     * @throws IllegalArgumentException when the size is not positive
     */
    public Chunks {
      if (chunkBytes <= 0) {
        throw new IllegalArgumentException("chunks of " + chunkBytes + " bytes");
      }
    }
  }

  /**
   * Places by first fit, as ION's carveout does.
   *
   * @return the placement
   */
  static Placement firstFit() {
    return new FirstFit();
  }

  /**
   * Places with CMA's alignment.
   *
   * @return the placement
   */
  static Placement cma() {
    return new Cma();
  }

  /**
   * Places in chunks.
   *
   * @param chunkBytes the size of a chunk
   * @return the placement
   * @throws IllegalArgumentException when the size is not positive
   */
  static Placement chunks(long chunkBytes) {
    return new Chunks(chunkBytes);
  }
}
