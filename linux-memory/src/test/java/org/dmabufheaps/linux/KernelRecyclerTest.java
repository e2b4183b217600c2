// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Access;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real dma-bufs are used again when the kernel's count proves that nobody else has them. */
@Tag("kernel")
@ExtendWith({NeedsDevices.class, NothingLeft.class})
class KernelRecyclerTest {
  private static final int SIZE = 64 << 10;
  private static final String WAYS = "org.dmabufheaps.linux.Way#all";

  @TempDir Path directory;

  /** Something that may fail. */
  private interface Step {
    void run() throws HeapException;
  }

  private LinuxMemory linux = TestKernel.linux();
  private final PlainPool pool = new PlainPool();
  private final PlainFreelist freelist = new PlainFreelist();

  private Recycler recycler(Way way) {
    Recycler recycler =
        linux.recycler(
            way.name(),
            (what, bytes) -> new TestRequest(bytes).reserveFresh(bytes),
            request -> way.allocate(linux, request.size()));
    recycler.bind(pool);
    recycler.bind(freelist);
    return recycler;
  }

  private static DmaBufOps used(Recycler recycler) throws Exception {
    DmaBufOps buffer = recycler.allocate(new TestRequest(SIZE));
    View view = buffer.map();
    buffer.beginCpuAccess(Access.WRITE);
    view.bytes(0, SIZE).put(0, new byte[] {1, 2, 3}).put(SIZE - 1, (byte) 4);
    buffer.endCpuAccess(Access.WRITE);
    view.retire();
    return buffer;
  }

  private void assertUsedAgain(Recycler recycler, DmaBufOps former) throws Exception {
    freelist.flush();
    DmaBufOps again = recycler.allocate(new TestRequest(SIZE));
    assertSame(former, again);
    View view = again.map();
    assertEquals(-1, view.bytes(0, SIZE).mismatch(ByteBuffer.allocate(SIZE)));
    again.release(view);
    freelist.flush();
  }

  private void assertNotUsedAgain(Recycler recycler, DmaBufOps former) throws Exception {
    freelist.flush();
    assertEquals(0, pool.idleBytes());
    DmaBufOps fresh = recycler.allocate(new TestRequest(SIZE));
    assertNotSame(former, fresh);
    fresh.release();
    freelist.flush();
  }

  @ParameterizedTest
  @MethodSource(WAYS)
  void oneThatWasNeverExportedIsUsedAgain(Way way) throws Exception {
    try (Recycler recycler = recycler(way)) {
      DmaBufOps buffer = used(recycler);
      buffer.release();
      assertUsedAgain(recycler, buffer);
    }
  }

  @ParameterizedTest
  @MethodSource(WAYS)
  void aFormerClientsByteBufferSeesNothingOfTheNextOne(Way way) throws Exception {
    try (Recycler recycler = recycler(way)) {
      DmaBufOps buffer = recycler.allocate(new TestRequest(SIZE));
      View view = buffer.map();
      ByteBuffer stale = view.bytes(0, SIZE);
      stale.put(5, (byte) 5);
      buffer.release(view);
      freelist.flush();
      DmaBufOps again = recycler.allocate(new TestRequest(SIZE));
      assertSame(buffer, again);
      View next = again.map();
      ByteBuffer bytes = next.bytes(0, SIZE);
      assertEquals(-1, bytes.mismatch(ByteBuffer.allocate(SIZE)));
      bytes.put(6, (byte) 6);
      stale.put(7, (byte) 7);
      assertEquals(0, stale.get(6));
      assertEquals(0, bytes.get(7));
      again.release(next);
      freelist.flush();
    }
  }

  @ParameterizedTest
  @MethodSource(WAYS)
  void oneThatWasExportedIsUsedAgainWhenEverybodyHasLetGo(Way way) throws Exception {
    try (Recycler recycler = recycler(way)) {
      DmaBufOps buffer = used(recycler);
      OwnedFd fd = buffer.exportFd();
      DmaBufOps imported = linux.importFd(fd.fd());
      fd.close();
      imported.map().retire();
      imported.release();
      buffer.release();
      assertUsedAgain(recycler, buffer);
    }
  }

