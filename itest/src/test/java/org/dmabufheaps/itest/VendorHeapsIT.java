// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.dmabufheaps.itest.VendorHeap.Misdeed.BLOCKS_IN_ALLOCATE;
import static org.dmabufheaps.itest.VendorHeap.Misdeed.BLOCKS_IN_RELEASE;
import static org.dmabufheaps.itest.VendorHeap.Misdeed.BLOCKS_IN_STATUS;
import static org.dmabufheaps.itest.VendorHeap.Misdeed.NONE;
import static org.dmabufheaps.itest.VendorHeap.Misdeed.THROWS_IN_ACTIVATE;
import static org.dmabufheaps.itest.VendorHeap.Misdeed.THROWS_IN_RELEASE;
import static org.dmabufheaps.itest.VendorHeap.Misdeed.THROWS_IN_STATUS;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.Access;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.junit.After;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.FrameworkWiring;

/** Vendors' heaps, installed into the running container, that do what they should not. */
public class VendorHeapsIT extends VendorTest {
  private static final int SIZE = 1 << 20;

  /** When a call counts as stuck; calls that are not stuck are back long before, on any machine. */
  private static final long STUCK_MILLIS = 2_000;

  private static final long PATTERN = 0x2222_3333_4444_5555L;

  @After
  public void nobodyElseWasHurt() throws Exception {
    assertOthersWork();
  }

  private FutureTask<DmaBuf> allocateInBackground(String heap) {
    var allocations = allocations();
    FutureTask<DmaBuf> allocation = inBackground(() -> allocations.allocate(heap, SIZE));
    await("the heap is stuck", () -> events.contains("blocked"));
    return allocation;
  }

  private static void assertEnodev(FutureTask<DmaBuf> allocation) {
    Throwable cause =
        assertThrows(ExecutionException.class, () -> allocation.get(20, TimeUnit.SECONDS))
            .getCause();
    assertTrue(String.valueOf(cause), cause instanceof HeapException e && Errno.ENODEV.is(e));
  }

  @Test
  public void aHeapThatIsDroppedInServesAtOnceAndLeavesInOrder() throws Exception {
    Bundle vendor = Components.vendorHeap("acme", NONE).start(context);
    assertWorks("acme");
    events.clear();
    DmaBuf buffer = service(HeapAllocator.class, named("acme")).allocate(SIZE);
    CpuAccess access = buffer.beginCpuAccess(Access.READ);
    buffer.attach("npu0", Access.READ, () -> events.add("revoked"));
    context.addServiceListener(event -> events.add("withdrawn"), named("acme"));
    vendor.stop();
    assertEquals(
        List.of("withdrawn", "revoked", "retired", "detached", "released", "deactivated"),
        events.stream().distinct().toList());
    assertEquals(
        "each once: " + events, 6, events.stream().filter(e -> !e.equals("withdrawn")).count() + 1);
    access.close();
  }

  @Test
  public void aHeapThatCanNotBeActivatedIsNotThere() throws Exception {
    Bundle vendor = Components.vendorHeap("acme", THROWS_IN_ACTIVATE).start(context);
    assertEquals(0, serviceCount(HeapAllocator.class, named("acme")));
    HeapException missing =
        assertThrows(HeapException.class, () -> allocations().allocate("acme", SIZE));
    assertTrue(missing.getMessage(), Errno.ENODEV.is(missing));
    vendor.stop();
    log().assertNone("method has thrown");
  }

  @Test
  public void aBundleWithoutWhatItImportsDoesNotResolve() throws Exception {
    Bundle vendor =
        Components.vendorHeap("acme", NONE)
            .imports(
                "org.dmabufheaps",
                "org.dmabufheaps.spi",
                "org.dmabufheaps.linux",
                "com.acme.nowhere")
            .install(context);
    BundleException unresolved = assertThrows(BundleException.class, vendor::start);
    assertTrue(unresolved.getMessage(), unresolved.getMessage().contains("com.acme.nowhere"));
  }

  @Test
  public void whateverAllocateDoesIsAnExceptionOfItsCallerAlone() throws Exception {
    for (VendorHeap.Misdeed misdeed :
        List.of(
            VendorHeap.Misdeed.GIVES_NULL,
            VendorHeap.Misdeed.THROWS_ERROR,
            VendorHeap.Misdeed.THROWS_RUNTIME_EXCEPTION,
            VendorHeap.Misdeed.LACKS_A_CLASS,
            VendorHeap.Misdeed.TELLS_TOO_SMALL_A_SIZE,
            VendorHeap.Misdeed.TELLS_A_NEGATIVE_SIZE)) {
      Bundle vendor = Components.vendorHeap("acme", misdeed).start(context);
      HeapException refused =
          assertThrows(
              misdeed.toString(), HeapException.class, () -> allocations().allocate("acme", SIZE));
      assertTrue(misdeed + ": " + refused.getMessage(), Errno.EIO.is(refused));
      assertTrue(refused.getMessage(), refused.getMessage().contains("acme"));
      assertEquals(misdeed.toString(), 1L, books().ofHeap("acme", "failures"));
      assertEquals(misdeed.toString(), 0L, books().ofHeap("acme", "liveBytes"));
      assertEquals(misdeed.toString(), 0L, books().ofBudget("takenBytes"));
      assertOthersWork();
      vendor.uninstall();
    }
  }

