// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.itest.ModelMemory.Buffer;
import org.dmabufheaps.itest.ModelMemory.Charge;
import org.dmabufheaps.itest.ModelMemory.Descriptor;
import org.dmabufheaps.itest.ModelMemory.Handle;

/** What is open, who is charged for it, and which limits are in force. */
final class ModelBooks {
  private static final int MOST_STALE = 64;
  private static final boolean UDMABUF = Files.isWritable(Path.of("/dev/udmabuf"));

  final List<Handle> handles = new ArrayList<>();
  final List<Descriptor> descriptors = new ArrayList<>();
  final List<DmaBuf> closedHandles = new ArrayList<>();

  /** Heaps of contiguous memory, of which this machine has none. */
  final Set<String> missing = new TreeSet<>();

  final List<String> revocations = Collections.synchronizedList(new ArrayList<>());
  private final List<String> expectedRevocations = new ArrayList<>();
  private final List<View> views = new ArrayList<>();
  private final List<View> stale = new ArrayList<>();
  private final Map<String, Long> ofOwners = new TreeMap<>();
  private final Map<String, Long> ofAccounts = new TreeMap<>();
  private final Map<String, Long> ofHeaps = new TreeMap<>();
  private long systemLimit = Long.MAX_VALUE;
  private long ownerLimit = Long.MAX_VALUE;
  private long accountLimit = Long.MAX_VALUE;
  private long maxBytes = Long.MAX_VALUE;

  /** Each is written once, so that whose it is can be seen. */
  private long lastValue = 0x5eed_0000_0000L;

  /** A byte buffer that a client keeps, and what its memory had when it became stale. */
  private static final class View {
    final Handle handle;
    final ByteBuffer bytes;
    long atTheEnd;

    View(Handle handle, ByteBuffer bytes) {
      this.handle = handle;
      this.bytes = bytes;
    }
  }

  long newValue() {
    return ++lastValue;
  }

  void quotas(long system, long owner, long account) {
    systemLimit = system;
    ownerLimit = owner;
    accountLimit = account;
  }

  void maxBytes(long most) {
    maxBytes = most;
  }

  private static boolean over(Map<String, Long> sums, String name, long more, long limit) {
    return more > limit - sums.getOrDefault(name, 0L);
  }

  private boolean ownerOver(String owner, String account, long more) {
    boolean limited = owner.equals(ModelClients.OWNERS.get(0));
    return (limited && over(ofOwners, owner, more, ownerLimit))
        || (!account.isEmpty() && over(ofAccounts, account, more, accountLimit));
  }

  /** What must come of an allocation of so many bytes; a pool may round up to as much again. */
  Outcome.Expected expected(String heap, String owner, String account, long bytes) {
    if (missing.contains(heap)) {
      return Outcome.Expected.refused(Errno.ENODEV);
    }
    boolean contiguous = ModelBundles.CONTIGUOUS.contains(heap);
    boolean slices = heap.equals(ModelBundles.SLICES);
    long limit = slices || contiguous ? Long.MAX_VALUE : systemLimit;
    if (over(ofHeaps, heap, bytes, limit) || ownerOver(owner, account, bytes)) {
      return contiguous
          ? Outcome.Expected.refused(Errno.EDQUOT, Errno.ENODEV)
          : Outcome.Expected.refused(Errno.EDQUOT);
    }
    if (contiguous) {
      // There is little, and what somebody still holds is missing from it.
      return Outcome.Expected.eitherOr(Errno.ENOMEM, Errno.ENODEV);
    }
    if (slices) {
      return over(ofHeaps, heap, bytes, ModelBundles.SLICES_BYTES)
          ? Outcome.Expected.refused(Errno.ENOMEM)
          : Outcome.Expected.eitherOr(Errno.ENOMEM); // it may be in pieces
    }
    if (bytes > maxBytes) {
      return Outcome.Expected.refused(Errno.EINVAL);
    }
    return over(ofHeaps, heap, 2 * bytes, limit) || ownerOver(owner, account, 2 * bytes)
        ? Outcome.Expected.eitherOr(Errno.EDQUOT)
        : Outcome.Expected.SUCCESS;
  }

  Outcome.Expected expectedOfOwner(String owner, String account, long bytes) {
    return ownerOver(owner, account, bytes)
        ? Outcome.Expected.refused(Errno.EDQUOT)
        : Outcome.Expected.SUCCESS;
  }

