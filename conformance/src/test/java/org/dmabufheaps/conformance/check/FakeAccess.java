// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.dmabufheaps.Access;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;

/** An access of the fake machine. */
final class FakeAccess implements CpuAccess {
  private final FakeBuf buffer;
  private final Access access;
  private boolean ended;

  FakeAccess(FakeBuf buffer, Access access) {
    this.buffer = buffer;
    this.access = access;
    buffer.accesses.incrementAndGet();
  }

  @Override
  public ByteBuffer bytes() {
    return window(0, (int) buffer.memory.size);
  }

  @Override
  public ByteBuffer bytes(long offset, int length) {
    if (!buffer.has(Fault.NO_BOUNDS)) {
      checkRange(offset, length, buffer.memory.size);
    }
    if (buffer.has(Fault.LAST_PAGE_MISSING) && offset + length > buffer.memory.size - 4096) {
      throw new InternalError("a fault occurred in an unsafe memory access operation");
    }
    int from = buffer.has(Fault.IGNORES_OFFSET) ? 0 : (int) Math.max(0, offset);
    int most = (int) buffer.memory.size - from;
    return window(from, buffer.has(Fault.IGNORES_LENGTH) ? most : Math.max(0, length));
  }

  private static void checkRange(long offset, int length, long end) {
    if (offset < 0 || length < 0 || offset > end - length) {
      throw new IndexOutOfBoundsException(offset + "+" + length + " of " + end);
    }
  }

  private ByteBuffer window(int from, int length) {
    if (!buffer.has(Fault.USE_AFTER_CLOSE)
        && (!buffer.isOpen() || (ended && !buffer.has(Fault.ENDED_GIVES_BYTES)))) {
      throw new BufferClosedException("the access");
    }
    int start = Math.min(from, (int) buffer.memory.size);
    int most = (int) buffer.memory.size - start;
    ByteBuffer window = buffer.memory.bytes().slice(start, Math.min(length, most));
    boolean writes = access.writes() || buffer.has(Fault.WRITABLE_READ);
    ByteOrder order =
        buffer.has(Fault.FOREIGN_ORDER) ? ByteOrder.BIG_ENDIAN : ByteOrder.nativeOrder();
    return (writes ? window : window.asReadOnlyBuffer()).order(order);
  }

  @Override
  public void close() {
    if (!ended) {
      ended = true;
      buffer.accesses.decrementAndGet();
    }
  }
}