  @Test
  public void aHeapThatTellsMoreThanThereIsCanNotBeMapped() throws Exception {
    for (VendorHeap.Misdeed misdeed :
        List.of(VendorHeap.Misdeed.TELLS_TOO_LARGE_A_SIZE, VendorHeap.Misdeed.MAPS_NOTHING)) {
      Bundle vendor = Components.vendorHeap("acme", misdeed).start(context);
      try (DmaBuf buffer = allocations().allocate("acme", SIZE)) {
        HeapException refused =
            assertThrows(
                misdeed.toString(),
                HeapException.class,
                () -> buffer.beginCpuAccess(Access.READ_WRITE));
        assertTrue(misdeed + ": " + refused.getMessage(), Errno.EIO.is(refused));
      }
      assertEquals(0L, books().ofHeap("acme", "liveBytes"));
      vendor.uninstall();
    }
  }

  @Test
  public void aHeapWhoseStatusFailsIsListedWithTheReason() throws Exception {
    limitCallsToMillis(STUCK_MILLIS);
    for (VendorHeap.Misdeed misdeed : List.of(THROWS_IN_STATUS, BLOCKS_IN_STATUS)) {
      Bundle vendor = Components.vendorHeap("acme", misdeed).start(context);
      assertEquals(0, serviceCount(HeapAllocator.class, named("acme")));
      assertEquals(false, books().ofHeap("acme", "available"));
      String reason = (String) books().ofHeap("acme", "reason");
      assertTrue(reason, reason.contains("failed to tell its status"));
      HeapException refused =
          assertThrows(HeapException.class, () -> allocations().allocate("acme", SIZE));
      assertTrue(refused.getMessage(), refused.getMessage().contains(reason));
      assertOthersWork();
      vendor.uninstall();
    }
  }

  @Test
  public void aHeapThatIsStuckLeavesAndItsLateResultIsReleased() throws Exception {
    limitCallsToMillis(STUCK_MILLIS);
    Bundle vendor = Components.vendorHeap("acme", BLOCKS_IN_ALLOCATE).start(context);
    FutureTask<DmaBuf> allocation = allocateInBackground("acme");
    vendor.stop();
    log().await("heap acme left with calls or buffers that are stuck", 1);
    assertFalse(allocation.isDone());
    assertOthersWork();
    events.clear();
    gate.countDown();
    assertEnodev(allocation);
    assertEquals(List.of("released"), events);
    assertEquals(List.of(), ProcessState.now().descriptors());
  }

  /** A class of the vendor's, first needed on release, can't be loaded any more. */
  @Test
  public void aLateResultIsReleasedByThePlatformWhenTheVendorsClassesAreGone() throws Exception {
    limitCallsToMillis(STUCK_MILLIS);
    Bundle vendor = Components.vendorHeap("acme", BLOCKS_IN_ALLOCATE).start(context);
    FutureTask<DmaBuf> allocation = allocateInBackground("acme");
    vendor.uninstall();
    refresh(vendor);
    events.clear();
    gate.countDown();
    assertEnodev(allocation);
    log().await("trying the platform's part of it", 1);
    assertEquals("the vendor's own release failed", List.of(), events);
    assertEquals(List.of(), ProcessState.now().descriptors());
  }

