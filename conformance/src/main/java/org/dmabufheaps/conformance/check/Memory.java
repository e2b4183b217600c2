// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Pipe;
import java.util.Arrays;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.conformance.check.Check.Failed;

/**
 * Reads and writes a heap's memory by the kernel's hand. A faulty heap may hand out memory that is
 * not there, or has gone; an access of the VM's own would end the process then, while {@code
 * write(2)} and {@code read(2)} on a pipe say {@code EFAULT}.
 *
 * <p>For one thread.
 */
final class Memory implements AutoCloseable {
  /** What a pipe takes without a reader: it holds 64 KiB, in pages that may be partly filled. */
  private static final int CHUNK = 32 << 10;

  private static final int WINDOW = 1 << 20;

  private final Pipe pipe;
  private final byte[] seen = new byte[CHUNK];
  private final byte[] wanted = new byte[CHUNK];

  Memory() throws IOException {
    pipe = Pipe.open();
  }

  /** Writes one value to every byte of a buffer. */
  void fill(DmaBuf buffer, int value) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      for (long at = 0; at < buffer.size(); at += WINDOW) {
        fill(cpu.bytes(at, (int) Math.min(WINDOW, buffer.size() - at)), value);
      }
    }
  }

  /** Expects one value in a range of a buffer. */
  void expect(DmaBuf buffer, long from, long to, int value) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      for (long at = from; at < to; at += WINDOW) {
        expect(cpu.bytes(at, (int) Math.min(WINDOW, to - at)), at, value);
      }
    }
  }

  /** Expects one value in every byte of a buffer. */
  void expect(DmaBuf buffer, int value) throws HeapException {
    expect(buffer, 0, buffer.size(), value);
  }

  /** Expects one value in every byte of a window that starts at an offset of its buffer. */
  void expect(ByteBuffer window, long offset, int value) {
    Arrays.fill(wanted, (byte) value);
    for (int at = 0; at < window.limit(); at += CHUNK) {
      int length = read(window, at);
      int other = Arrays.mismatch(seen, 0, length, wanted, 0, length);
      if (other >= 0) {
        throw new Failed(
            hex(value) + " at offset " + (offset + at + other), hex(seen[other]) + " there");
      }
    }
  }

  /** Tells whether a value is anywhere in a window. */
  boolean contains(ByteBuffer window, int value) {
    for (int at = 0; at < window.limit(); at += CHUNK) {
      int length = read(window, at);
      for (int i = 0; i < length; i++) {
        if (seen[i] == (byte) value) {
          return true;
        }
      }
    }
    return false;
  }

  /** Writes one value to every byte of a window. */
  void fill(ByteBuffer window, int value) {
    Arrays.fill(wanted, (byte) value);
    for (int at = 0; at < window.limit(); at += CHUNK) {
      ByteBuffer part = part(window, at);
      write(part, ByteBuffer.wrap(wanted, 0, part.remaining()));
    }
  }

  /** Writes two numbers to a window that has room for just them, in native order. */
  void put(ByteBuffer window, long first, long second) {
    ByteBuffer both = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    write(window, both.putLong(first).putLong(second).flip());
  }

  private void write(ByteBuffer window, ByteBuffer content) {
    int at = window.position();
    try {
      drain(content);
      while (window.hasRemaining()) {
        pipe.source().read(window);
      }
    } catch (IOException e) {
      throw new Failed("to write at " + at + " of a window", Expect.brief(e));
    }
  }

  /** Reads the byte at an offset of a buffer. */
  int get(DmaBuf buffer, long offset) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      read(cpu.bytes(offset, 1), 0);
      return seen[0] & 0xff;
    }
  }

  /** Writes the byte at an offset of a buffer. */
  void put(DmaBuf buffer, long offset, int value) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      fill(cpu.bytes(offset, 1), value);
    }
  }

  private int read(ByteBuffer window, int at) {
    ByteBuffer part = part(window, at);
    int length = part.remaining();
    try {
      drain(part);
      ByteBuffer into = ByteBuffer.wrap(seen, 0, length);
      while (into.hasRemaining()) {
        pipe.source().read(into);
      }
    } catch (IOException e) {
      throw new Failed("to read at " + at + " of a window", Expect.brief(e));
    }
    return length;
  }

  private void drain(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      pipe.sink().write(from);
    }
  }

  private static ByteBuffer part(ByteBuffer window, int at) {
    return window.duplicate().position(at).limit(Math.min(at + CHUNK, window.limit()));
  }

  static String hex(int value) {
    return String.format("0x%02x", value & 0xff);
  }

  @Override
  public void close() {
    try {
      pipe.sink().close();
      pipe.source().close();
    } catch (IOException nothingToSave) {
      // A pipe of our own, empty.
    }
  }
}
