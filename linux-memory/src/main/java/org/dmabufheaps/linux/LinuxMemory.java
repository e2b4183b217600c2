// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.MemoryBackend;
import org.dmabufheaps.spi.MemoryBudget;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Makes buffers of Linux memory. A service, thread-safe; buffers work on after the service has
 * gone, until they are released.
 *
 * <p>Each allocation is admitted first ({@link AllocationRequest#reserveFresh}), is all zero and
 * populated when it returns, and gives back what it took when a step fails.
 */
@ProviderType
public interface LinuxMemory extends MemoryBackend {

  /** Where the kernel's heaps have their device nodes. */
  Path DMA_HEAPS = Path.of("/dev/dma_heap");

  /** Where the device node is that makes dma-bufs of memfds. */
  Path UDMABUF = Path.of("/dev/udmabuf");

  /**
   * Tells whether a text can be the name of a dma-heap.
   *
   * @param name any text
   * @return whether it is 1 to 63 of {@code A-Z a-z 0-9 _ , . @ -}, and no directory
   */
  static boolean isDmaHeapName(String name) {
    return DmaHeapDevice.isName(name);
  }

  /**
   * Allocates from a dma-heap device ({@code DMA_HEAP_IOCTL_ALLOC}).
   *
   * @param node the heap's name, a file in {@code /dev/dma_heap}
   * @param request the size, and who admits it
   * @return a dma-buf
   * @throws IllegalArgumentException when {@code node} is no heap name
   * @throws HeapException {@code ENOENT}, {@code EACCES} for the node; {@code ENOMEM}; {@code
   *     EMFILE}
   */
  DmaBufOps dmaHeap(String node, AllocationRequest request) throws HeapException;

  /**
   * Allocates a memfd and makes it a dma-buf ({@code UDMABUF_CREATE}).
   *
   * @param request the size, and who admits it
   * @return a dma-buf
   * @throws HeapException {@code ENOENT}, {@code EACCES} for {@code /dev/udmabuf}; {@code EINVAL}
   *     over {@link #udmabufMaxBytes()}; {@code ENOMEM}; {@code EMFILE}
   */
  DmaBufOps udmabuf(AllocationRequest request) throws HeapException;

  /**
   * Makes a dma-buf of ranges of a memfd buffer ({@code UDMABUF_CREATE_LIST}). The memory stays
   * {@code memfd}'s: the result must be released first.
   *
   * @param memfd a buffer made by {@link #memfd}, not released
   * @param ranges page-aligned ranges within it, in the order in which they follow one another
   * @return a dma-buf over the ranges
   * @throws IllegalArgumentException when {@code memfd} is no such buffer or a range is not within
   *     it
   * @throws HeapException as {@link #udmabuf}; {@code EINVAL} for more ranges than the module's
   *     {@code list_limit}
   */
  DmaBufOps udmabuf(DmaBufOps memfd, List<Range> ranges) throws HeapException;

  /**
   * Allocates a memfd, sealed against changes of its size ({@code F_SEAL_SHRINK}, {@code
   * F_SEAL_GROW}, {@code F_SEAL_SEAL}).
   *
   * @param request the size, and who admits it
   * @return a memfd buffer
   * @throws HeapException {@code ENOMEM}; {@code EMFILE}; {@code EFBIG} over {@code RLIMIT_FSIZE}
   */
  DmaBufOps memfd(AllocationRequest request) throws HeapException;

  /**
   * Sets memory aside, to be cut into buffers.
   *
   * @param source where the memory comes from; all of it is zeroed
   * @param placement how slices are placed
   * @param budget admits memory that is taken from the system's available memory, of {@link
   *     RegionSource#memfd} alone
   * @param report told, in a sentence, of each slice that stays in quarantine; from any thread,
   *     without a lock held
   * @return the region, to be closed
   * @throws IllegalArgumentException when source and placement don't fit together
   * @throws HeapException {@code ENOMEM} when the memory can't be had, with what is free and what
   *     to set; {@code EACCES}, {@code ENOENT} for a device; {@code EBUSY} when another region has
   *     a part of this physical range; {@code EPERM} when the range is the system's own memory
   */
  Region region(
      RegionSource source, Placement placement, MemoryBudget budget, Consumer<String> report)
      throws HeapException;

  /**
   * Makes the way of a heap's memory through a page pool and a freelist.
   *
   * @param heap the heap's name, for messages
   * @param budget admits what a pool takes in advance
   * @param fresh allocates fresh memory
   * @return without pool and freelist as yet; to be closed
   */
  Recycler recycler(String heap, MemoryBudget budget, Recycler.Fresh fresh);

  /**
   * Watches for memory pressure, by a trigger of the kernel's pressure stall information ({@code
   * Documentation/accounting/psi.rst}): of this process's control group where it has one, else of
   * the machine.
   *
   * @param stallMillis for how long some task waits for memory within a window
   * @param windowMillis the window, 500 to 10,000
   * @param pressed called when that has happened, once in a window at most, from a thread of its
   *     own
   * @return ends the watch when closed, and its thread
   * @throws HeapException {@code ENOENT} or {@code EOPNOTSUPP} when the kernel doesn't tell, {@code
   *     EACCES}, {@code EPERM} when it doesn't tell this user, {@code EINVAL} when it does so for
   *     windows of two seconds alone
   */
  Watch watchPressure(long stallMillis, long windowMillis, Runnable pressed) throws HeapException;

  /**
   * Returns the sizes of huge pages that this kernel has, and how many there are.
   *
   * @return by size, the system's default first; empty when the kernel has none
   */
  List<HugePages> hugePages();

  /**
   * Returns the limit of one udmabuf, from the module's parameter {@code size_limit_mb}.
   *
   * @return in bytes; {@link Long#MAX_VALUE} when the parameter can't be read
   */
  long udmabufMaxBytes();

  /**
   * Finds out what a descriptor is.
   *
   * @param fd a descriptor of this process
   * @return what it is
   * @throws HeapException {@code EBADF} when it is not open
   */
  DescriptorInfo describe(int fd) throws HeapException;

  /**
   * Counts who has the memory of a descriptor: asked before it is lent, and by {@link #reclaim}
   * afterwards. Of a dma-buf that is the {@code count} in {@code fdinfo}: descriptors here and
   * elsewhere, messages in flight, mappings, importers. Of a memfd it is 1 when no other open file
   * of it can be read or written, and 2 when there are others or the kernel can't tell; an open
   * file lives for as long as a descriptor, a message in flight or a mapping of it. What {@code
   * memfd_create(2)} returned is not counted, and each {@code exportFd} of a memfd that was made
   * here is an open file of its own.
   *
   * @param fd a descriptor of this process
   * @return the references, that by which it is asked included; 0 for what is neither
   * @throws HeapException {@code EBADF}, {@code EMFILE}, {@code ENFILE}, {@code ENOMEM}
   */
  long references(int fd) throws HeapException;

  /**
   * Takes memory back that was lent, if nobody has it any more. A memfd that was the lender's alone
   * ({@code references} is 1) is taken from everybody else for good: its mode becomes 0600, so that
   * a descriptor with {@code O_PATH}, which nothing counts, leads nowhere, and its pages go back to
   * the system. What is not seen: pages that somebody has pinned, or put into a pipe.
   *
   * @param fd a descriptor of this process, as new as the one by which it was asked before
   * @param references what {@link #references} said before it was lent
   * @return whether there are no more than that
   * @throws HeapException as {@link #references}; {@code EPERM} when the memfd is another user's
   */
  boolean reclaim(int fd, long references) throws HeapException;

  /**
   * Finds out whether a device node can be used, by opening it for reading.
   *
   * @param path such as {@code /dev/udmabuf}
   * @return what is there, and why it can't be used
   */
  DeviceNode probe(Path path);

  /**
   * Imports a buffer whose pages, should they not be there yet, nobody admits: for who knows where
   * it comes from. Otherwise as {@link #importFd(int, MemoryBudget)}.
   *
   * @param fd a descriptor of this process; it is duplicated
   * @return the buffer
   * @throws HeapException when it is none; {@code EPERM} when the descriptor is this bundle's own
   */
  DmaBufOps importFd(int fd) throws HeapException;

  /**
   * Returns the names of the nodes in {@code /dev/dma_heap}, sorted, whether they can be used or
   * not.
   *
   * @return heap names; empty when there is no such directory
   */
  List<String> dmaHeaps();

  /**
   * Finds out from which area of the contiguous memory allocator (CMA) a dma-heap allocates, by
   * taking a few pages of it.
   *
   * @param node the heap's name, a file in {@code /dev/dma_heap}
   * @return the area; empty when it allocates from none
   * @throws IllegalArgumentException when {@code node} is no heap name
   * @throws HeapException {@code ENOENT}, {@code EACCES} for the node; {@code ENOMEM}; {@code
   *     EMFILE}; {@code EAGAIN} when others took pages all the time, so that nobody can tell;
   *     {@code EIO} when the kernel's counters can't be read
   */
  Optional<CmaArea> cmaArea(String node) throws HeapException;

  /**
   * Watches {@code /dev/dma_heap}, {@code /dev/udmabuf} and the number of huge pages, for what
   * comes, goes or changes.
   *
   * @param changed called after a change, from a thread of its own, never two calls at once
   * @return ends the watch when closed, and its thread
   */
  Watch watchDevices(Runnable changed);

  /**
   * Tells the service manager how this process is ({@code sd_notify(3)}: one datagram to {@code
   * NOTIFY_SOCKET}).
   *
   * @param state assignments, one a line, such as {@code "READY=1"}
   * @return whether there is a service manager that wants to know
   * @throws HeapException when it can't be told: {@code ECONNREFUSED}, {@code EAGAIN}, …
   */
  boolean notifyManager(String state) throws HeapException;

  /** A watch that goes on until it is closed. */
  @ProviderType
  interface Watch extends AutoCloseable {
    /** Ends the watch; its callback is not called any more. Never throws. */
    @Override
    void close();

    /**
     * Has the callback called once more after the next look, some seconds from now, though nothing
     * has changed: something could not be found out now. Any thread, also from the callback.
     */
    default void again() {}
  }

  /**
   * Returns the Linux memory of this process, for programs that run without OSGi, such as the
   * receiving end of a socket.
   *
   * @return an instance
   * @throws HeapException {@code ENOSYS} when this CPU has no table of constants; with the cause
   *     when the native library can't be loaded
   */
  static LinuxMemory open() throws HeapException {
    return LinuxMemoryService.start();
  }
}
