// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.OwnedFd;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.Bundle;

/**
 * The contiguous heaps: there where this machine has CMA or huge pages, else quiet, with the
 * reason; their bundles come and go under live buffers as any heap's do.
 */
public class ContiguousHeapsIT extends ContainerTest {
  private static final String CONTIG = "system-contig";
  private static final String CMA = "default_cma_region";
  private static final List<String> HEAPS = List.of(CONTIG, CMA);
  private static final long PATTERN = 0x5ca1ab1e0ddba11L;
  private static final int SIZE = 64 << 10;

  private long hugePages;

  @Override
  protected Option[] more() {
    return new Option[] {built("heap-system-contig"), built("heap-cma")};
  }

  @Before
  public void countHugePages() throws Exception {
    stopBoth();
    hugePages = Meminfo.freeHugePages();
    for (String heap : HEAPS) {
      installed(bundleOf(heap)).start();
    }
  }

  @After
  public void hugePagesAreBack() throws Exception {
    stopBoth();
    await(
        "as many huge pages are free as before: " + hugePages,
        () -> Meminfo.freeHugePages() == hugePages);
  }

  private void stopBoth() throws Exception {
    for (String heap : HEAPS) {
      installed(bundleOf(heap)).stop();
    }
  }

  private static String bundleOf(String heap) {
    return "org.dmabufheaps." + (heap.equals(CMA) ? "heap-cma" : "heap-system-contig");
  }

  private static String filter(String heap) {
    return "(dmabuf.heap.name=" + heap + ")";
  }

  private HeapInfo info(String heap) {
    HeapRegistry registry = service(HeapRegistry.class, null);
    await("core knows heap " + heap, () -> find(registry, heap) != null);
    return find(registry, heap);
  }

  private static HeapInfo find(HeapRegistry registry, String heap) {
    return registry.heaps().stream()
        .filter(info -> info.name.equals(heap) && !info.reason.equals("not asked"))
        .findFirst()
        .orElse(null);
  }

  @Test
  public void whereAHeapCanNotBeItSaysWhyAndNothingInTheLog() throws Exception {
    try (LogLines log = LogLines.open(context)) {
      for (String heap : HEAPS) {
        Bundle bundle = installed(bundleOf(heap));
        bundle.stop();
        await("it has left", () -> find(service(HeapRegistry.class, null), heap) == null);
        bundle.start();
        HeapInfo info = info(heap);
        assertTrue(heap, info.contiguous);
        if (info.available) {
          await("its allocator", () -> serviceCount(HeapAllocator.class, filter(heap)) == 1);
        } else {
          assertTrue(info.reason, info.reason.matches("(?s).*(huge pages|/dev/dma_heap).*"));
          assertEquals(0, serviceCount(HeapAllocator.class, filter(heap)));
        }
        log.assertNone("heap");
      }
    }
  }

  @Test
  public void anAliasOfTheDefaultAreaLeadsToItAlone() throws Exception {
    HeapInfo info = info(CMA);
    assertTrue(List.of(info.aliases).toString(), List.of(info.aliases).contains("linux,cma"));
  }

  @Test
  public void aProcessKeepsWhatItHoldsOfSystemContigWhenThatLeaves() throws Exception {
    aProcessKeeps(CONTIG);
  }

  @Test
  public void aProcessKeepsWhatItHoldsOfCmaWhenThatLeaves() throws Exception {
    aProcessKeeps(CMA);
  }

  private void aProcessKeeps(String heap) throws Exception {
    HeapInfo info = info(heap);
    KernelHas.need("huge-pages", info.available, heap + ": " + info.reason);
    Bundle bundle = installed(bundleOf(heap));
    try (Peer peer = Peer.start();
        DmaBuf buffer = service(HeapAllocator.class, filter(heap)).allocate(SIZE)) {
      fill(buffer, PATTERN);
      try (OwnedFd fd = buffer.exportFd()) {
        peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
      }
      bundle.stop();
      bundle.start();
      try (DmaBuf next = service(HeapAllocator.class, filter(heap)).allocate(SIZE)) {
        fill(next, ~PATTERN);
        assertEquals("the process's", PATTERN, peer.get(0));
        assertEquals("the process's", PATTERN, peer.get(SIZE - 8));
      }
    }
  }

  private static void fill(DmaBuf buffer, long pattern) throws HeapException {
    try (CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE)) {
      assertEquals(0, access.bytes().getLong(0));
      BusyReader.fill(access.bytes(), pattern);
    }
  }

  @Test
  public void systemContigLeavesAndComesBackUnderALiveBuffer() throws Exception {
    leavesAndComesBack(CONTIG);
  }

  @Test
  public void cmaLeavesAndComesBackUnderALiveBuffer() throws Exception {
    leavesAndComesBack(CMA);
  }

  private void leavesAndComesBack(String heap) throws Exception {
    HeapInfo info = info(heap);
    KernelHas.need("huge-pages", info.available, heap + ": " + info.reason);
    Bundle bundle = installed(bundleOf(heap));
    underALiveBuffer(heap, () -> bundle.stop());
    bundle.start();
    underALiveBuffer(
        heap,
        () -> {
          String path = URI.create(bundle.getLocation().replaceFirst("^reference:", "")).getPath();
          try (InputStream jar = new FileInputStream(path)) {
            bundle.update(jar);
          }
        });
    try (DmaBuf again = service(HeapAllocator.class, filter(heap)).allocate(SIZE)) {
      assertEquals(0, first(again));
    }
  }

  private interface Departure {
    void run() throws Exception;
  }

  private void underALiveBuffer(String heap, Departure leave) throws Exception {
    DmaBuf buffer = service(HeapAllocator.class, filter(heap)).allocate(SIZE);
    CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE);
    ByteBuffer bytes = access.bytes();
    assertEquals(0, bytes.getLong(SIZE - 8));
    BusyReader.fill(bytes, PATTERN);
    try (BusyReader reader = BusyReader.start(bytes, PATTERN)) {
      leave.run();
      reader.awaitZeros();
    }
    assertFalse(buffer.isOpen());
    assertThrows(BufferClosedException.class, () -> buffer.beginCpuAccess(Access.READ));
    assertEquals(0, bytes.getLong(0));
    buffer.close();
  }

  private static long first(DmaBuf buffer) throws HeapException {
    try (CpuAccess access = buffer.beginCpuAccess(Access.READ)) {
      return access.bytes().getLong(0);
    }
  }

  @Test
  public void moreThanAHugePageIsRefusedWithTheLimit() throws Exception {
    HeapInfo info = info(CONTIG);
    KernelHas.need("huge-pages", info.available, info.reason);
    HeapException e =
        assertThrows(
            HeapException.class,
            () -> service(HeapAllocator.class, filter(CONTIG)).allocate(info.maxBytes + 1));
    assertEquals(Errno.EINVAL.number(), e.errno());
    assertTrue(e.getMessage(), e.getMessage().contains("limit " + info.maxBytes));
  }
}
