// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxBuffer.Origin;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Headroom;
import org.dmabufheaps.spi.MemoryBackend;
import org.dmabufheaps.spi.MemoryBudget;
import org.dmabufheaps.spi.Reservation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

/** The service. A program without OSGi gets it from {@link LinuxMemory#open}. */
@Component(service = {LinuxMemory.class, MemoryBackend.class})
public final class LinuxMemoryService implements LinuxMemory {
  private static final int PRIO_PROCESS = 0;
  private static final int LOWEST = 19;

  private final Kernel kernel;
  private final String calls;
  private final PinProbe pins = new PinProbe();
  private final MemoryFigures figures;

  /**
   * Finds the way to call Linux, and says which.
   *
   * @param log told the way, and why it is not the better one
   * @throws HeapException {@code ENOSYS} when there is none or this CPU is not known
   */
  @Activate
  public LinuxMemoryService(@Reference(service = LoggerFactory.class) Logger log)
      throws HeapException {
    this(NativeCalls.find());
    log.info("Linux is called by {}", calls);
  }

  private LinuxMemoryService(NativeCalls found) throws HeapException {
    this(Kernel.of(found.sys()), found.toString());
  }

  LinuxMemoryService(Kernel kernel) {
    this(kernel, "");
  }

  private LinuxMemoryService(Kernel kernel, String calls) {
    this.kernel = kernel;
    this.calls = calls;
    figures = new MemoryFigures(kernel.sys(), Path.of("/"));
  }

  /** For {@link LinuxMemory#open}. */
  static LinuxMemory start() throws HeapException {
    return new LinuxMemoryService(NativeCalls.find());
  }

  @Override
  public String calls() {
    return calls;
  }

  /** Gets new memory. */
  private interface Source {
    LinuxBuffer make(long size) throws HeapException;
  }

  /** Admits and allocates; gives all of it back when a step fails. */
  private LinuxBuffer allocate(AllocationRequest request, Source source) throws HeapException {
    kernel.tidy();
    long size = request.size();
    Reservation reservation = request.reserveFresh(size);
    LinuxBuffer buffer = null;
    boolean done = false;
    try {
      buffer = source.make(size);
      buffer.takenBy(reservation);
      done = true;
      return buffer;
    } finally {
      if (!done) {
        if (buffer != null) {
          buffer.release();
        }
        reservation.close();
      }
    }
  }

  private static DmaBufOps named(LinuxBuffer buffer, AllocationRequest request) {
    buffer.tryLabel(request.label());
    return buffer;
  }

  @Override
  public DmaBufOps dmaHeap(String node, AllocationRequest request) throws HeapException {
    DmaHeapDevice.checkName(node);
    String what = "dma-heap " + node;
    return named(
        allocate(
            request,
            size ->
                LinuxBuffer.ofDmaBuf(
                    kernel, DmaHeapDevice.allocate(kernel, node, size), size, what)),
        request);
  }

  @Override
  public DmaBufOps udmabuf(AllocationRequest request) throws HeapException {
    Udmabuf.checkSize(request.size());
    return named(
        allocate(
            request,
            size ->
                LinuxBuffer.ofDmaBuf(
                    kernel, Udmabuf.whole(kernel, request.label(), size), size, "udmabuf")),
        request);
  }

  @Override
  public DmaBufOps udmabuf(DmaBufOps memfd, List<Range> ranges) throws HeapException {
    if (!(memfd instanceof LinuxBuffer base) || base.origin() != Origin.MEMFD) {
      throw new IllegalArgumentException(memfd + " is no memfd buffer of this service");
    }
    long size = Udmabuf.sizeOf(kernel, base, ranges);
    if (!base.fd().isOpen()) {
      throw new BufferClosedException(base + " was released");
    }
    kernel.tidy();
    return LinuxBuffer.ofDmaBuf(
        kernel, Udmabuf.createList(kernel, base.fd(), ranges), size, "udmabuf");
  }

  @Override
  public DmaBufOps memfd(AllocationRequest request) throws HeapException {
    return allocate(request, size -> memfd(size, request.label()));
  }

