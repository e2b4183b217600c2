// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.peer;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.dmabufheaps.bench.source.Source;

/**
 * {@code Arena.ofConfined().allocate}, of Java 22 and later. Not shareable. By constant method
 * handles, which the compiler sees through, since this is built for Java 17.
 */
public final class ArenaSource implements Source {
  private static final MethodHandle OF_CONFINED;
  private static final MethodHandle ALLOCATE;
  private static final MethodHandle CLOSE;
  private static final MethodHandle AS_BYTE_BUFFER;
  private static final long PAGE_BYTES = 4096;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      Class<?> arena = Class.forName("java.lang.foreign.Arena");
      Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
      OF_CONFINED =
          lookup
              .findStatic(arena, "ofConfined", MethodType.methodType(arena))
              .asType(MethodType.methodType(Object.class));
      ALLOCATE =
          lookup
              .findVirtual(
                  arena, "allocate", MethodType.methodType(segment, long.class, long.class))
              .asType(MethodType.methodType(Object.class, Object.class, long.class, long.class));
      CLOSE =
          lookup
              .findVirtual(arena, "close", MethodType.methodType(void.class))
              .asType(MethodType.methodType(void.class, Object.class));
      AS_BYTE_BUFFER =
          lookup
              .findVirtual(segment, "asByteBuffer", MethodType.methodType(ByteBuffer.class))
              .asType(MethodType.methodType(ByteBuffer.class, Object.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Object[] arenas = new Object[SLOTS];
  private final Object[] segments = new Object[SLOTS];

  @Override
  public void allocate(int first, int count, long size) throws IOException {
    try {
      for (int slot = first; slot < first + count; slot++) {
        Object arena = (Object) OF_CONFINED.invokeExact();
        arenas[slot] = arena;
        segments[slot] = (Object) ALLOCATE.invokeExact(arena, size, PAGE_BYTES);
      }
    } catch (Throwable t) {
      throw new IOException("allocating in an arena", t);
    }
  }

  @Override
  public void free(int first, int count) {
    try {
      for (int slot = first; slot < first + count; slot++) {
        CLOSE.invokeExact(arenas[slot]);
      }
    } catch (Throwable t) {
      throw new IllegalStateException("closing an arena", t);
    }
  }

  @Override
  public ByteBuffer view(int slot) throws IOException {
    try {
      return (ByteBuffer) AS_BYTE_BUFFER.invokeExact(segments[slot]);
    } catch (Throwable t) {
      throw new IOException("viewing a segment", t);
    }
  }
}
