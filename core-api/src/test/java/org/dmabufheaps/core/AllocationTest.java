// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.Headroom;
import org.dmabufheaps.spi.HeapStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;

class AllocationTest {
  private final Core.Config config = new Core.Config();
  private final Core core = new Core(config);
  private final FakeHeap heap = core.heap("system", HeapAllocator.ALIASES, new String[] {"sys"});
  private final Bundle client = core.bundle(20, "com.acme.camera");
  private final AllocationService allocations = core.allocations(client);

  @AfterEach
  void nothingIsLeft() {
    core.assertNothingLeft(heap);
    core.close();
  }

  @ParameterizedTest
  @CsvSource({"1, 4096", "4095, 4096", "4096, 4096", "4097, 8192", "2147483648, 2147483648"})
  void sizesAreRoundedToPages(long asked, long given) throws HeapException {
    try (DmaBuf buffer = allocations.allocate("system", asked)) {
      assertEquals(given, buffer.size());
      assertEquals(given, core.info("system").liveBytes);
    }
    assertEquals(1, heap.releases.get());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, -4096, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 4094})
  void sizesThatNoBufferCanHaveAreRefusedBeforeTheHeapIsCalled(long size) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> allocations.allocate("system", size));
    assertTrue(refusal.getMessage().contains(Long.toString(size)), refusal.getMessage());
    assertEquals(0, heap.allocateCalls.get());
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 34, 1L << 40, 1L << 62, Long.MAX_VALUE - 8192})
  void moreThanTheMachineIsRefusedWithTheBudgetBeforeTheHeapIsCalled(long size) {
    HeapException refusal =
        assertThrows(HeapException.class, () -> allocations.allocate("system", size));
    assertEquals(Errno.ENOMEM.number(), refusal.errno());
    assertTrue(refusal.getMessage().contains("budget of 12.8 GiB"), refusal.getMessage());
    assertEquals(0, heap.allocateCalls.get());
    assertEquals(1, core.info("system").failures);
  }

  @Test
  void moreThanTheSystemHasLeftIsRefusedWithWhatItHas() {
    core.backend.headroom = new Headroom(1L << 34, 100L << 20);
    config.reserve = 64L << 20;
    core.configure(config);
    HeapException refusal =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 37L << 20));
    assertEquals(Errno.ENOMEM.number(), refusal.errno());
    assertTrue(refusal.getMessage().contains("the system has 100.0 MiB left"));
  }

  @Test
  void whatTheSystemHasLeftCanBeTaken() throws HeapException {
    core.backend.headroom = new Headroom(1L << 34, 100L << 20);
    config.reserve = 64L << 20;
    core.configure(config);
    allocations.allocate("system", 36L << 20).close();
  }

  @Test
  void quotasOfHeapBundleAndAccountAreEachKept() throws HeapException {
    config.quotas =
        new String[] {
          "heap:system=65536", "bundle:com.acme.camera=32768", "account:uid:1000=16384"
        };
    core.configure(config);
    try (DmaBuf first = allocations.forAccount("uid:1000").allocate("system", 16384)) {
      assertQuota("account uid:1000", () -> allocations.forAccount("uid:1000"), 4096);
      assertQuota("bundle com.acme.camera", () -> allocations, 20480);
      AllocationService other = core.allocations(core.bundle(21, "com.acme.display"));
      assertQuota("heap system", () -> other, 53248);
      assertEquals(16384, core.info("system").liveBytes);
      assertEquals("uid:1000", core.registry().buffers().get(0).account);
      other.allocate("system", 49152).close();
      assertTrue(first.isOpen());
    }
    allocations.forAccount("uid:1000").allocate("system", 16384).close();
  }

  @Test
  void whereAQuotaAppliesAHeapIsToldToGiveWhatWasAskedFor() throws HeapException {
    config.quotas = new String[] {"bundle:com.acme.camera=32768"};
    core.configure(config);
    allocations.allocate("system", 4096).close();
    assertEquals(4096, heap.mostBytes, "the bundle has a quota");
    AllocationService other = core.allocations(core.bundle(21, "com.acme.display"));
    other.forAccount("uid:1000").allocate("system", 4096).close();
    assertEquals(4096, heap.mostBytes, "whoever keeps the account may have a quota for it");
    other.allocate("system", 4096).close();
    assertTrue(heap.mostBytes > 1 << 30, "the machine's budget alone: " + heap.mostBytes);
    config.quotas = new String[] {"heap:system=65536"};
    core.configure(config);
    other.allocate("system", 4096).close();
    assertEquals(4096, heap.mostBytes, "the heap has a quota");
  }

  private interface Services {
    AllocationService get();
  }

  private void assertQuota(String of, Services service, long size) {
    HeapException refusal =
        assertThrows(HeapException.class, () -> service.get().allocate("system", size));
    assertEquals(Errno.EDQUOT.number(), refusal.errno());
    assertTrue(refusal.getMessage().contains("quota of " + of), refusal.getMessage());
  }

  @Test
  void quotasAreListedWithWhatIsChargedToThem() throws HeapException {
    config.quotas =
        new String[] {"account:uid:1000=16384, heap:a,b=7,bundle:com.acme.camera=32768"};
    core.configure(config);
    try (DmaBuf first = allocations.forAccount("uid:1000").allocate("system", 8192)) {
      assertTrue(first.isOpen());
      assertEquals(
          List.of(
              "account uid:1000 8192 16384",
              "bundle com.acme.camera 8192 32768",
              "heap a,b 0 7",
              "heap system 8192 " + Long.MAX_VALUE),
          listed());
    }
    assertTrue(listed().contains("account uid:1000 0 16384"), () -> listed().toString());
  }

  private List<String> listed() {
    return core.registry().quotas().stream()
        .map(q -> q.kind + " " + q.name + " " + q.usedBytes + " " + q.limitBytes)
        .toList();
  }

  @Test
  void aBadConfigurationIsRefusedAndTheLastGoodOneStays() {
    config.quotas = new String[] {"heap:system=4096"};
    core.configure(config);
    config.quotas = new String[] {"heap:system"};
    core.configure(config);
    assertEquals(4096, core.info("system").limitBytes);
    config.quotas = new String[] {};
    config.total = -1;
    core.configure(config);
    assertEquals(4096, core.info("system").limitBytes);
    assertTrue(core.logged.toString().contains("total.max.bytes = -1"), core.logged.toString());
  }

  @Test
  void whatTheHeapRefusesIsToldAndNothingStaysCharged() {
    heap.onAllocate =
        () -> {
          throw new HeapException("allocating from /dev/dma_heap/system", Errno.ENOMEM);
        };
    HeapException refusal =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 4096));
    assertTrue(Errno.ENOMEM.is(refusal));
    assertEquals(0, core.info("system").liveBytes);
    assertEquals(1, core.info("system").failures);
  }

  @Test
  void errorsInAHeapHurtOnlyTheCallAndNameTheHeap() throws HeapException {
    heap.onAllocate =
        () -> {
          throw new StackOverflowError("deep");
        };
    HeapException failure =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 4096));
    assertTrue(Errno.EIO.is(failure));
    assertTrue(failure.getMessage().contains("heap system threw"), failure.getMessage());
    heap.onAllocate = () -> {};
    allocations.allocate("system", 4096).close();
  }

  @Test
  void aHeapThatGivesNothingOrTooLittleIsFoundOut() {
    heap.returnsNull = true;
    HeapException nothing =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 4096));
    assertTrue(nothing.getMessage().contains("gave null"), nothing.getMessage());
    heap.returnsNull = false;
    heap.extraBytes = -4096;
    HeapException little =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 8192));
    assertTrue(little.getMessage().contains("only 4096 bytes"), little.getMessage());
    assertEquals(1, heap.releases.get());
  }

  @Test
  void aLargerBufferThanAskedForIsChargedWhole() throws HeapException {
    heap.extraBytes = 61440;
    try (DmaBuf buffer = allocations.allocate("system", 4096)) {
      assertEquals(65536, buffer.size());
      assertEquals(65536, core.info("system").liveBytes);
      assertEquals(65536, core.registry().buffers().get(0).sizeBytes);
    }
    config.bundle = 16384;
    core.configure(config);
    HeapException refusal =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 4096));
    assertTrue(Errno.EDQUOT.is(refusal));
    assertEquals(2, heap.releases.get());
  }

  @Test
  void aHeapIsFoundByNameAliasAndFilter() throws HeapException {
    for (String name : new String[] {"system", "sys", "(dmabuf.heap.backing=fake)"}) {
      try (DmaBuf buffer = allocations.allocate(name, 1)) {
        assertEquals("system", buffer.heap());
      }
    }
  }

  @Test
  void ofTwoHeapsOfOneNameTheHigherRankingServes() throws HeapException {
    FakeHeap better = core.heap(new FakeHeap(), "system", 10);
    allocations.allocate("system", 1).close();
    assertEquals(1, better.allocateCalls.get());
    assertEquals(0, heap.allocateCalls.get());
    core.remove(better);
    allocations.allocate("system", 1).close();
    assertEquals(1, heap.allocateCalls.get());
  }

  @Test
  void aNameGoesBeforeAnAlias() throws HeapException {
    FakeHeap named = core.heap(new FakeHeap(), "sys", -5);
    allocations.allocate("sys", 1).close();
    assertEquals(1, named.allocateCalls.get());
    assertEquals(0, core.info("system").aliases.length);
  }

  @Test
  void aMissingHeapIsToldWithThoseThatAreThere() {
    HeapException missing =
        assertThrows(HeapException.class, () -> allocations.allocate("cma", 4096));
    assertTrue(Errno.ENODEV.is(missing));
    assertTrue(missing.getMessage().contains("available: system"), missing.getMessage());
  }

  @Test
  void anUnavailableHeapIsNotPublishedAndTheReasonIsTold() {
    heap.status = HeapStatus.unusable("EACCES: /dev/dma_heap/system, mode 0600");
    heap.statusChanged.run();
    Core.await("the allocator is withdrawn", () -> !core.isPublished("system"));
    HeapException missing =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 4096));
    assertTrue(missing.getMessage().contains("mode 0600"), missing.getMessage());
    heap.status = HeapStatus.usable();
    heap.statusChanged.run();
    Core.await("the allocator is back", () -> core.isPublished("system"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "..", "zwölf", "a b"})
  void aHeapWhoseNameIsNoneIsListedWithTheReasonAndNotPublished(String name) {
    core.heap(new FakeHeap(), name, 0);
    assertTrue(
        core.registry().heaps().stream().anyMatch(i -> i.reason.contains("is no heap name")));
    assertThrows(Exception.class, () -> allocations.allocate(name, 4096));
  }

  @Test
  void aBadFilterIsMisuse() {
    assertThrows(
        IllegalArgumentException.class, () -> allocations.allocate("(dmabuf.heap.name", 4096));
  }
}
