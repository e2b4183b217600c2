// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Tells tools which heaps and buffers there are. A service, thread-safe; what it returns is a copy
 * that belongs to the caller.
 */
@ProviderType
public interface HeapRegistry {

  /**
   * Lists every heap, the unavailable ones included, sorted by name, the one that serves a name
   * first.
   *
   * @return one entry per heap service
   */
  List<HeapInfo> heaps();

  /**
   * Lists every open handle, oldest first.
   *
   * @return one entry per handle; handles of one shared buffer have the same {@link
   *     BufferInfo#bufferId}
   */
  List<BufferInfo> buffers();

  /**
   * Tells how much memory the runtime may take and has taken.
   *
   * @return the budget as it stands
   */
  BudgetInfo budget();

  /**
   * Lists the quotas of heaps, bundles and accounts: of those that were charged since core started
   * or their bundle did, and of those that the configuration names.
   *
   * @return one entry for each, sorted by kind and name
   */
  default List<QuotaInfo> quotas() {
    return List.of();
  }

  /**
   * Lists what bundles left open when they stopped: one report for each, as it was logged, the
   * latest 20, oldest first. The configuration {@code leak.stacks} adds where each handle was
   * opened.
   *
   * @return texts of several lines
   */
  default List<String> leaks() {
    return List.of();
  }
}
