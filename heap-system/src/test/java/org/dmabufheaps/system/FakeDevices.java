// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dmabufheaps.linux.DeviceNode;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;

/** The real Linux memory, but device nodes are those that a test sets, and made of memfds. */
final class FakeDevices {
  static final Path SYSTEM = Path.of("/dev/dma_heap/system");
  static final Path UDMABUF = Path.of("/dev/udmabuf");

  final Map<Path, String> missing = new ConcurrentHashMap<>();
  final List<String> made = new ArrayList<>();
  volatile long udmabufMaxBytes = 64 << 20;
  volatile Runnable watcher;

  /** Run whenever a node is looked at, after that. */
  volatile Runnable probed = () -> {};

  private final LinuxMemory real;

  FakeDevices() throws Exception {
    real = LinuxMemory.open();
    missing.put(SYSTEM, "ENOENT: no such node");
    missing.put(UDMABUF, "EACCES: owner root, group root, mode 0600");
  }

  LinuxMemory linux() {
    return (LinuxMemory)
        Proxy.newProxyInstance(
            LinuxMemory.class.getClassLoader(),
            new Class<?>[] {LinuxMemory.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "probe" -> probe((Path) arguments[0]);
                  case "udmabufMaxBytes" -> udmabufMaxBytes;
                  case "dmaHeap" -> make("dma-heap " + arguments[0], arguments[1]);
                  case "udmabuf" -> make("udmabuf", arguments[0]);
                  case "memfd" -> make("memfd", arguments[0]);
                  case "watchDevices" -> watch((Runnable) arguments[0]);
                  default -> invoke(method, arguments);
                });
  }

  private DeviceNode probe(Path path) {
    String reason = missing.getOrDefault(path, "");
    probed.run();
    return new DeviceNode(path, reason.isEmpty(), reason);
  }

  private Object make(String how, Object request) throws Exception {
    made.add(how);
    return real.memfd((AllocationRequest) request);
  }

  private LinuxMemory.Watch watch(Runnable changed) {
    watcher = changed;
    return () -> watcher = null;
  }

  private Object invoke(Method method, Object... arguments) throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
