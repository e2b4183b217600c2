// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.OwnedFd;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** A client that opens all there is to open, shows it as a map, and closes nothing. */
public final class CarelessClient implements BundleActivator {
  static final String NAME = "careless";
  static final int SIZE = 1 << 20;
  static final long PATTERN = 0x0ca4e1e55c0ffee5L;

  /** Kept where no restart of the bundle clears it. */
  private static AllocationService kept;

  private final Map<String, Object> has = new TreeMap<>();

  @Override
  public void start(BundleContext context) throws Exception {
    has.put("kept", kept == null ? "nothing" : kept);
    AllocationService allocations = get(context, AllocationService.class);
    kept = allocations;
    has.put("allocator", get(context, HeapAllocator.class));
    FdSockets sockets = get(context, FdSockets.class);
    DmaBuf buffer = put("buffer", allocations.allocate("system", SIZE));
    buffer.label("frame 7");
    CpuAccess access = put("access", buffer.beginCpuAccess(Access.READ_WRITE));
    BusyReader.fill(put("bytes", access.bytes()), PATTERN);
    put("attachment", buffer.attach("npu0", Access.READ, () -> {}));
    OwnedFd fd = put("fd", buffer.exportFd());
    connect(sockets, fd);
    DmaBuf imported = put("imported", allocations.importFd((OwnedFd) has.get("received")));
    put("importedBytes", put("importedAccess", imported.beginCpuAccess(Access.READ)).bytes());
    var properties = FrameworkUtil.asDictionary(Map.of("client", NAME));
    context.registerService(Map.class, has, properties);
  }

  private <T> T get(BundleContext context, Class<T> type) {
    return put(type.getSimpleName(), context.getService(context.getServiceReference(type)));
  }

  private <T> T put(String name, T thing) {
    has.put(name, thing);
    return thing;
  }

  /** Sends the descriptor to itself. */
  private void connect(FdSockets sockets, OwnedFd fd) throws Exception {
    Path directory = put("directory", Files.createTempDirectory("itest-client-"));
    Path path = put("path", directory.resolve("socket"));
    FdListener listener = put("listener", sockets.listen(path));
    FdSocket near = put("near", sockets.connect(path));
    FdSocket far = put("far", listener.accept(10_000));
    near.send(ByteBuffer.allocate(1), fd);
    put("received", far.receive(ByteBuffer.allocate(1), 1, 10_000).get(0));
  }

  @Override
  public void stop(BundleContext context) {}
}
