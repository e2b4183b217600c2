// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.DescriptorInfo;
import org.dmabufheaps.linux.LinuxMemory;

/** Gets buffers for clients and gives them back; each is charged first. */
final class Buffers {
  /** Under which imported buffers are in the books and the rules. */
  static final String IMPORTED = "imported";

  private static final int F_SEAL_SHRINK = 2;

  private final AllocationService allocations;
  private final LinuxMemory linux;
  private final Names names;
  private final Outstanding outstanding;
  private final Supplier<Policy> policy;
  private final AtomicLong lastId = new AtomicLong();

  Buffers(
      AllocationService allocations,
      LinuxMemory linux,
      Names names,
      Outstanding outstanding,
      Supplier<Policy> policy) {
    this.allocations = allocations;
    this.linux = linux;
    this.names = names;
    this.outstanding = outstanding;
    this.policy = policy;
  }

  /** Makes a buffer that is charged already. */
  private interface Source {
    DmaBuf make(AllocationService account) throws HeapException;
  }

  /** What a client is to have, as far as it is known before. */
  private record Wish(String heap, String kind, long size, Lent lent, boolean isMaker) {}

  Reply allocate(Client client, ServedHeap heap, long size, String label)
      throws Failure, HeapException {
    long charged = roundUp(size);
    Held held =
        take(
            client,
            new Wish(heap.name(), heap.exports(), charged, new Lent(), true),
            account -> labelled(account.allocate(heap.name(), size), label));
    return withDescriptor(client, held);
  }

  private long roundUp(long size) throws Failure {
    long page = linux.pageSize();
    if (size <= 0 || size > Long.MAX_VALUE - page) {
      throw Failure.of("InvalidSize", Errno.EINVAL, "allocating " + size + " bytes");
    }
    return (size + page - 1) / page * page;
  }

  Reply open(Client client, Held offered) throws Failure, HeapException {
    Lent lent = offered.lent();
    if (!lent.join()) {
      throw Failure.of("NoSuchName", Errno.ENOENT, "opening a buffer that was released meanwhile");
    }
    Wish wish = new Wish(offered.heap(), offered.kind(), offered.charged(), lent, false);
    boolean done = false;
    Held held;
    try {
      held = take(client, wish, account -> account.share(offered.buffer()));
      done = true;
    } finally {
      if (!done) {
        lent.leave();
      }
    }
    return withDescriptor(client, held);
  }

  Reply importFd(Client client, OwnedFd fd, String label) throws Failure, HeapException {
    DescriptorInfo info = linux.describe(fd.fd());
    String kind =
        switch (info.kind()) {
          case DMA_BUF -> "dma-buf";
          case MEMFD -> "memfd";
          case OTHER ->
              throw Failure.of(
                  "NotABuffer", Errno.EINVAL, "importing what is neither a dma-buf nor a memfd");
        };
    if (info.kind() == DescriptorInfo.Kind.MEMFD && (info.seals() & F_SEAL_SHRINK) == 0) {
      throw Failure.of("NotSealed", Errno.EINVAL, "importing a memfd without F_SEAL_SHRINK");
    }
    Held held =
        take(
            client,
            new Wish(IMPORTED, kind, roundUp(info.sizeBytes()), new Lent(), false),
            account -> labelled(account.importFd(fd), label));
    return Reply.of(Map.of("id", held.id(), "size", held.buffer().size(), "kind", held.kind()));
  }

  private static DmaBuf labelled(DmaBuf buffer, String label) throws HeapException {
    boolean done = label.isEmpty();
    try {
      if (!done) {
        buffer.label(label);
        done = true;
      }
      return buffer;
    } finally {
      if (!done) {
        buffer.close();
      }
    }
  }

  /** Charges, makes, and puts into the client's books; gives all of it back when a step fails. */
  private Held take(Client client, Wish wish, Source source) throws Failure, HeapException {
    Account account = client.account();
    int most = policy.get().buffers();
    if (!fits(account, wish.heap(), () -> account.addBuffer(most))) {
      throw Failure.of(
          "QuotaExceeded", Errno.EDQUOT, account.name() + " has " + most + " buffers already");
    }
    boolean done = false;
    try {
      Held held = charged(client, wish, source);
      done = true;
      return held;
    } finally {
      if (!done) {
        account.removeBuffer();
      }
    }
  }

  /** What was given back and is found to be nobody's any more makes room. */
  private boolean fits(Account account, String heap, BooleanSupplier charge) {
    return charge.getAsBoolean() || (outstanding.look(account, heap) && charge.getAsBoolean());
  }

  private Held charged(Client client, Wish wish, Source source) throws Failure, HeapException {
    Account account = client.account();
    String heap = wish.heap();
    long charged = wish.size();
    charge(client, heap, charged);
    DmaBuf buffer = null;
    boolean done = false;
    try {
      buffer = source.make(allocations.forAccount(account.name()));
      if (buffer.size() > charged) {
        charge(client, heap, buffer.size() - charged);
        charged = buffer.size();
      }
      long id = lastId.incrementAndGet();
      Held held = new Held(id, buffer, heap, wish.kind(), charged, wish.lent(), wish.isMaker());
      done = client.keep(held);
      if (!done) {
        throw Failure.clientHasGone();
      }
      return held;
    } finally {
      if (!done) {
        if (buffer != null) {
          buffer.close();
        }
        account.uncharge(heap, charged);
      }
    }
  }

  private void charge(Client client, String heap, long size) throws Failure {
    Policy now = policy.get();
    long heapLimit = now.heapLimit(client.who(), heap);
    Account account = client.account();
    if (heapLimit == 0) {
      throw Failure.of("AccessDenied", Errno.EACCES, account.name() + " may not use heap " + heap);
    }
    if (!fits(account, heap, () -> account.charge(heap, size, heapLimit, now.limit()))) {
      throw Failure.of(
          "QuotaExceeded",
          Errno.EDQUOT,
          account.name()
              + " has "
              + account.bytes(heap)
              + " bytes of heap "
              + heap
              + " and "
              + account.bytes()
              + " in all, "
              + account.outstandingBytes()
              + " of which it has given back and somebody still has; "
              + size
              + " more are over its quota");
    }
  }

  private Reply withDescriptor(Client client, Held held) throws Failure, HeapException {
    boolean done = false;
    try {
      OwnedFd fd = outstanding.export(held);
      done = true;
      Map<String, Object> parameters = new LinkedHashMap<>();
      parameters.put("fileDescriptor", 0);
      parameters.put("id", held.id());
      parameters.put("size", held.buffer().size());
      parameters.put("heap", held.buffer().heap());
      parameters.put("kind", held.kind());
      return new Reply(parameters, List.of(fd));
    } finally {
      if (!done && client.remove(held.id()) != null) {
        giveBack(client, held);
      }
    }
  }

  /** Ends the offer of a buffer. */
  void withdraw(Held held) {
    names.withdraw(held);
  }

  /** Gives back what was taken out of the client's books. */
  void giveBack(Client client, Held held) {
    names.withdraw(held);
    outstanding.add(client, held);
  }
}
