// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.peer;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;

/** Frees direct byte buffers at once: {@code Unsafe.invokeCleaner}, which is not in the API. */
final class Cleaner {
  private static final MethodHandle INVOKE = find();

  private Cleaner() {}

  private static MethodHandle find() {
    try {
      Class<?> type = Class.forName("sun.misc.Unsafe");
      Field instance = type.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(type, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(instance.get(null));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  static void free(ByteBuffer buffer) {
    try {
      INVOKE.invokeExact(buffer);
    } catch (Throwable t) {
      throw new IllegalStateException("freeing a direct byte buffer", t);
    }
  }
}
