// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.nio.ByteBuffer;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.conformance.check.Check.Skipped;

/** Handles are independent, and dead when they are closed. */
final class Lifetime {
  private Lifetime() {}

  static void sharing(Trial t) throws HeapException {
    DmaBuf first = t.allocate(Trial.MEDIUM);
    t.memory.fill(first, 1);
    DmaBuf second = t.keep(t.target.service().share(first));
    DmaBuf third = t.keep(t.target.service().share(second));
    t.memory.expect(second, 1);
    t.memory.fill(second, 2);
    t.memory.expect(first, 2);
    first.close();
    Expect.that(second.isOpen(), "the other handle open", "it closed");
    t.memory.expect(second, 2);
    second.close();
    t.memory.fill(third, 3);
    t.memory.expect(third, 3);
  }

  static void label(Trial t) throws Exception {
    String text = "conformance kit";
    DmaBuf buffer = t.allocate(Trial.SMALL);
    buffer.label(text);
    List<BufferInfo> own = Books.own(t.target);
    Expect.that(
        own.stream().anyMatch(info -> info.label.equals(text)),
        "label " + text + " in the books",
        "none");
    if (t.target.info().exports.equals("dma-buf")) {
      Expect.equal("name in fdinfo", text, t.describe(t.export(buffer)).label());
    }
    Expect.refused(IllegalArgumentException.class, "a line break", () -> buffer.label("a\nb"));
    Expect.refused(
        IllegalArgumentException.class, "128 characters", () -> buffer.label("x".repeat(128)));
  }

  static void attachment(Trial t) throws HeapException {
    DmaBuf buffer = t.allocate(Trial.SMALL);
    Attachment attachment = attach(t, buffer);
    Expect.equal("device", "kit", attachment.device());
    Expect.equal("access", Access.READ, attachment.access());
    Expect.equal("attachments in the books:", 1L, Books.attachments(t.target));
    attachment.close();
    Expect.quietly("a second close", attachment::close);
    Expect.equal("attachments in the books:", 0L, Books.attachments(t.target));
  }

  private static Attachment attach(Trial t, DmaBuf buffer) {
    try {
      return t.keep(buffer.attach("kit", Access.READ, () -> {}));
    } catch (HeapException e) {
      throw new Skipped("the heap refuses the device: " + e.getMessage());
    }
  }

  static void closeTwice(Trial t) throws HeapException {
    DmaBuf other = t.allocate(Trial.SMALL);
    t.memory.fill(other, 0x44);
    DmaBuf buffer = t.allocate(Trial.SMALL);
    int before = Books.own(t.target).size();
    for (int i = 0; i < 3; i++) {
      Expect.quietly("close number " + (i + 1), buffer::close);
      Expect.equal("handles in the books:", before - 1, Books.own(t.target).size());
    }
    List<DmaBuf> fresh = t.allocate(4, Trial.SMALL);
    for (DmaBuf each : fresh) {
      t.memory.fill(each, 0x55);
    }
    t.memory.expect(other, 0x44);
  }

  static void useAfterClose(Trial t) throws HeapException {
    DmaBuf buffer = t.allocate(Trial.SMALL);
    CpuAccess cpu = t.keep(buffer.beginCpuAccess(Access.READ));
    long size = buffer.size();
    buffer.close();
    Expect.that(!buffer.isOpen(), "a closed handle", "an open one");
    Expect.equal("size after close", size, buffer.size());
    Expect.equal("heap after close", t.target.heap(), buffer.heap());
    for (Access access : Access.values()) {
      gone(access + " access", () -> t.keep(buffer.beginCpuAccess(access)));
    }
    gone("exportFd", () -> t.keep(buffer.exportFd()));
    gone("label", () -> buffer.label("late"));
    gone("attach", () -> t.keep(buffer.attach("kit", Access.READ, () -> {})));
    gone("share", () -> t.keep(t.target.service().share(buffer)));
    gone("bytes() of an access begun before", cpu::bytes);
    Expect.quietly("the end of an access begun before", cpu::close);
  }

  private static void gone(String what, Expect.Operation operation) {
    Expect.refused(BufferClosedException.class, what, operation);
  }

  static void stale(Trial t) throws HeapException {
    DmaBuf buffer = t.allocate(Trial.MEDIUM);
    ByteBuffer bytes = t.keep(buffer.beginCpuAccess(Access.READ_WRITE)).bytes();
    t.memory.fill(bytes, 0xa1);
    buffer.close();
    List<DmaBuf> others = t.allocate(16, Trial.MEDIUM);
    for (DmaBuf other : others) {
      t.memory.fill(other, 0xb2);
    }
    Expect.that(
        !t.memory.contains(bytes, 0xb2), "none of another buffer's bytes", "0xb2 in a stale view");
    t.memory.fill(bytes, 0xee);
    for (DmaBuf other : others) {
      t.memory.expect(other, 0xb2);
    }
    others.forEach(DmaBuf::close);
    for (DmaBuf fresh : t.allocate(16, Trial.MEDIUM)) {
      t.memory.expect(fresh, 0);
    }
  }
}
