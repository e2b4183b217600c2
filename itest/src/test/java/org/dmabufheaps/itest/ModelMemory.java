// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.OwnedFd;

/** What the model knows of memory, and of who holds it: plain data. */
final class ModelMemory {
  private ModelMemory() {}

  /** Memory with what was written last, whoever sees it. */
  static final class Memory {
    final long size;
    long value;

    Memory(long size) {
      this.size = size;
    }
  }

  /** What one allocation or import made; handles share it. */
  static final class Buffer {
    final Memory memory;
    final String heap;
    String label = "";
    int handles;

    Buffer(Memory memory, String heap) {
      this.memory = memory;
      this.heap = heap;
    }
  }

  /** What an owner is charged for a handle, until it and its descriptors are closed. */
  static final class Charge {
    final String owner;
    final String account;
    final long bytes;
    int holders = 1;

    Charge(String owner, String account, long bytes) {
      this.owner = owner;
      this.account = account;
      this.bytes = bytes;
    }
  }

  /** A handle, with what was begun on it. */
  static final class Handle {
    final DmaBuf real;
    final Buffer buffer;
    final Charge charge;
    final List<CpuAccess> accesses = new ArrayList<>();
    final List<Attached> attachments = new ArrayList<>();
    final List<Descriptor> exported = new ArrayList<>();

    Handle(DmaBuf real, Buffer buffer, Charge charge) {
      this.real = real;
      this.buffer = buffer;
      this.charge = charge;
      buffer.handles++;
    }

    /** A line as {@link ModelWorld} makes one of each entry of the books. */
    String entry() {
      return line(
          charge.owner,
          charge.account,
          buffer.heap,
          buffer.memory.size,
          buffer.label,
          exported.size(),
          accesses.size(),
          attachments.size());
    }
  }

  /** A device that uses a handle. */
  record Attached(Attachment real, Handle handle) {}

  /** A descriptor that was exported. */
  record Descriptor(OwnedFd real, Handle from) {}

  /** An entry of the books. */
  static String line(Object... parts) {
    return Arrays.toString(parts);
  }

  /** Sums of bytes by name. */
  static void add(Map<String, Long> sums, String name, long bytes) {
    sums.merge(name, bytes, Long::sum);
  }
}
