// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.OwnedFd;
import org.junit.Test;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** The start set: a client gets memory of the system heap, and the books say so. */
public class SystemHeapIT extends ContainerTest {
  private static final String SYSTEM = "(dmabuf.heap.name=system)";
  private static final int SIZE = 1 << 20;

  @Test
  public void aBufferIsZeroHoldsWhatIsWrittenAndIsSeenThroughItsDescriptor() throws Exception {
    HeapAllocator heap = service(HeapAllocator.class, SYSTEM);
    AllocationService allocations = service(AllocationService.class, null);
    try (DmaBuf buffer = heap.allocate(SIZE)) {
      assertTrue(buffer.size() >= SIZE);
      try (CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE)) {
        assertEquals(0, access.bytes().getLong(SIZE - 8));
        access.bytes().putLong(SIZE - 8, 0x0123456789abcdefL);
      }
      try (OwnedFd fd = buffer.exportFd();
          DmaBuf imported = allocations.importFd(fd);
          CpuAccess access = imported.beginCpuAccess(Access.READ)) {
        assertEquals(0x0123456789abcdefL, access.bytes().getLong(SIZE - 8));
      }
    }
  }

  @Test
  public void theBooksNameTheOwnerOfABuffer() throws HeapException {
    HeapRegistry registry = service(HeapRegistry.class, null);
    DmaBuf buffer = service(HeapAllocator.class, SYSTEM).allocate(SIZE);
    BufferInfo info = registry.buffers().get(0);
    assertEquals(context.getBundle().getBundleId(), info.ownerBundleId);
    assertEquals("system", info.heap);
    assertEquals(buffer.size(), info.sizeBytes);
    buffer.close();
    assertTrue(registry.buffers().isEmpty());
  }

  @Test
  public void whatAStoppedBundleLeftOpenIsClosed() throws Exception {
    HeapRegistry registry = service(HeapRegistry.class, null);
    var client = TestBundle.named("forgetful").activator(Forgetful.class).start(context);
    assertEquals("forgetful", registry.buffers().get(0).owner);
    assertEquals(1, registry.buffers().get(0).exportedFds);
    client.stop();
    await("its buffer is closed", () -> registry.buffers().isEmpty());
  }

  @Test
  public void whenTheHeapsBundleStopsItsBuffersAreRevokedAndItsAllocatorIsGone() throws Exception {
    DmaBuf buffer = service(HeapAllocator.class, SYSTEM).allocate(SIZE);
    installed(HEAP_SYSTEM).stop();
    assertFalse(buffer.isOpen());
    assertEquals(0, serviceCount(HeapAllocator.class, SYSTEM));
    installed(HEAP_SYSTEM).start();
    try (DmaBuf another = service(HeapAllocator.class, SYSTEM).allocate(SIZE)) {
      assertTrue(another.isOpen());
    }
  }

  /** Allocates, exports and maps, and closes nothing. */
  public static final class Forgetful implements BundleActivator {
    @Override
    public void start(BundleContext context) throws Exception {
      var reference = context.getServiceReference(AllocationService.class);
      DmaBuf buffer = context.getService(reference).allocate("system", SIZE);
      OwnedFd fd = buffer.exportFd();
      CpuAccess access = buffer.beginCpuAccess(Access.WRITE);
      access.bytes().putInt(0, fd.fd());
    }

    @Override
    public void stop(BundleContext context) {}
  }
}
