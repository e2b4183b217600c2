// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.dmabufheaps.HeapException;

/** The kernel for tests: the real one, or one whose calls are watched or fail. */
final class TestKernel {
  private static final Syscalls SYS = found();
  private static final Kernel REAL = with(SYS);

  private TestKernel() {}

  private static Syscalls found() {
    try {
      return NativeCalls.find().sys();
    } catch (HeapException e) {
      throw new AssertionError(e);
    }
  }

  static Kernel real() {
    return REAL;
  }

  static Kernel with(Syscalls sys) {
    try {
      return Kernel.of(sys);
    } catch (HeapException e) {
      throw new AssertionError(e);
    }
  }

  /** One whose views are replaced so. */
  static Kernel with(Syscalls sys, Replacement replacement) {
    return with(sys, replacement, LoneList.find());
  }

  /** One whose views are replaced so, and that keeps here what outlives the bundle. */
  static Kernel with(Syscalls sys, Replacement replacement, Object... outlives) {
    return Kernel.of(sys, REAL.abi(), replacement, outlives);
  }

  static LinuxMemory linux() {
    return new LinuxMemoryService(REAL);
  }

  /** Decides on a call before it is made. */
  interface Before {
    /** Returns an error number to fail with, or 0 to go on. */
    int call(String name, Object[] arguments);
  }

  /** The real calls, each but those that are none seen first. */
  static Syscalls watched(Before before) {
    return (Syscalls)
        Proxy.newProxyInstance(
            TestKernel.class.getClassLoader(),
            new Class<?>[] {Syscalls.class},
            (proxy, method, arguments) -> {
              int errno =
                  switch (method.getName()) {
                    case "address",
                        "buffer",
                        "root",
                        "wordBytes",
                        "getpagesize",
                        "hashCode",
                        "equals" ->
                        0;
                    default -> before.call(method.getName(), arguments);
                  };
              if (errno != 0 && !method.getName().equals("close")) {
                return method.getReturnType() == int.class
                    ? (Object) (-errno)
                    : (Object) (long) -errno;
              }
              try {
                Object result = method.invoke(SYS, arguments);
                // Linux closes a descriptor whatever it returns.
                return errno == 0 ? result : -errno;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
