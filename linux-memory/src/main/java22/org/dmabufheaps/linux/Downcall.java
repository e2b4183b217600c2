// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Makes handles of the C library's functions, which take byte buffers for pointers and return what
 * {@link Syscalls} does.
 *
 * <p>The error number is saved by the call itself, before the virtual machine does anything else in
 * that thread, to a word of the thread's own. Neither the word nor a handle refers to this bundle's
 * class loader from anywhere outside.
 */
final class Downcall {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));

  /** Of each thread; memory that the garbage collector gives back. */
  private static final ThreadLocal<MemorySegment> STATES = new ThreadLocal<>();

  private static final MethodHandle STATE_OF_THREAD =
      own("state", MethodType.methodType(MemorySegment.class));
  private static final MethodHandle POINTER =
      own("pointer", MethodType.methodType(MemorySegment.class, ByteBuffer.class));

  private Downcall() {}

  /** Finds a function with fixed arguments. */
  static MethodHandle of(String name, MemoryLayout result, MemoryLayout... arguments) {
    return link(name, result, arguments);
  }

  /**
   * Finds a function that C declares with variable arguments after the first so many.
   *
   * @param fixed how many have a name in C
   */
  static MethodHandle variadic(
      String name, int fixed, MemoryLayout result, MemoryLayout... arguments) {
    return link(name, result, arguments, Linker.Option.firstVariadicArg(fixed));
  }

  @SuppressWarnings("restricted")
  private static MethodHandle link(
      String name, MemoryLayout result, MemoryLayout[] arguments, Linker.Option... options) {
    Linker.Option[] all = Arrays.copyOf(options, options.length + 1);
    all[options.length] = Linker.Option.captureCallState("errno");
    MemorySegment symbol =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + name));
    MethodHandle call =
        LINKER.downcallHandle(symbol, FunctionDescriptor.of(result, arguments), all);
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i] instanceof AddressLayout) {
        call = MethodHandles.filterArguments(call, 1 + i, POINTER);
      }
    }
    return withErrno(call);
  }

  /** Of {@code r f(state, a...)} makes {@code r g(a...)}, which returns {@code -errno} for -1. */
  private static MethodHandle withErrno(MethodHandle call) {
    MethodType type = call.type();
    Class<?> result = type.returnType();
    MethodHandle checked =
        own("checked", MethodType.methodType(result, result, MemorySegment.class));
    MethodHandle twice = MethodHandles.collectArguments(checked, 0, call);
    int[] order = IntStream.rangeClosed(0, type.parameterCount()).toArray();
    order[type.parameterCount()] = 0;
    return MethodHandles.foldArguments(
        MethodHandles.permuteArguments(twice, type, order), STATE_OF_THREAD);
  }

  private static MethodHandle own(String name, MethodType type) {
    try {
      return MethodHandles.lookup().findStatic(Downcall.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(name, e);
    }
  }

  @SuppressWarnings("unused") // by its name
  private static MemorySegment state() {
    MemorySegment state = STATES.get();
    if (state == null) {
      state = Arena.ofAuto().allocate(STATE);
      STATES.set(state);
    }
    return state;
  }

  @SuppressWarnings("unused") // by its name
  private static MemorySegment pointer(ByteBuffer buffer) {
    return buffer == null ? MemorySegment.NULL : MemorySegment.ofBuffer(buffer);
  }

  @SuppressWarnings("unused") // by its name
  private static int checked(int result, MemorySegment state) {
    return result == -1 ? -state.get(ValueLayout.JAVA_INT, ERRNO) : result;
  }

  @SuppressWarnings("unused") // by its name
  private static long checked(long result, MemorySegment state) {
    return result == -1 ? -state.get(ValueLayout.JAVA_INT, ERRNO) : result;
  }

  /** What to throw when a handle has thrown; a system call never makes one. */
  static RuntimeException thrown(Throwable thrown) {
    if (thrown instanceof Error e) {
      throw e;
    }
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }
}
