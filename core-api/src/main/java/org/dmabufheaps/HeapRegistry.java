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
}