  private void refresh(Bundle bundle) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    context
        .getBundle(0)
        .adapt(FrameworkWiring.class)
        .refreshBundles(List.of(bundle), event -> done.countDown());
    assertTrue("the framework is refreshed", done.await(20, TimeUnit.SECONDS));
  }

  @Test
  public void aReleaseThatFailsLosesNothing() throws Exception {
    Components.vendorHeap("acme", THROWS_IN_RELEASE).start(context);
    DmaBuf buffer = allocations().allocate("acme", SIZE);
    buffer.close();
    log().await("releasing a buffer failed", 1);
    assertEquals(List.of(), ProcessState.now().descriptors());
    assertEquals(0L, books().ofBudget("takenBytes"));
  }

  @Test
  public void aReleaseThatIsStuckHoldsUpNeitherTheHeapNorTheOthers() throws Exception {
    limitCallsToMillis(STUCK_MILLIS);
    Bundle vendor = Components.vendorHeap("acme", BLOCKS_IN_RELEASE).start(context);
    DmaBuf stuck = allocations().allocate("acme", SIZE);
    OwnedFd fd = stuck.exportFd();
    vendor.stop();
    log().await("heap acme left with calls or buffers that are stuck", 1);
    assertFalse(stuck.isOpen());
    assertOthersWork();
    gate.countDown();
    await("it is released at last", () -> events.contains("released"));
    fd.close();
  }

  @Test
  public void aDeviceThatDoesNotLetGoOrThrowsHoldsUpNobody() throws Exception {
    limitCallsToMillis(STUCK_MILLIS);
    Bundle vendor = Components.vendorHeap("acme", NONE).start(context);
    DmaBuf buffer = allocations().allocate("acme", SIZE);
    buffer.attach("blocks", Access.READ, this::waitAtTheGate);
    buffer.attach(
        "throws",
        Access.READ,
        () -> {
          throw new IllegalStateException("on purpose");
        });
    vendor.stop();
    assertFalse(buffer.isOpen());
    assertTrue(events.toString(), events.contains("released"));
    log().await("telling devices that heap acme has gone: failed", 1);
    log().await("telling devices that heap acme has gone: has not returned", 1);
  }

  private void waitAtTheGate() {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  public void aHeapWithoutAProperNameIsListedAndNotPublished() throws Exception {
    for (String name : new String[] {null, "", "a/b", "..", "a b", "x".repeat(64), "ümlaut"}) {
      Bundle vendor = Components.vendorHeap("acme", name, NONE, 0).start(context);
      assertEquals(name, 1, serviceCount(HeapAllocator.class, null));
      assertEquals(name, 2, books().heaps().size());
      String reason = (String) books().ofHeap("", "reason");
      assertTrue(reason, reason.contains(name + " is no heap name"));
      vendor.uninstall();
    }
  }

  /** A client of the other, a reader of its memory and a process that holds it notice nothing. */
  @Test
  public void ofTwoHeapsOfOneNameTheOneOfHigherRankingServes() throws Exception {
    Components.vendorHeap("low", "twin", NONE, 0).start(context);
    FutureTask<Integer> client = inBackground(() -> allocateUntilTheGateOpens("twin"));
    try (DmaBuf held = allocations().allocate("twin", SIZE);
        CpuAccess access = held.beginCpuAccess(Access.READ_WRITE)) {
      BusyReader.fill(access.bytes(), PATTERN);
      try (OwnedFd fd = held.exportFd();
          Peer peer = Peer.start();
          BusyReader reader = BusyReader.start(access.bytes(), PATTERN)) {
        peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
        for (int round = 0; round < 5; round++) {
          aHigherOneComesAndGoes();
          reader.assertReads();
          assertEquals(PATTERN, peer.get(0));
          assertTrue(held.isOpen());
        }
      }
    }
    gate.countDown();
    assertTrue(client.get(20, TimeUnit.SECONDS) > 0);
  }

  private void aHigherOneComesAndGoes() throws Exception {
    Bundle high = Components.vendorHeap("high", "twin", NONE, 10).start(context);
    try (DmaBuf served = allocations().allocate("twin", SIZE);
        CpuAccess access = served.beginCpuAccess(Access.READ_WRITE);
        OwnedFd fd = served.exportFd();
        Peer peer = Peer.start()) {
      BusyReader.fill(access.bytes(), PATTERN);
      peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
      try (BusyReader reader = BusyReader.start(access.bytes(), PATTERN)) {
        assertEquals(2, serviceCount(HeapAllocator.class, named("twin")));
        assertEquals("high", books().ofHeap("twin", "bundle"));
        assertTrue((Long) books().ofHeap("twin", "liveBytes") >= served.size());
        high.uninstall();
        assertFalse("it was of the one that left", served.isOpen());
        reader.awaitZeros();
      }
      assertEquals("who has a descriptor has the memory", PATTERN, peer.get(0));
    }
    assertWorks("twin");
    assertEquals("low", books().ofHeap("twin", "bundle"));
  }

  /** The only errors are those of a heap that leaves in the middle of a call. */
  private int allocateUntilTheGateOpens(String heap) throws HeapException {
    var allocations = allocations();
    int allocated = 0;
    while (gate.getCount() > 0) {
      try (DmaBuf buffer = allocations.allocate(heap, 4096);
          CpuAccess access = buffer.beginCpuAccess(Access.WRITE)) {
        access.bytes().put(0, (byte) 1);
        allocated++;
      } catch (HeapException e) {
        if (!Errno.ENODEV.is(e)) {
          throw e;
        }
      } catch (BufferClosedException e) {
        // Revoked in the middle.
      }
    }
    return allocated;
  }
}
