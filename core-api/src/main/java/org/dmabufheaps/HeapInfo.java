// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import java.util.Map;
import org.osgi.dto.DTO;

/** A heap as it stood when it was asked for. Sizes are in bytes. */
public class HeapInfo extends DTO {
  /** The heap's name; empty when the heap service gave none. */
  public String name = "";

  /** The further names that lead to this heap; never null. A name taken by another is left out. */
  public String[] aliases = {};

  /** Where its memory comes from; empty when it is unavailable and has not said. */
  public String backing = "";

  /** What an exported descriptor is: {@code dma-buf}, {@code memfd} or {@code none}. */
  public String exports = "";

  /** Whether each buffer is physically contiguous. */
  public boolean contiguous;

  /** Whether it can be allocated from; then there is a {@link HeapAllocator} service. */
  public boolean available;

  /** Why it is unavailable, or what is worth knowing about its choices; may be empty. */
  public String reason = "";

  /** The largest buffer; {@link Long#MAX_VALUE} when the heap knows no limit. */
  public long maxBytes = Long.MAX_VALUE;

  /** The quota on its live bytes; {@link Long#MAX_VALUE} when there is none. */
  public long limitBytes = Long.MAX_VALUE;

  /** Memory in open buffers, each counted once however many handles it has. */
  public long liveBytes;

  /** Open buffers. */
  public long liveBuffers;

  /** The highest {@link #liveBytes} since the heap came. */
  public long peakBytes;

  /** Allocations that were tried since the heap came, those that failed included. */
  public long allocations;

  /** Allocations that failed since the heap came, refusals by a limit included. */
  public long failures;

  /** Memory kept ready in a page pool. */
  public long pooledBytes;

  /** Memory that waits in a freelist. */
  public long pendingFreeBytes;

  /** Memory that may not be used again yet, since somebody still holds it. */
  public long quarantinedBytes;

  /**
   * What else the heap counts, by names such as {@code "pool hits"}; a name that ends in {@code
   * bytes} is a size. Never null.
   */
  public Map<String, Long> statistics = Map.of();

  /** The symbolic name of the bundle that provides the heap. */
  public String bundle = "";

  /** The service ranking that decides between heaps of one name. */
  public int ranking;

  /** The properties of its allocator service; never null. */
  public Map<String, Object> properties = Map.of();
}
