// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BudgetInfo;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.QuotaInfo;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Core for the commands: books that a test writes, and buffers of ordinary memory. */
final class FakeCore implements AllocationService, HeapRegistry {
  static final long CONSOLE = 17;

  final List<HeapInfo> heaps = new ArrayList<>();
  final List<BufferInfo> buffers = new ArrayList<>();
  final List<Buffer> handles = new ArrayList<>();
  final BudgetInfo budget = new BudgetInfo();
  final List<QuotaInfo> quotas = new ArrayList<>();
  final List<String> leaks = new ArrayList<>();

  /** What Config Admin has for core; null as long as there is nothing. */
  Dictionary<String, Object> configuration;

  /** What there is for core to take of it. */
  Runnable whenConfigured = () -> {};

  int looks;
  private long lastId = 40;

  HeapInfo heap(String name) {
    HeapInfo info = new HeapInfo();
    info.name = name;
    info.available = true;
    info.backing = "memfd";
    info.exports = "memfd";
    info.bundle = "org.dmabufheaps.heap-" + name;
    info.properties = Map.of("dmabuf.heap.name", name);
    heaps.add(info);
    return info;
  }

  @Override
  public DmaBuf allocate(String heap, long size) throws HeapException {
    if (size <= 0) {
      throw new IllegalArgumentException("a buffer can't have " + size + " bytes");
    }
    if (heaps.stream().noneMatch(info -> info.name.equals(heap))) {
      throw new HeapException("allocating from heap " + heap, Errno.ENODEV);
    }
    if (size > 1 << 24) {
      throw new HeapException("allocating " + size + " of a budget of 16 MiB", Errno.ENOMEM);
    }
    Buffer buffer = new Buffer(heap, (int) (size + 4095) & -4096);
    handles.add(buffer);
    buffers.add(buffer.info);
    return buffer;
  }

  @Override
  public DmaBuf importFd(int fd) {
    throw new UnsupportedOperationException();
  }

  @Override
  public DmaBuf importFd(OwnedFd fd) {
    throw new UnsupportedOperationException();
  }

  @Override
  public DmaBuf share(DmaBuf other) {
    throw new UnsupportedOperationException();
  }

  @Override
  public AllocationService forAccount(String account) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<HeapInfo> heaps() {
    return List.copyOf(heaps);
  }

  @Override
  public List<BufferInfo> buffers() {
    looks++;
    return List.copyOf(buffers);
  }

  @Override
  public BudgetInfo budget() {
    return budget;
  }

  @Override
  public List<QuotaInfo> quotas() {
    return List.copyOf(quotas);
  }

  @Override
  public List<String> leaks() {
    return List.copyOf(leaks);
  }

  /** Config Admin, which has core's configuration only. */
  ConfigurationAdmin admin() {
    Configuration only =
        proxy(
            Configuration.class,
            (called, arguments) ->
                switch (called) {
                  case "getProperties" -> configuration;
                  case "update" -> configure(arguments[0]);
                  default -> throw new UnsupportedOperationException(called);
                });
    return proxy(
        ConfigurationAdmin.class,
        (called, arguments) -> {
          assertEquals("getConfiguration", called);
          assertEquals(List.of("org.dmabufheaps.core", "?"), List.of(arguments));
          return only;
        });
  }

  @SuppressWarnings("unchecked")
  private Object configure(Object properties) {
    configuration = (Dictionary<String, Object>) properties;
    whenConfigured.run();
    return null;
  }

  private static <T> T proxy(Class<T> type, BiFunction<String, Object[], Object> calls) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, called, arguments) -> calls.apply(called.getName(), arguments)));
  }

  /** A buffer. */
  final class Buffer implements DmaBuf {
    final BufferInfo info = new BufferInfo();
    private final ByteBuffer bytes;
    private boolean open = true;

    Buffer(String heap, int size) {
      bytes = ByteBuffer.allocate(size);
      info.handleId = ++lastId;
      info.bufferId = lastId;
      info.owner = "org.dmabufheaps.console";
      info.ownerBundleId = CONSOLE;
      info.heap = heap;
      info.sizeBytes = size;
    }

    @Override
    public String heap() {
      return info.heap;
    }

    @Override
    public long size() {
      return info.sizeBytes;
    }

    @Override
    public CpuAccess beginCpuAccess(Access access) {
      if (!open) {
        throw new BufferClosedException("beginning CPU access: the handle was closed");
      }
      return new CpuAccess() {
        @Override
        public ByteBuffer bytes() {
          return bytes(0, bytes.capacity());
        }

        @Override
        public ByteBuffer bytes(long offset, int length) {
          Objects.checkFromToIndex(offset, offset + length, info.sizeBytes);
          ByteBuffer window = bytes.slice((int) offset, length);
          return access.writes() ? window : window.asReadOnlyBuffer();
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public OwnedFd exportFd() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Attachment attach(String device, Access access, Runnable onRevoke) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void label(String text) {
      info.label = text;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
      buffers.remove(info);
    }
  }
}
