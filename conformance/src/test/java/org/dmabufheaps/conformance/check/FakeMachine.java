// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BudgetInfo;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.OwnedFd;

/** Core, a heap and the kernel's books in one, with faults on demand. Thread-safe. */
final class FakeMachine implements AllocationService, HeapRegistry, ProcessFacts {
  static final int PAGE = 4096;
  private static final long MOST = 64L << 20;

  final Set<Fault> faults;
  final HeapInfo info = new HeapInfo();
  final Set<FakeBuf> handles = Collections.synchronizedSet(new java.util.LinkedHashSet<>());
  final Map<Integer, FakeFd> descriptors = Collections.synchronizedMap(new TreeMap<>());
  private final Deque<FakeMemory> free = new ArrayDeque<>();
  private long lastInode = 100;
  private int lastFd = 10;
  private int allocating;
  long mappings;

  FakeMachine(String exports, Fault... faults) {
    this.faults = faults.length == 0 ? EnumSet.noneOf(Fault.class) : EnumSet.of(faults[0], faults);
    info.name = "acme";
    info.aliases = new String[] {"roadrunner"};
    info.available = true;
    info.backing = "fake";
    info.exports = exports;
    info.contiguous = true;
    info.properties = Map.of("dmabuf.heap.name", "acme", "dmabuf.heap.contiguous", true);
  }

  boolean has(Fault fault) {
    return faults.contains(fault);
  }

  @Override
  public DmaBuf allocate(String heap, long size) throws HeapException {
    if (size > Long.MAX_VALUE - PAGE || (size <= 0 && !has(Fault.ACCEPTS_ZERO))) {
      throw new IllegalArgumentException("size " + size);
    }
    misbehave();
    long wanted = has(Fault.TRUNCATES_TO_INT) && (int) size > 0 ? (int) size : size;
    if (wanted > MOST && has(Fault.TAKES_ALL)) {
      return add(new FakeBuf(this, new FakeMemory(0, size, size)));
    }
    if (wanted > MOST) {
      leak(Fault.REFUSAL_LEAKS);
      throw new HeapException("allocating " + size + " of " + MOST, Errno.ENOMEM);
    }
    FakeMemory memory = take(Math.max(0, wanted));
    return add(new FakeBuf(this, memory));
  }

  private void misbehave() throws HeapException {
    if (has(Fault.ERROR)) {
      throw new StackOverflowError("in the heap");
    }
    if (has(Fault.BLOCKS)) {
      block();
    }
    if (has(Fault.ONE_AT_A_TIME)) {
      oneAtATime();
    }
  }

