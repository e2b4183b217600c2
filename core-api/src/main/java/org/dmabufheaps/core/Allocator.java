// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.osgi.service.log.Logger;

/**
 * The way of one allocation: quotas, the heap, the books, a handle; and of imports and shares. What
 * a step took is given back when a later one fails.
 */
final class Allocator {
  /** Errors after which a heap may not be what it was. */
  private static final Set<Errno> DEVICE_GONE =
      EnumSet.of(Errno.ENOENT, Errno.ENODEV, Errno.ENXIO, Errno.EACCES, Errno.EPERM);

  /** A buffer and the first handle to it have the same number. */
  private final AtomicLong ids = new AtomicLong();

  private final Supplier<Settings> settings;
  private final Supplier<Backend> backend;
  private final Admission admission;
  private final Owners owners;
  private final Logger log;
  private final Quota total;

  /** Told of a heap whose memory could not be had, since its status may have changed. */
  private final Consumer<BoundHeap> doubt;

  Allocator(
      Supplier<Settings> settings,
      Supplier<Backend> backend,
      Admission admission,
      Owners owners,
      Consumer<BoundHeap> doubt,
      Logger log) {
    this.settings = settings;
    this.backend = backend;
    this.admission = admission;
    this.owners = owners;
    this.doubt = doubt;
    this.log = log;
    this.total = new Quota("live buffers' budget", admission::budgetBytes, Errno.ENOMEM);
  }

  /** Allocates from a heap; {@code account} is empty when none is charged besides the bundle. */
  Handle allocate(BoundHeap heap, Owner owner, String account, long size) throws HeapException {
    owner.checkRunning();
    Operation operation = new Operation("allocating", roundToPages(size), "from heap", heap.name());
    heap.allocations.increment();
    boolean done = false;
    try {
      Charge memory = Charge.take(operation, operation.bytes(), total, heap.quota());
      Handle handle = charged(memory, () -> allocate(operation, heap, owner, account, memory));
      done = true;
      return handle;
    } finally {
      if (!done) {
        heap.failures.increment();
      }
    }
  }

  private Handle allocate(
      Operation operation, BoundHeap heap, Owner owner, String account, Charge memory)
      throws HeapException {
    Charge charge = owners.charge(operation, operation.bytes(), owner, account);
    Request request = new Request(operation, heap, admission, account, owner, memory);
    Buffer buffer = charged(charge, () -> fromHeap(operation, heap, request, memory));
    return open(operation, buffer.id(), buffer, owner, account, charge);
  }

  private long roundToPages(long size) {
    long page = backend.get().pageSize();
    if (size <= 0 || size > Long.MAX_VALUE - page) {
      throw new IllegalArgumentException("a buffer can't have " + size + " bytes");
    }
    return (size + page - 1) & -page;
  }

  private Buffer fromHeap(Operation operation, BoundHeap heap, Request request, Charge charge)
      throws HeapException {
    try {
      return heap.exporter().call(operation, () -> ask(operation, heap, request, charge));
    } catch (BufferClosedException e) {
      throw new HeapException(operation + ": the heap has gone", Errno.ENODEV, e);
    } catch (HeapException e) {
      if (DEVICE_GONE.stream().anyMatch(errno -> errno.is(e))) {
        doubt.accept(heap);
      }
      throw e;
    }
  }

  private Buffer ask(Operation operation, BoundHeap heap, Request request, Charge charge)
      throws HeapException {
    Buffer buffer = null;
    try {
      DmaBufOps ops = heap.heap().allocate(request);
      buffer = adopt(operation, heap.exporter(), charge, ops);
      buffer.fresh(request.admitted());
      heap.quota().notePeak();
      return buffer;
    } finally {
      if (buffer == null) {
        request.failed();
      } else {
        request.succeeded();
      }
    }
  }

  private long limitMillis() {
    return settings.get().callLimitMillis();
  }

