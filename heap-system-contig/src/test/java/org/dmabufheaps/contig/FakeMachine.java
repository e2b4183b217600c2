// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.contig;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.HugePages;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Placement;
import org.dmabufheaps.linux.RegionSource;
import org.dmabufheaps.spi.Reservation;
import org.osgi.service.log.Logger;

/** The real Linux memory, but huge pages are those that a test sets, and made of ordinary ones. */
final class FakeMachine {
  static final long PAGE = 2 << 20;

  final List<HugePages> pools = new ArrayList<>();
  final List<String> logged = new ArrayList<>();
  volatile Runnable watcher;
  int regions;
  private final LinuxMemory real;

  FakeMachine() throws Exception {
    real = LinuxMemory.open();
  }

  LinuxMemory linux() {
    return (LinuxMemory)
        Proxy.newProxyInstance(
            LinuxMemory.class.getClassLoader(),
            new Class<?>[] {LinuxMemory.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "hugePages" -> List.copyOf(pools);
                  case "region" -> region((RegionSource.HugePages) arguments[0], arguments[3]);
                  case "watchDevices" -> watch((Runnable) arguments[0]);
                  default -> {
                    try {
                      yield method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  }
                });
  }

  @SuppressWarnings("unchecked")
  private Object region(RegionSource.HugePages source, Object report) throws HeapException {
    regions++;
    if (pools.get(0).freePages() == 0) {
      throw new HeapException("taking 1 huge page, " + pools.get(0).shortage(), Errno.ENOMEM);
    }
    return real.region(
        RegionSource.memfd(source.bytes()),
        Placement.firstFit(),
        (what, bytes) -> Reservation.uncounted(bytes),
        (Consumer<String>) report);
  }

  private LinuxMemory.Watch watch(Runnable changed) {
    watcher = changed;
    return () -> watcher = null;
  }

  Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              logged.add(method.getName() + " " + arguments[0]);
              return null;
            });
  }
}
