// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.dmabufheaps.Access;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;

/** Windows show what they should, and accesses begin and end as they should. */
final class Mappings {
  /** Each block of a test pattern has a value of its own. */
  private static final int BLOCK = 512;

  private Mappings() {}

  static void honoursOffset(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.MEDIUM);
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ_WRITE)) {
      for (int at = 0; at < Trial.MEDIUM; at += BLOCK) {
        t.memory.fill(cpu.bytes().slice(at, BLOCK), value(at));
      }
      for (int at = 0; at < Trial.MEDIUM; at += BLOCK) {
        t.memory.expect(cpu.bytes(at, BLOCK), at, value(at));
        t.memory.expect(cpu.bytes(at + 100, 300), at + 100, value(at));
      }
      for (int at = 0; at < Trial.MEDIUM; at += BLOCK) {
        t.memory.fill(cpu.bytes(at, BLOCK), ~value(at));
      }
      for (int at = 0; at < Trial.MEDIUM; at += BLOCK) {
        t.memory.expect(cpu.bytes().slice(at, BLOCK), at, ~value(at));
      }
    }
  }

  private static int value(int at) {
    return 1 + at / BLOCK;
  }

  static void honoursLength(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.MEDIUM);
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      expectShape(cpu.bytes(), (int) buffer.size());
      expectShape(cpu.bytes(0, 1), 1);
      expectShape(cpu.bytes(0, 4097), 4097);
      expectShape(cpu.bytes(5000, 3000), 3000);
      expectShape(cpu.bytes(buffer.size() - 1, 1), 1);
      expectShape(cpu.bytes(100, 0), 0);
    }
  }

  private static void expectShape(ByteBuffer window, int length) {
    Expect.equal("capacity", length, window.capacity());
    Expect.equal("limit", length, window.limit());
    Expect.equal("position", 0, window.position());
  }

  static void bounds(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.MEDIUM);
    long size = buffer.size();
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      outOfBounds(cpu, -1, 1);
      outOfBounds(cpu, 0, -1);
      outOfBounds(cpu, size, 1);
      outOfBounds(cpu, size - 1, 2);
      outOfBounds(cpu, 1, (int) size);
      outOfBounds(cpu, Long.MAX_VALUE, 1);
      outOfBounds(cpu, Long.MIN_VALUE, 1);
      outOfBounds(cpu, 1L << 32, 1);
      outOfBounds(cpu, 1, Integer.MAX_VALUE);
    }
  }

  private static void outOfBounds(CpuAccess cpu, long offset, int length) {
    Expect.refused(
        IndexOutOfBoundsException.class,
        "a window of " + length + " bytes at " + offset,
        () -> cpu.bytes(offset, length));
  }

  static void readOnly(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.SMALL);
    for (Access access : Access.values()) {
      try (CpuAccess cpu = buffer.beginCpuAccess(access)) {
        for (ByteBuffer window : new ByteBuffer[] {cpu.bytes(), cpu.bytes(16, 16)}) {
          Expect.equal("read-only for " + access + ":", !access.writes(), window.isReadOnly());
          Expect.equal("byte order", ByteOrder.nativeOrder(), window.order());
        }
      }
    }
  }

  static void nests(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.SMALL);
    CpuAccess outer = t.keep(buffer.beginCpuAccess(Access.READ));
    CpuAccess writing = t.keep(buffer.beginCpuAccess(Access.WRITE));
    CpuAccess both = t.keep(buffer.beginCpuAccess(Access.READ_WRITE));
    t.memory.fill(writing.bytes(), 0x11);
    t.memory.expect(outer.bytes(), 0, 0x11);
    outer.close();
    t.memory.fill(both.bytes(), 0x22);
    writing.close();
    t.memory.expect(both.bytes(), 0, 0x22);
    CpuAccess again = t.keep(buffer.beginCpuAccess(Access.READ));
    both.close();
    t.memory.expect(again.bytes(), 0, 0x22);
    again.close();
    t.memory.expect(buffer, 0x22);
  }

  static void ended(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.SMALL);
    CpuAccess cpu = t.keep(buffer.beginCpuAccess(Access.READ_WRITE));
    cpu.close();
    Expect.quietly("a second end", cpu::close);
    Expect.refused(BufferClosedException.class, "bytes() after the end", cpu::bytes);
    Expect.refused(BufferClosedException.class, "bytes(0, 1) after the end", () -> cpu.bytes(0, 1));
    t.memory.fill(buffer, 1);
  }
}
