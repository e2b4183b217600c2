// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/**
 * A component that holds a buffer, an import of it, a descriptor and an attachment, and closes
 * nothing. It shows itself as a map of JDK types alone, for tests that have no type of ours.
 */
public final class Holder {
  static final int SIZE = 1 << 20;
  static final long PATTERN = 0x0401de4b0ffe4edL;

  private HeapAllocator heap;
  private AllocationService allocations;
  private FdSockets sockets;
  private ServiceRegistration<?> registration;

  void activate(BundleContext context) throws HeapException {
    DmaBuf buffer = heap.allocate(SIZE);
    CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE);
    ByteBuffer bytes = access.bytes();
    OwnedFd fd = buffer.exportFd();
    List<String> revoked = new CopyOnWriteArrayList<>();
    buffer.attach("npu0", Access.READ, () -> revoked.add("0x" + Long.toHexString(first(bytes))));
    Map<String, Object> has = new TreeMap<>();
    has.put("zero", bytes.mismatch(ByteBuffer.allocate(SIZE)) < 0);
    BusyReader.fill(bytes, PATTERN);
    DmaBuf imported = allocations.importFd(fd);
    has.put("bytes", bytes);
    has.put("importedBytes", imported.beginCpuAccess(Access.READ).bytes());
    has.put("revoked", revoked);
    has.put("open", (Callable<Boolean>) buffer::isOpen);
    has.put("importedOpen", (Callable<Boolean>) imported::isOpen);
    has.put("fdOpen", (Callable<Boolean>) fd::isOpen);
    has.put("use", (Callable<String>) () -> use(buffer));
    has.put("useImported", (Callable<String>) () -> use(imported));
    has.put("give", (Consumer<Path>) socket -> give(fd, socket));
    has.put("allocateAndClose", (Callable<String>) () -> allocateAndClose(allocations));
    registration =
        context.registerService(
            Map.class, has, FrameworkUtil.asDictionary(Map.of("client", "holder")));
  }

  /** The view is not retired before every device let go of the buffer. */
  private static long first(ByteBuffer bytes) {
    return bytes.getLong(0);
  }

  private void give(OwnedFd fd, Path socket) {
    try {
      Gift.give(sockets, socket, fd);
    } catch (HeapException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String use(DmaBuf buffer) throws HeapException {
    try (CpuAccess access = buffer.beginCpuAccess(Access.READ)) {
      return "0x" + Long.toHexString(access.bytes().getLong(0));
    } catch (IllegalStateException e) {
      return e.getClass().getSimpleName();
    }
  }

  private static String allocateAndClose(AllocationService allocations) throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      return use(buffer);
    }
  }

  void deactivate() {
    registration.unregister();
  }
}