  Outcome.Expected expectedOfExport(Handle handle) {
    if (ModelBundles.CONTIGUOUS.contains(handle.buffer.heap)) {
      return Outcome.Expected.eitherOr(Errno.ENOTSUP);
    }
    return handle.buffer.heap.equals(ModelBundles.SLICES) && !UDMABUF
        ? Outcome.Expected.refused(Errno.ENOTSUP)
        : Outcome.Expected.SUCCESS;
  }

  Handle anyHandle(Buffer buffer) {
    return handles.stream().filter(handle -> handle.buffer == buffer).findFirst().orElseThrow();
  }

  Handle opened(DmaBuf real, Buffer buffer, Charge charge) {
    if (buffer.handles == 0) {
      ModelMemory.add(ofHeaps, buffer.heap, buffer.memory.size);
    }
    Handle handle = new Handle(real, buffer, charge);
    handles.add(handle);
    add(charge, charge.bytes);
    return handle;
  }

  private void add(Charge charge, long bytes) {
    ModelMemory.add(ofOwners, charge.owner, bytes);
    if (!charge.account.isEmpty()) {
      ModelMemory.add(ofAccounts, charge.account, bytes);
    }
  }

  private void release(Charge charge) {
    if (--charge.holders == 0) {
      add(charge, -charge.bytes);
    }
  }

  void closed(Handle handle) {
    assertFalse(handle.real.isOpen());
    handles.remove(handle);
    release(handle.charge);
    if (--handle.buffer.handles == 0) {
      ModelMemory.add(ofHeaps, handle.buffer.heap, -handle.buffer.memory.size);
    }
    closedHandles.add(handle.real);
    if (closedHandles.size() > MOST_STALE) {
      closedHandles.remove(0);
    }
    views.removeIf(view -> becameStale(view, handle));
  }

  private boolean becameStale(View view, Handle closed) {
    if (view.handle != closed) {
      return false;
    }
    view.atTheEnd = closed.buffer.memory.value;
    stale.add(view);
    if (stale.size() > MOST_STALE) {
      stale.remove(0);
    }
    return true;
  }

  void viewed(Handle handle, ByteBuffer bytes) {
    if (handle.accesses.size() == 1) {
      views.add(new View(handle, bytes));
    }
  }

  /** Zeros, or what its own memory has or had. What is written into it is nobody's. */
  void lookAtStale(SplittableRandom random) {
    if (stale.isEmpty()) {
      return;
    }
    View view = stale.get(random.nextInt(stale.size()));
    long value = view.bytes.getLong(0);
    boolean own = value == view.atTheEnd || value == view.handle.buffer.memory.value;
    assertTrue("a stale view shows " + Long.toHexString(value), value == 0 || own);
  }

  void exported(Descriptor descriptor) {
    descriptors.add(descriptor);
    descriptor.from().exported.add(descriptor);
    descriptor.from().charge.holders++;
  }

  void closed(Descriptor descriptor) {
    assertFalse(descriptor.real().isOpen());
    descriptors.remove(descriptor);
    descriptor.from().exported.remove(descriptor);
    release(descriptor.from().charge);
  }

  void revoked(Handle handle) {
    handle.attachments.forEach(attached -> expectedRevocations.add(attached.real().device()));
    closed(handle);
  }

  void stopped(String owner) {
    List.copyOf(handles).stream()
        .filter(handle -> handle.charge.owner.equals(owner))
        .forEach(this::closed);
    List.copyOf(descriptors).stream()
        .filter(descriptor -> descriptor.from().charge.owner.equals(owner))
        .forEach(this::closed);
  }

  List<String> entries() {
    return handles.stream().map(Handle::entry).sorted().toList();
  }

  long liveBytes(String heap) {
    return ofHeaps.getOrDefault(heap, 0L);
  }

  /** What should be open is, and each device was told once. */
  void check() {
    handles.forEach(handle -> assertTrue(handle.entry(), handle.real.isOpen()));
    descriptors.forEach(descriptor -> assertTrue(descriptor.real().isOpen()));
    expectedRevocations.sort(null);
    List<String> told = new ArrayList<>(revocations);
    told.sort(null);
    assertEquals("devices that were told", expectedRevocations, told);
  }
}