  /** It stays mapped, so that whoever uses it meets no fault; unless addresses are scarce. */
  private LinuxBuffer memfd(long size, String label) throws HeapException {
    int seals = Memfd.F_SEAL_SHRINK | Memfd.F_SEAL_GROW | Memfd.F_SEAL_SEAL;
    if (kernel.sys().wordBytes() == Long.BYTES) {
      return LinuxBuffer.of(kernel, Memfd.map(kernel, size, label, seals), size);
    }
    Fd fd = Memfd.create(kernel, size, label, seals);
    return new LinuxBuffer(kernel, fd, Origin.MEMFD, size, true, "memfd");
  }

  @Override
  public Region region(
      RegionSource source, Placement placement, MemoryBudget budget, Consumer<String> report)
      throws HeapException {
    kernel.tidy();
    return new Regions(kernel, pins).open(source, placement, budget, report);
  }

  @Override
  public Recycler recycler(String heap, MemoryBudget budget, Recycler.Fresh fresh) {
    return new MemoryCycle(kernel, heap, budget, fresh);
  }

  @Override
  public Watch watchPressure(long stallMillis, long windowMillis, Runnable pressed)
      throws HeapException {
    return PressureWatch.start(kernel, stallMillis, windowMillis, pressed);
  }

  @Override
  public void giveWay() {
    // Of no consequence when it is refused: the work is then done as any other's.
    kernel.sys().setpriority(PRIO_PROCESS, 0, LOWEST);
  }

  @Override
  public List<HugePages> hugePages() {
    return HugePages.all(Path.of("/"));
  }

  @Override
  public long udmabufMaxBytes() {
    return Udmabuf.maxBytes();
  }

  @Override
  public DescriptorInfo describe(int fd) throws HeapException {
    return Importer.describe(kernel, fd);
  }

  @Override
  public long references(int fd) throws HeapException {
    return References.count(kernel, fd);
  }

  @Override
  public boolean reclaim(int fd, long references) throws HeapException {
    return References.reclaim(kernel, fd, references);
  }

  @Override
  public DeviceNode probe(Path path) {
    return Devices.probe(kernel, path);
  }

  @Override
  public List<String> dmaHeaps() {
    return Devices.heapNames(LinuxMemory.DMA_HEAPS);
  }

  @Override
  public Optional<CmaArea> cmaArea(String node) throws HeapException {
    DmaHeapDevice.checkName(node);
    long page = kernel.pageSize();
    return new CmaAreas(
            Path.of("/"),
            (name, count) -> DmaHeapDevice.allocate(kernel, name, count * page).close())
        .of(node, page);
  }

  @Override
  public Watch watchDevices(Runnable changed) {
    return new DeviceWatch(
        List.of(LinuxMemory.UDMABUF),
        LinuxMemory.DMA_HEAPS,
        () -> HugePages.counts(Path.of("/")),
        changed);
  }

  @Override
  public long pageSize() {
    return kernel.pageSize();
  }

  @Override
  public Headroom headroom() {
    return figures.read();
  }

  @Override
  public DmaBufOps importFd(int fd) throws HeapException {
    return Importer.take(kernel, fd);
  }

  @Override
  public DmaBufOps importFd(int fd, MemoryBudget budget) throws HeapException {
    return Importer.take(kernel, fd, budget);
  }

  @Override
  public FdSocket connect(Path path, BooleanSupplier wanted) throws HeapException {
    kernel.tidy();
    return UnixAddress.connect(kernel, path, wanted);
  }

  @Override
  public FdListener listen(Path path) throws HeapException {
    kernel.tidy();
    return UnixAddress.listen(kernel, path);
  }

  @Override
  public FdListener listen(Path path, int mode, String group) throws HeapException {
    kernel.tidy();
    return new SocketFile(kernel, path, mode, group).listen();
  }

  @Override
  public FdListener inherited(String name) throws HeapException {
    kernel.tidy();
    return InheritedSockets.of(System.getenv(), ProcessHandle.current().pid()).take(kernel, name);
  }

  @Override
  public FdPoll poll() throws HeapException {
    kernel.tidy();
    return UnixPoll.open(kernel);
  }

  @Override
  public boolean notifyManager(String state) throws HeapException {
    String socket = System.getenv("NOTIFY_SOCKET");
    if (socket == null || socket.isEmpty()) {
      return false;
    }
    UnixAddress.datagram(kernel, socket, state);
    return true;
  }
}