  private static void block() {
    try {
      Thread.sleep(60_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void oneAtATime() throws HeapException {
    synchronized (this) {
      allocating++;
    }
    LockSupport.parkNanos(1_000_000);
    synchronized (this) {
      boolean crowded = allocating > 1;
      allocating--;
      if (crowded) {
        throw new HeapException("allocating", Errno.EBUSY);
      }
    }
  }

  private synchronized FakeMemory take(long size) {
    if (reuses() && !free.isEmpty()) {
      FakeMemory memory = free.stream().filter(m -> m.asked == size).findFirst().orElse(null);
      if (memory != null) {
        free.remove(memory);
        return prepare(memory);
      }
    }
    FakeMemory memory = new FakeMemory(++lastInode, size, realSize(size));
    if (has(Fault.DIRTY)) {
      memory.fill(0, 0x77);
    }
    if (has(Fault.DIRTY_TAIL)) {
      memory.fill(size, 0x77);
    }
    return memory;
  }

  private FakeMemory prepare(FakeMemory memory) {
    boolean dirty =
        has(Fault.DIRTY_AFTER_REUSE)
            || (has(Fault.DIRTY_SMALL) && memory.size == PAGE)
            || (has(Fault.DIRTY_LARGE) && memory.size == 1 << 20);
    if (!dirty) {
      memory.fill(0, 0);
    }
    return memory;
  }

  private long realSize(long size) {
    if (has(Fault.SHORT)) {
      return Math.max(0, size - PAGE);
    }
    if (has(Fault.ODD_SIZE) && size != PAGE) {
      return size;
    }
    return Math.max(PAGE, (size + PAGE - 1) & -PAGE);
  }

  private boolean reuses() {
    return has(Fault.DIRTY_AFTER_REUSE)
        || has(Fault.DIRTY_SMALL)
        || has(Fault.DIRTY_LARGE)
        || has(Fault.STALE_SEES_OTHERS)
        || has(Fault.SAME_MEMORY_TWICE)
        || has(Fault.SECOND_CLOSE_FREES_AGAIN);
  }

  /** Memory goes back, when nobody uses it any more; or twice, when that is the fault. */
  synchronized void release(FakeMemory memory) {
    memory.users--;
    if (memory.users == 0) {
      free.add(memory);
      if (memory.mapped && !has(Fault.KEEPS_MAPPING)) {
        mappings--;
        memory.mapped = false;
      }
    }
    if (has(Fault.SAME_MEMORY_TWICE) || memory.users < 0) {
      free.add(memory);
    }
  }

  synchronized void map(FakeMemory memory) {
    if (!memory.mapped) {
      memory.mapped = true;
      mappings++;
    }
  }

  private DmaBuf add(FakeBuf buffer) {
    if (has(Fault.NULL)) {
      return null;
    }
    synchronized (this) {
      buffer.memory.users++;
      info.allocations++;
    }
    handles.add(buffer);
    return buffer;
  }

  synchronized void leak(Fault fault) {
    if (has(fault)) {
      new FakeFd(this, ++lastFd, new FakeMemory(++lastInode, 0, 0)).open();
    }
  }

  synchronized FakeFd open(FakeMemory memory) {
    FakeMemory exported =
        has(Fault.EXPORTS_OTHER_MEMORY)
            ? new FakeMemory(memory.inode, memory.size, memory.size)
            : memory;
    exported.users++;
    return new FakeFd(this, ++lastFd, exported).open();
  }

  @Override
  public DmaBuf importFd(int fd) throws HeapException {
    FakeFd known = descriptors.get(fd);
    if (known == null) {
      throw new HeapException("importing " + fd, Errno.EBADF);
    }
    return importFd(known);
  }

  @Override
  public DmaBuf importFd(OwnedFd fd) {
    return add(new FakeBuf(this, ((FakeFd) fd).memory));
  }

  @Override
  public DmaBuf share(DmaBuf other) {
    FakeBuf first = (FakeBuf) other;
    first.check();
    FakeBuf second = new FakeBuf(this, first.memory);
    first.sharers.add(second);
    return add(second);
  }

  @Override
  public AllocationService forAccount(String account) {
    throw new UnsupportedOperationException(account);
  }

  @Override
  public List<HeapInfo> heaps() {
    return List.of(info);
  }

  @Override
  public List<BufferInfo> buffers() {
    synchronized (handles) {
      return handles.stream().map(FakeBuf::info).toList();
    }
  }

  @Override
  public BudgetInfo budget() {
    BudgetInfo budget = new BudgetInfo();
    budget.budgetBytes = 1L << 40;
    budget.availableBytes = 1L << 40;
    return budget;
  }

  @Override
  public long pageSize() {
    return PAGE;
  }

  @Override
  public Descriptor descriptor(int fd) {
    return descriptors.get(fd).describe();
  }

  @Override
  public boolean truncate(int fd) {
    return has(Fault.UNSEALED);
  }

  @Override
  public synchronized Usage usage() {
    return new Usage(descriptors.size(), descriptors.size(), mappings);
  }

  @Override
  public long[] frames(long mark, int pages) {
    return has(Fault.NOT_CONTIGUOUS) ? new long[] {7, 9} : new long[] {7, 8, 9};
  }

  List<FakeBuf> open() {
    synchronized (handles) {
      return new ArrayList<>(handles);
    }
  }
}
