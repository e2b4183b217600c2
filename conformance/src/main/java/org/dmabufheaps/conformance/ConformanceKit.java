// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance;

import java.util.List;
import org.dmabufheaps.HeapException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Checks a heap through the API that its clients use: what the kernel's selftest {@code
 * dmabuf-heaps} and AOSP's tests of libdmabufheap assert, and what past security bugs of allocators
 * teach. A service, thread-safe.
 *
 * <p>What it knows of descriptors and mappings it reads from {@code /proc/self}; it makes no native
 * call. Memory is touched by the kernel's hand (through a pipe), which answers {@code EFAULT} where
 * an access of the VM's own to memory that isn't there would end the process.
 */
@ProviderType
public interface ConformanceKit {

  /**
   * Runs every check on one heap, one after the other, each in a thread of its own and with a time
   * limit. A check that doesn't return in time fails, and those after it are skipped; its thread
   * ends when the heap lets it go. Buffers of a check are closed at its end.
   *
   * <p>Takes seconds. Leaves no buffer, descriptor or mapping behind, if the heap doesn't. Other
   * users of the heap are not disturbed, but for the memory it takes.
   *
   * @param heap a heap's name; one of its aliases; or, when it starts with a parenthesis, an OSGi
   *     filter over the properties of {@link org.dmabufheaps.HeapAllocator} services, of which the
   *     one with the highest service ranking is taken
   * @param options how long and how hard to try
   * @param progress is told of each check, in the calling thread
   * @return what was found
   * @throws IllegalArgumentException when the filter can't be parsed, or no check is picked
   * @throws IllegalStateException when the kit is at work for another caller: both would count the
   *     same descriptors
   * @throws HeapException {@code ENODEV} when no such heap is available; the message says why
   */
  Report check(String heap, Options options, Progress progress) throws HeapException;

  /**
   * Returns the names of the checks.
   *
   * @return sentences, in the order in which they run
   */
  List<String> checks();
}