  /** Takes over what an exporter made. What can't be used, or came too late, goes back at once. */
  private Buffer adopt(Operation operation, Exporter exporter, Charge charge, DmaBufOps ops)
      throws HeapException {
    if (ops == null) {
      throw new HeapException(operation + ": the heap gave null", Errno.EIO);
    }
    boolean adopted = false;
    try {
      long size = ops.size();
      if (size < operation.bytes()) {
        throw new HeapException(
            operation + ": the heap gave a buffer of only " + size + " bytes", Errno.EIO);
      }
      charge.grow(operation, size - charge.bytes());
      long id = ids.incrementAndGet();
      Buffer buffer = new Buffer(id, exporter, ops, size, charge, this::limitMillis, log);
      adopted = exporter.adopt();
      if (!adopted) {
        throw new HeapException(
            operation + ": the heap has gone, its answer came too late", Errno.ENODEV);
      }
      return buffer;
    } finally {
      if (!adopted) {
        Release.of(ops, exporter.name(), log);
      }
    }
  }

  /** Opens a handle, which takes over the charge and the caller's use of the buffer. */
  private Handle open(
      Operation operation, long id, Buffer buffer, Owner owner, String account, Charge charge)
      throws HeapException {
    Handle handle;
    try {
      charge.grow(operation, buffer.size() - charge.bytes());
      handle = new Handle(id, buffer, owner, account, charge, site(), log);
    } catch (HeapException | RuntimeException | Error e) {
      charge.release();
      buffer.exit();
      throw e;
    }
    add(handle, owner);
    if (buffer.exporter().hasLeft()) {
      handle.close();
      throw new HeapException(operation + ": the heap has gone", Errno.ENODEV);
    }
    return handle;
  }

  /** A handle that no ledger has would never be found again: it is closed. */
  private static void add(Handle handle, Owner owner) {
    boolean added = false;
    try {
      owner.add(handle);
      added = true;
    } finally {
      if (!added) {
        handle.close();
      }
    }
  }

  private Throwable site() {
    return settings.get().leakStacks() ? new Throwable("opened here") : null;
  }

  /** Imports a buffer; only its owner is charged, since the memory is somebody else's. */
  Handle importFd(Owner owner, String account, int fd) throws HeapException {
    if (fd < 0) {
      throw new IllegalArgumentException("importing descriptor " + fd + ": it is negative");
    }
    owner.checkRunning();
    Backend system = backend.get();
    Operation operation = Operation.on("importing", "descriptor " + fd);
    Charge charge = owners.charge(operation, 0, owner, account);
    Charge none = Charge.take(operation, 0);
    FreshMemory budget = new FreshMemory(admission);
    OpsCall<Buffer> call =
        () -> adopt(operation, system.imports(), none, system.service().importFd(fd, budget));
    Buffer buffer = charged(charge, () -> system.imports().call(operation, call));
    return open(operation, buffer.id(), buffer, owner, account, charge);
  }

  /** Opens a further handle to a buffer. */
  Handle share(Owner owner, String account, Handle other) throws HeapException {
    owner.checkRunning();
    Buffer buffer = other.buffer();
    Operation operation = new Operation("sharing", buffer.size(), "of heap", other.heap());
    if (!other.isOpen() || !buffer.enter()) {
      throw other.closed(operation.toString());
    }
    boolean charged = false;
    try {
      Charge charge = owners.charge(operation, buffer.size(), owner, account);
      charged = true;
      return open(operation, ids.incrementAndGet(), buffer, owner, account, charge);
    } finally {
      if (!charged) {
        buffer.exit();
      }
    }
  }

  /** Gives a charge back when what it was taken for fails. */
  private static <T> T charged(Charge charge, OpsCall<T> call) throws HeapException {
    T result = null;
    try {
      result = call.run();
      return result;
    } finally {
      if (result == null) {
        charge.release();
      }
    }
  }
}
