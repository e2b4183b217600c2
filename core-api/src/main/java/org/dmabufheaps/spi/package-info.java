// SPDX-License-Identifier: Apache-2.0
/**
 * What a heap implements, and what it may use.
 *
 * <p>A heap's bundle imports {@code org.dmabufheaps.spi;version="[1.0,2)"}: it implements consumer
 * types only, which grow by default methods. Whoever implements the provider types (core, the page
 * pool, deferred free, {@code linux-memory}) imports {@code version="[1.0,1.1)"}.
 *
 * <p>A whole heap:
 *
 * <pre>{@code
 * @Component(service = Heap.class)
 * @DmaHeap(name = "acme")
 * public class AcmeHeap implements Heap {
 *   @Reference LinuxMemory linux;
 *
 *   @Override
 *   public DmaBufOps allocate(AllocationRequest request) throws HeapException {
 *     return linux.memfd(request);
 *   }
 * }
 * }</pre>
 *
 * <p>Clients never look up a {@link org.dmabufheaps.spi.Heap}; core publishes a {@link
 * org.dmabufheaps.HeapAllocator} for it.
 */
@Export
@Version("1.0.0")
package org.dmabufheaps.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