  @ParameterizedTest
  @MethodSource(WAYS)
  void oneOfWhichSomebodyHasADescriptorOrAMappingIsNot(Way way) throws Exception {
    try (Recycler recycler = recycler(way)) {
      DmaBufOps buffer = used(recycler);
      OwnedFd fd = buffer.exportFd();
      buffer.release();
      assertNotUsedAgain(recycler, buffer);
      fd.close();

      DmaBufOps mapped = used(recycler);
      OwnedFd other = mapped.exportFd();
      DmaBufOps imported = linux.importFd(other.fd());
      View view = imported.map();
      imported.release();
      other.close();
      mapped.release();
      assertNotUsedAgain(recycler, mapped);
      view.retire();
    }
  }

  @ParameterizedTest
  @MethodSource(WAYS)
  void oneThatADeviceIsAtWorkOnIsNotThoughNobodyHasIt(Way way) throws Exception {
    KernelHas.assume(KernelHas.VGEM);
    try (Recycler recycler = recycler(way);
        Vgem vgem = new Vgem(TestKernel.real())) {
      DmaBufOps buffer = used(recycler);
      leaveWork(vgem, importInto(vgem, buffer));
      buffer.release();
      assertNotUsedAgain(recycler, buffer);
    }
  }

  @ParameterizedTest
  @MethodSource(WAYS)
  void oneWhoseLastHolderGivesADeviceWorkAndGoesMeanwhileIsNot(Way way) throws Exception {
    KernelHas.assume(KernelHas.VGEM);
    AtomicReference<Step> afterPoll = new AtomicReference<>();
    linux = new LinuxMemoryService(TestKernel.with(polled(afterPoll)));
    try (Recycler recycler = recycler(way);
        Vgem vgem = new Vgem(TestKernel.real())) {
      DmaBufOps buffer = used(recycler);
      int handle = importInto(vgem, buffer);
      afterPoll.set(() -> leaveWork(vgem, handle));
      buffer.release();
      assertNotUsedAgain(recycler, buffer);
    }
  }

  private static int importInto(Vgem vgem, DmaBufOps buffer) throws Exception {
    try (OwnedFd fd = buffer.exportFd()) {
      return vgem.importBuffer(fd.fd());
    }
  }

  private static void leaveWork(Vgem vgem, int handle) throws HeapException {
    vgem.beginWork(handle);
    vgem.close(handle);
  }

  /** The real calls; after the next {@code poll} something is done once. */
  private static Syscalls polled(AtomicReference<Step> then) {
    Syscalls real = TestKernel.real().sys();
    return (Syscalls)
        Proxy.newProxyInstance(
            Syscalls.class.getClassLoader(),
            new Class<?>[] {Syscalls.class},
            (proxy, method, arguments) -> {
              Object result = method.invoke(real, arguments);
              Step step = method.getName().equals("poll") ? then.getAndSet(null) : null;
              if (step != null) {
                step.run();
              }
              return result;
            });
  }

  @ParameterizedTest
  @MethodSource(WAYS)
  void oneThatIsOnItsWayInAMessageIsNot(Way way) throws Exception {
    try (Recycler recycler = recycler(way);
        FdListener listener = linux.listen(directory.resolve("s"));
        FdSocket client = linux.connect(directory.resolve("s"));
        FdSocket server = listener.accept(5_000)) {
      DmaBufOps buffer = used(recycler);
      try (OwnedFd fd = buffer.exportFd()) {
        client.send(ByteBuffer.allocate(1), fd);
      }
      buffer.release();
      assertNotUsedAgain(recycler, buffer);
      server.receive(ByteBuffer.allocate(1), 1, 5_000).forEach(OwnedFd::close);
    }
  }
}
