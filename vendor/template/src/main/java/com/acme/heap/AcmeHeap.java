// SPDX-License-Identifier: Apache-2.0
package com.acme.heap;

import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.HeapStatus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/** Acme's heap: here, memfds up to a limit. */
@Component(
    service = Heap.class,
    configurationPid = AcmeHeap.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = AcmeHeapConfig.class, factory = true)
public final class AcmeHeap implements Heap {
  static final String PID = "com.acme.heap";

  private final LinuxMemory linux;
  private final Logger log;
  private volatile long maxBytes;
  private volatile String refused = "";
  private volatile Runnable statusChanged = () -> {};

  /** Made by Declarative Services, once for each configuration. */
  @Activate
  public AcmeHeap(
      AcmeHeapConfig config,
      @Reference LinuxMemory linux,
      @Reference(service = LoggerFactory.class) Logger log) {
    this.linux = linux;
    this.log = log;
    configure(config);
  }

  /** A change while it runs: live buffers stay. */
  @Modified
  void modified(AcmeHeapConfig config) {
    configure(config);
    statusChanged.run();
  }

  /** A bad value is refused, never bent into a good one; the last good one stays. */
  private void configure(AcmeHeapConfig config) {
    try {
      long bytes = config.max_bytes(); // throws when it is no number
      if (bytes < 4096) {
        throw new IllegalArgumentException("max.bytes = " + bytes + ": at least 4096 is allowed");
      }
      maxBytes = bytes;
      refused = "";
    } catch (RuntimeException e) {
      refused = "configuration " + PID + " refused: " + e.getMessage();
      log.error(refused);
    }
  }

  @Override
  public void watch(Runnable changed) {
    statusChanged = changed;
  }

  /** Not available before there was a good configuration. The reason is in heap:list. */
  @Override
  public HeapStatus status() {
    if (maxBytes == 0) {
      return HeapStatus.unusable(refused);
    }
    return new HeapStatus(true, refused, HeapStatus.usable().properties())
        .with(HeapAllocator.BACKING, "memfd")
        .with(HeapAllocator.EXPORTS, "memfd")
        .with(HeapAllocator.MAX_BYTES, maxBytes);
  }

  @Override
  public DmaBufOps allocate(AllocationRequest request) throws HeapException {
    if (request.size() > maxBytes) {
      throw new HeapException(
          "allocating " + request.size() + " bytes, limit max.bytes = " + maxBytes, Errno.EINVAL);
    }
    return linux.memfd(request);
  }
}
