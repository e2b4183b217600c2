// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.conformance.check.Check.Skipped;

/** What leaves the heap as a descriptor is what it should be. */
final class Exports {
  private Exports() {}

  static void kind(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.SMALL);
    String promised = t.target.info().exports;
    if (promised.equals("none")) {
      HeapException refused =
          Expect.refused(
              HeapException.class, "a heap that exports nothing", () -> t.keep(buffer.exportFd()));
      Expect.equal("errno", Errno.ENOTSUP.name(), refused.errnoName());
      return;
    }
    Expect.that(
        promised.equals("dma-buf") || promised.equals("memfd"),
        "dma-buf, memfd or none as the property dmabuf.heap.exports",
        promised.isEmpty() ? "nothing" : promised);
    Expect.equal("a descriptor of kind", promised, t.describe(t.export(buffer)).kind());
  }

  static void closeOnExec(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.SMALL);
    for (int i = 0; i < 3; i++) {
      Descriptor descriptor = t.describe(t.export(buffer));
      Expect.that(descriptor.closeOnExec(), "O_CLOEXEC in the flags of fdinfo", "none");
    }
  }

  static void inode(Trial t) throws Exception {
    DmaBuf one = t.allocate(Trial.SMALL);
    DmaBuf two = t.allocate(Trial.SMALL);
    OwnedFd first = t.export(one);
    OwnedFd second = t.export(one);
    Expect.that(first.fd() != second.fd(), "two descriptors", first.fd() + " twice");
    long inode = t.describe(first).inode();
    Expect.equal("the same st_ino of two exports", inode, t.describe(second).inode());
    first.close();
    Expect.equal("st_ino when the other is closed", inode, t.describe(second).inode());
    long other = t.describe(t.export(two)).inode();
    Expect.that(other != inode, "another st_ino for another buffer", inode + " for both");
  }

  static void sameMemory(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.MEDIUM);
    DmaBuf other = t.importFd(t.export(buffer));
    Expect.equal("size of the imported buffer", buffer.size(), other.size());
    t.memory.fill(buffer, 0x3c);
    t.memory.expect(other, 0x3c);
    t.memory.fill(other, 0xc3);
    t.memory.expect(buffer, 0xc3);
    t.memory.put(other, buffer.size() - 1, 0x99);
    Expect.equal("the last byte", 0x99, t.memory.get(buffer, buffer.size() - 1));
  }

  static void survives(Trial t) throws Exception {
    DmaBuf buffer = t.allocate(Trial.MEDIUM);
    t.memory.fill(buffer, 0x6b);
    OwnedFd fd = t.export(buffer);
    buffer.close();
    DmaBuf other = t.importFd(fd);
    t.memory.expect(other, 0x6b);
    for (DmaBuf stranger : t.allocate(8, Trial.MEDIUM)) {
      t.memory.fill(stranger, 0x11);
    }
    t.memory.expect(other, 0x6b);
  }

  static void sealed(Trial t) throws Exception {
    if (!t.target.info().exports.equals("memfd")) {
      throw new Skipped("the heap doesn't export memfds");
    }
    DmaBuf buffer = t.allocate(Trial.MEDIUM);
    OwnedFd fd = t.export(buffer);
    Expect.that(
        !t.target.facts().truncate(fd.fd()),
        "F_SEAL_SHRINK",
        "ftruncate to 0 succeed: a peer can end this process");
    Expect.equal("size", buffer.size(), t.describe(fd).size());
  }
}
