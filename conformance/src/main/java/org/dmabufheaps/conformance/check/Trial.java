// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.conformance.check.Check.Skipped;

/**
 * One run of one check: what it may use, and what it has opened, which is closed when it ends. For
 * one thread, but for {@link #cancel()}.
 */
final class Trial implements AutoCloseable {
  /** The page, and the sizes of the kernel's selftest and of AOSP's tests. */
  static final int SMALL = 4 << 10;

  static final int MEDIUM = 64 << 10;
  static final int LARGE = 1 << 20;

  /** More than any machine has: 1 PiB. */
  static final long HUGE = 1L << 50;

  /** How many things may be open before closed ones are forgotten. */
  private static final int TIDY_AT = 64;

  final Target target;
  final Memory memory;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final StringBuilder notes = new StringBuilder();
  private volatile boolean cancelled;

  Trial(Target target) throws IOException {
    this.target = target;
    this.memory = new Memory();
  }

  /** Allocates a buffer that is closed at the end of the check. */
  DmaBuf allocate(long size) throws HeapException {
    stopIfCancelled();
    return keep(target.service().allocate(target.heap(), size));
  }

  /** Allocates as many buffers as there is room for, at least one, or skips the check. */
  List<DmaBuf> allocate(int count, long size) throws HeapException {
    List<DmaBuf> buffers = new ArrayList<>();
    try {
      while (buffers.size() < count) {
        buffers.add(allocate(size));
      }
    } catch (HeapException full) {
      if (!Expect.wantsRoom(full)) {
        throw full;
      }
      if (buffers.isEmpty()) {
        throw new Skipped("no room for " + size + " bytes: " + full.getMessage());
      }
      note("room for " + buffers.size() + " of " + count + " buffers of " + size + " bytes");
    }
    return buffers;
  }

  /** Exports a buffer; the descriptor is closed at the end of the check. */
  OwnedFd export(DmaBuf buffer) throws HeapException {
    if (target.info().exports.equals("none")) {
      throw new Skipped("the heap exports nothing");
    }
    return keep(buffer.exportFd());
  }

  /** Opens a handle by a descriptor, mapped by the platform and not by the heap. */
  DmaBuf importFd(OwnedFd fd) throws HeapException {
    return keep(target.service().importFd(fd));
  }

  /** Describes a descriptor. */
  Descriptor describe(OwnedFd fd) throws IOException {
    return target.facts().descriptor(fd.fd());
  }

  /** Has something closed at the end of the check, the last one first. */
  <T extends AutoCloseable> T keep(T resource) {
    if (resource == null) {
      throw new Check.Failed("an object", "null");
    }
    if (open.size() >= TIDY_AT) {
      open.removeIf(each -> each instanceof DmaBuf buffer && !buffer.isOpen());
    }
    open.push(resource);
    stopIfCancelled();
    return resource;
  }

  /** Adds to what the result of a passed check says. */
  void note(String text) {
    notes.append(notes.isEmpty() ? "" : "; ").append(text);
  }

  String notes() {
    return notes.toString();
  }

  /** Makes the check end at its next step; called by who waited for it in vain. */
  void cancel() {
    cancelled = true;
  }

  private void stopIfCancelled() {
    if (cancelled) {
      throw new CancellationException("took too long");
    }
  }

  /** Closes what is open, all of it, and then passes on the first failure. */
  @Override
  public void close() throws IOException {
    IOException first = null;
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        first = first == null ? new IOException("closing: " + Expect.brief(e), e) : first;
      }
    }
    memory.close();
    if (first != null) {
      throw first;
    }
  }
}
