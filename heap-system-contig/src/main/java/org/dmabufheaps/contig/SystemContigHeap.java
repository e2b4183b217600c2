// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.HugePages;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Region;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.DmaHeap;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.HeapUsage;
import org.dmabufheaps.spi.LastGood;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * The contiguous system heap: each buffer is one physical range, a part of a huge page of its own.
 * What {@code ion_system_contig_heap.c} was in ION.
 *
 * <p>Buffers are {@code linux-memory}'s own. They do not know the heap, so a change of its
 * configuration touches none of them.
 */
@Component(service = Heap.class, configurationPid = SystemContigHeap.PID)
@Designate(ocd = SystemContigHeapConfig.class)
@DmaHeap(name = "system-contig", contiguous = true)
public final class SystemContigHeap implements Heap {
  /** The PID of its configuration. */
  static final String PID = "org.dmabufheaps.heap.system.contig";

  private final LinuxMemory linux;
  private final LastGood<Settings> settings;
  private volatile Block block;

  /** Found out anew when devices come or go. */
  private final AtomicReference<Trial> trial = new AtomicReference<>();

  private volatile Runnable statusChanged = () -> {};
  private LinuxMemory.Watch watch;

  /**
   * Made by Declarative Services.
   *
   * @param log told of a configuration that was refused
   * @param linux makes the buffers
   */
  @Activate
  public SystemContigHeap(
      @Reference(service = LoggerFactory.class) Logger log, @Reference LinuxMemory linux) {
    settings = new LastGood<>(PID, log::error, Settings.DEFAULT, Settings::of);
    this.linux = linux;
  }

  @Activate
  void activate(Map<String, Object> config) {
    configure(config);
    watch = linux.watchDevices(this::devicesChanged);
  }

  private void devicesChanged() {
    trial.set(null);
    statusChanged.run();
  }

  @Modified
  void modified(Map<String, Object> config) {
    configure(config);
    statusChanged.run();
  }

  @Deactivate
  void deactivate() {
    watch.close();
  }

  private void configure(Map<String, Object> config) {
    settings.change(config);
    block = Block.of(linux, settings.get(), trial);
  }

  @Override
  public void watch(Runnable changed) {
    statusChanged = changed;
  }

  @Override
  public HeapStatus status() {
    block = Block.of(linux, settings.get(), trial);
    return block.status(settings.refused());
  }

  /** Huge pages left the system's available memory when they were set aside: no admission. */
  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    Block now = block;
    if (request.size() > now.maxBytes()) {
      throw new HeapException(
          "allocating "
              + request.size()
              + " bytes from heap system-contig, limit "
              + now.maxBytes()
              + ": a buffer is a part of one huge page",
          Errno.EINVAL);
    }
    HugePages pages =
        now.pages()
            .orElseThrow(
                () ->
                    new HeapException(
                        "allocating from heap system-contig: " + now.reason(), Errno.ENODEV));
    // The page lives as long as the buffer that was cut from it.
    try (Region page = Block.region(linux, pages)) {
      return page.allocate(request);
    }
  }

  @Override
  public HeapUsage usage() {
    HugePages pages = block.pages().orElse(null);
    if (pages == null) {
      return HeapUsage.NONE;
    }
    return linux.hugePages().stream()
        .filter(pool -> pool.pageBytes() == pages.pageBytes())
        .findFirst()
        .map(
            pool ->
                new HeapUsage(
                    0,
                    0,
                    0,
                    Map.of(
                        "huge pages", pool.pages(),
                        "huge pages free", pool.freePages(),
                        "huge page bytes", pool.pageBytes())))
        .orElse(HeapUsage.NONE);
  }
}
