// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.itest.ModelMemory.Attached;
import org.dmabufheaps.itest.ModelMemory.Buffer;
import org.dmabufheaps.itest.ModelMemory.Charge;
import org.dmabufheaps.itest.ModelMemory.Descriptor;
import org.dmabufheaps.itest.ModelMemory.Handle;
import org.dmabufheaps.itest.ModelMemory.Memory;

/** Two clients that do what clients do, and what the model says that must come of it. */
final class ModelClients {
  static final List<String> OWNERS = List.of("model-a", "model-b");
  static final List<String> ACCOUNTS = List.of("", "acc");
  private static final List<String> HEAPS =
      List.of("system", "system", "system", "slices", "system-contig", "default_cma_region");
  private static final Access[] ACCESSES = Access.values();
  private static final int MOST_HANDLES = 150;
  private static final int MOST_ACCESSES = 4;

  private final ModelBooks books = new ModelBooks();
  private final ModelTally tally;
  private final AllocationService[] services = new AllocationService[OWNERS.size()];
  private long names;

  ModelClients(ModelTally tally) {
    this.tally = tally;
  }

  ModelBooks books() {
    return books;
  }

  void service(int owner, AllocationService service) {
    services[owner] = service;
  }

  private AllocationService service(int owner, String account) {
    return account.isEmpty() ? services[owner] : services[owner].forAccount(account);
  }

  private static <T> T any(List<T> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }

  void allocate(SplittableRandom random) throws Exception {
    if (books.handles.size() >= MOST_HANDLES) {
      close(random);
      return;
    }
    int owner = random.nextInt(OWNERS.size());
    String account = any(ACCOUNTS, random);
    String heap = any(HEAPS, random);
    long size = 1L + random.nextInt(1 << 16);
    long pages = (size + 4095) & -4096;
    Outcome<DmaBuf> outcome = Outcome.of(() -> service(owner, account).allocate(heap, size));
    books.expected(heap, OWNERS.get(owner), account, pages).check(outcome, tally);
    if (outcome.failed()) {
      return;
    }
    tally.count("from " + heap);
    DmaBuf real = outcome.result();
    assertTrue(real.size() + " for " + size, real.size() >= pages && real.size() <= 2 * pages);
    Buffer buffer = new Buffer(new Memory(real.size()), heap);
    Handle handle = books.opened(real, buffer, new Charge(OWNERS.get(owner), account, real.size()));
    if (random.nextBoolean()) {
      begin(handle, Access.READ).close();
      handle.accesses.clear();
    }
  }

  void close(SplittableRandom random) {
    if (!books.handles.isEmpty()) {
      Handle handle = any(books.handles, random);
      handle.real.close();
      books.closed(handle);
    }
  }

  void share(SplittableRandom random) {
    if (books.handles.isEmpty() || books.handles.size() >= MOST_HANDLES) {
      return;
    }
    Buffer buffer = any(books.handles, random).buffer;
    DmaBuf of = books.anyHandle(buffer).real;
    int owner = random.nextInt(OWNERS.size());
    String account = any(ACCOUNTS, random);
    Outcome<DmaBuf> outcome = Outcome.of(() -> service(owner, account).share(of));
    long bytes = buffer.memory.size;
    books.expectedOfOwner(OWNERS.get(owner), account, bytes).check(outcome, tally);
    if (!outcome.failed()) {
      books.opened(outcome.result(), buffer, new Charge(OWNERS.get(owner), account, bytes));
    }
  }

  void export(SplittableRandom random) {
    if (books.handles.isEmpty() || books.descriptors.size() >= MOST_HANDLES) {
      return;
    }
    Handle handle = any(books.handles, random);
    Outcome<OwnedFd> outcome = Outcome.of(handle.real::exportFd);
    books.expectedOfExport(handle).check(outcome, tally);
    if (!outcome.failed()) {
      books.exported(new Descriptor(outcome.result(), handle));
    }
  }

  void closeFd(SplittableRandom random) {
    if (!books.descriptors.isEmpty()) {
      Descriptor descriptor = any(books.descriptors, random);
      descriptor.real().close();
      books.closed(descriptor);
    }
  }

  void importFd(SplittableRandom random) {
    if (books.descriptors.isEmpty() || books.handles.size() >= MOST_HANDLES) {
      return;
    }
    Descriptor descriptor = any(books.descriptors, random);
    Memory memory = descriptor.from().buffer.memory;
    int owner = random.nextInt(OWNERS.size());
    String account = any(ACCOUNTS, random);
    boolean byNumber = random.nextBoolean();
    AllocationService service = service(owner, account);
    Outcome<DmaBuf> outcome =
        Outcome.of(
            () ->
                byNumber
                    ? service.importFd(descriptor.real().fd())
                    : service.importFd(descriptor.real()));
    books.expectedOfOwner(OWNERS.get(owner), account, memory.size).check(outcome, tally);
    if (!outcome.failed()) {
      assertEquals(memory.size, outcome.result().size());
      Charge charge = new Charge(OWNERS.get(owner), account, memory.size);
      books.opened(outcome.result(), new Buffer(memory, "imported"), charge);
    }
  }

