// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The system calls on memory, by {@code java.lang.foreign}; and memory as Java sees it. */
@SuppressWarnings("MemberName")
abstract class ForeignMemory extends ForeignFiles {
  /** The longest byte buffer that Java makes of a segment. */
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  private static final MethodHandle MMAP =
      Downcall.of("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MREMAP =
      Downcall.variadic(
          "mremap", 4, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MUNMAP = Downcall.of("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MADVISE =
      Downcall.of("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle VMSPLICE =
      Downcall.of("vmsplice", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

  @Override
  public long mmap(long address, long length, int protection, int flags, int fd, long offset) {
    try {
      return (long) MMAP.invokeExact(address, length, protection, flags, fd, offset);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public long mremap(long oldAddress, long oldSize, long newSize, int flags, long newAddress) {
    try {
      return (long) MREMAP.invokeExact(oldAddress, oldSize, newSize, flags, newAddress);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int munmap(long address, long length) {
    try {
      return (int) MUNMAP.invokeExact(address, length);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int madvise(long address, long length, int advice) {
    try {
      return (int) MADVISE.invokeExact(address, length, advice);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public long vmsplice(int fd, ByteBuffer iovecs, long count, int flags) {
    try {
      return (long) VMSPLICE.invokeExact(fd, iovecs, count, flags);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public long address(ByteBuffer buffer) {
    return MemorySegment.ofBuffer(buffer).address() - buffer.position();
  }

  /**
   * A segment that is made of a byte buffer over a segment does not refer to the byte buffer, but
   * to the scope of the first segment, as all byte buffers do. So each has a scope of its own.
   */
  @Override
  @SuppressWarnings("restricted")
  public ByteBuffer buffer(long address, int length) {
    if (length > LONGEST) {
      return Longer.CALLS.buffer(address, length);
    }
    return MemorySegment.ofAddress(address)
        .reinterpret(length, Arena.ofAuto(), null)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder());
  }

  @Override
  public Object root(ByteBuffer buffer) {
    return buffer.capacity() > LONGEST ? buffer : MemorySegment.ofBuffer(buffer).scope();
  }

  @Override
  public int wordBytes() {
    return Long.BYTES;
  }

  /** Makes the few bytes longer ones. */
  private static final class Longer {
    static final Syscalls CALLS = new JnaSyscalls();
  }
}