  void begin(SplittableRandom random) throws Exception {
    if (books.handles.isEmpty()) {
      return;
    }
    Handle handle = any(books.handles, random);
    if (handle.accesses.size() < MOST_ACCESSES) {
      begin(handle, ACCESSES[random.nextInt(ACCESSES.length)]);
    }
  }

  /** What is there is what was written last, by whichever handle of the memory; at first zeros. */
  private CpuAccess begin(Handle handle, Access access) throws Exception {
    Memory memory = handle.buffer.memory;
    CpuAccess begun = handle.real.beginCpuAccess(access);
    handle.accesses.add(begun);
    ByteBuffer bytes = begun.bytes();
    int end = (int) memory.size - Long.BYTES;
    assertEquals(access + " of " + handle.buffer.heap, memory.value, bytes.getLong(0));
    assertEquals("at the end", memory.value, bytes.getLong(end));
    assertEquals(access == Access.READ, bytes.isReadOnly());
    if (access != Access.READ) {
      memory.value = books.newValue();
      bytes.putLong(0, memory.value).putLong(end, memory.value);
    }
    books.viewed(handle, bytes);
    return begun;
  }

  void end(SplittableRandom random) throws Exception {
    if (!books.handles.isEmpty()) {
      Handle handle = any(books.handles, random);
      if (!handle.accesses.isEmpty()) {
        handle.accesses.remove(random.nextInt(handle.accesses.size())).close();
      }
    }
  }

  void attach(SplittableRandom random) throws Exception {
    if (!books.handles.isEmpty()) {
      Handle handle = any(books.handles, random);
      String device = "device" + names++;
      Attachment real =
          handle.real.attach(
              device,
              ACCESSES[random.nextInt(ACCESSES.length)],
              () -> books.revocations.add(device));
      handle.attachments.add(new Attached(real, handle));
    }
  }

  void detach(SplittableRandom random) {
    if (!books.handles.isEmpty()) {
      Handle handle = any(books.handles, random);
      if (!handle.attachments.isEmpty()) {
        handle.attachments.remove(random.nextInt(handle.attachments.size())).real().close();
      }
    }
  }

  void label(SplittableRandom random) throws Exception {
    if (!books.handles.isEmpty()) {
      Handle handle = any(books.handles, random);
      String text = "label" + names++;
      handle.real.label(text);
      handle.buffer.label = text;
    }
  }

  /** A handle that was closed refuses everything, and closes once more. */
  void useClosed(SplittableRandom random) {
    if (!books.closedHandles.isEmpty()) {
      DmaBuf closed = any(books.closedHandles, random);
      assertFalse(closed.isOpen());
      Outcome<?> outcome =
          switch (random.nextInt(5)) {
            case 0 -> Outcome.of(closed::exportFd);
            case 1 -> Outcome.of(() -> closed.beginCpuAccess(Access.READ_WRITE));
            case 2 -> Outcome.of(() -> services[0].share(closed));
            case 3 -> Outcome.of(() -> closed.attach("d", Access.READ, () -> {}));
            default ->
                Outcome.of(
                    () -> {
                      closed.close();
                      closed.label("late");
                      return "labelled";
                    });
          };
      Outcome.Expected.CLOSED.check(outcome, tally);
    }
  }

  void askNonsense(SplittableRandom random) {
    int owner = random.nextInt(services.length);
    AllocationService service = services[owner];
    long[] sizes = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, -1L - random.nextLong(1L << 62)};
    String[] heaps = {"", "(", null, "(a=b"};
    Outcome<?> outcome;
    Outcome.Expected expected = Outcome.Expected.MISUSE;
    switch (random.nextInt(7)) {
      case 0 ->
          outcome =
              Outcome.of(() -> service.allocate("system", sizes[random.nextInt(sizes.length)]));
      case 1 -> outcome = Outcome.of(() -> service.allocate(heaps[random.nextInt(4)], 1));
      case 2 -> outcome = Outcome.of(() -> service.importFd(-1 - random.nextInt(9)));
      case 3 -> outcome = Outcome.of(() -> service.forAccount(""));
      case 4 -> {
        outcome = Outcome.of(() -> service.allocate("nowhere", 1));
        expected = Outcome.Expected.refused(Errno.ENODEV);
      }
      case 5 -> {
        outcome = Outcome.of(() -> service.importFd(Integer.MAX_VALUE - random.nextInt(9)));
        expected = books.expectedOfOwner(OWNERS.get(owner), "", 0).or(Errno.EBADF);
      }
      default -> {
        outcome = Outcome.of(() -> service.allocate("system", (1L << 61) + random.nextInt(99)));
        expected = Outcome.Expected.refused(Errno.ENOMEM, Errno.EDQUOT);
      }
    }
    expected.check(outcome, tally);
  }

  void lookAtStale(SplittableRandom random) {
    books.lookAtStale(random);
  }

  /** A heap left: its handles are closed, and devices were told. */
  void revoked(Predicate<Handle> whose) {
    for (Handle handle : List.copyOf(books.handles)) {
      if (whose.test(handle)) {
        books.revoked(handle);
      }
    }
  }

  /** A client's bundle stopped: all that it had is closed. */
  void stopped(int owner) {
    books.stopped(OWNERS.get(owner));
  }

  /** Core stopped: devices are told, and nothing is open. */
  void coreStopped() {
    revoked(handle -> true);
    OWNERS.forEach(books::stopped);
  }
}
