// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Outcome;
import org.dmabufheaps.conformance.Progress;
import org.dmabufheaps.conformance.Report;
import org.dmabufheaps.conformance.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KitTest {
  private static final Options QUICK =
      Options.standard().withRounds(16).withLimitPerCheck(Duration.ofSeconds(20));

  private static Report check(FakeMachine machine, Options options) throws HeapException {
    return kit(machine).check("acme", options, Progress.NONE);
  }

  private static Kit kit(FakeMachine machine) {
    return new Kit(machine, machine, () -> null, machine, 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dma-buf", "memfd", "none"})
  void aGoodHeapPasses(String exports) throws HeapException {
    FakeMachine machine = new FakeMachine(exports);
    Report report = check(machine, QUICK);
    assertEquals(List.of(), report.failures());
    assertTrue(report.passed());
    assertEquals(Catalogue.CHECKS.size(), report.results().size());
    assertEquals(List.of(), machine.open());
    assertEquals(0, machine.descriptors.size());
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void aFaultyHeapFailsTheCheckOfItsFault(Fault fault) throws HeapException {
    FakeMachine machine = new FakeMachine(exports(fault), fault);
    Options options =
        fault == Fault.BLOCKS ? QUICK.withLimitPerCheck(Duration.ofMillis(100)) : QUICK;
    Result result = check(machine, options.withOnly(fault.check)).results().get(0);
    assertEquals(fault.check, result.check());
    assertEquals(Outcome.FAIL, result.outcome(), result::detail);
  }

  private static String exports(Fault fault) {
    return switch (fault) {
      case EXPORTS_AGAINST_PROPERTY -> "none";
      case UNSEALED -> "memfd";
      default -> "dma-buf";
    };
  }

  @Test
  void aFailureTellsWhatWasExpectedAndSeen() throws HeapException {
    Report report = check(new FakeMachine("dma-buf", Fault.DIRTY), QUICK);
    Result first = report.failures().get(0);
    assertTrue(
        first.detail().contains("expected 0x00 at offset 0; saw 0x77 there")
            || first.detail().contains("saw 119"),
        first::detail);
  }

  @Test
  void aHeapThatExportsNothingSkipsWhatNeedsDescriptors() throws HeapException {
    Report report = check(new FakeMachine("none"), QUICK);
    Result result =
        report.results().stream()
            .filter(r -> r.check().equals(Fault.NO_CLOEXEC.check))
            .findFirst()
            .orElseThrow();
    assertEquals(Outcome.SKIP, result.outcome());
    assertEquals("the heap exports nothing", result.detail());
  }

  @Test
  void aBlockedCallIsNamedAndEndsTheRun() throws HeapException {
    Duration limit = Duration.ofMillis(100);
    Report report;
    // A slow machine may not have come to the call that blocks before the limit is over.
    do {
      report = check(new FakeMachine("dma-buf", Fault.BLOCKS), QUICK.withLimitPerCheck(limit));
      limit = limit.multipliedBy(2);
    } while (!report.failures().get(0).detail().contains("FakeMachine.block")
        && limit.compareTo(Duration.ofSeconds(30)) < 0);
    assertTrue(report.failures().get(0).detail().contains("FakeMachine.block"));
    assertEquals(1, report.failures().size());
    assertEquals(Catalogue.CHECKS.size() - 1, report.count(Outcome.SKIP));
  }

  @Test
  void aSecondRunAtTheSameTimeIsRefused() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Kit kit = kit(new FakeMachine("dma-buf"));
    FutureTask<Report> first = new FutureTask<>(() -> kit.check("acme", QUICK, held(started, go)));
    new Thread(first).start();
    assertTrue(started.await(10, TimeUnit.SECONDS));
    assertThrows(IllegalStateException.class, () -> kit.check("acme", QUICK, Progress.NONE));
    go.countDown();
    assertTrue(first.get(30, TimeUnit.SECONDS).passed());
    assertTrue(kit.check("acme", QUICK, Progress.NONE).passed());
  }

  private static Progress held(CountDownLatch started, CountDownLatch go) {
    return result -> {
      started.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  @Test
  void anInterruptEndsTheRunAndStaysSet() throws HeapException {
    FakeMachine machine = new FakeMachine("dma-buf");
    Thread.currentThread().interrupt();
    Report report = check(machine, QUICK);
    assertTrue(Thread.interrupted());
    assertFalse(report.passed());
    assertEquals(Catalogue.CHECKS.size() - 1, report.count(Outcome.SKIP));
  }

  @Test
  void aRunThatIsInterruptedHalfWayHasNotPassed() throws HeapException {
    Progress afterTwo =
        result -> {
          if (result.check().equals(Catalogue.CHECKS.get(1).name())) {
            Thread.currentThread().interrupt();
          }
        };
    Report report = kit(new FakeMachine("dma-buf")).check("acme", QUICK, afterTwo);
    assertTrue(Thread.interrupted());
    assertEquals(2, report.count(Outcome.PASS));
    assertEquals("interrupted", report.failures().get(0).detail());
    assertFalse(report.passed());
  }

  @Test
  void aHeapIsFoundByNameAliasAndFilter() throws HeapException {
    for (String name : List.of("acme", "roadrunner", "(dmabuf.heap.contiguous=true)")) {
      assertEquals("acme", kit(new FakeMachine("none")).check(name, QUICK, r -> {}).heap());
    }
  }

  @Test
  void anUnknownHeapIsRefusedWithTheOnesThereAre() {
    HeapException refused =
        assertThrows(
            HeapException.class,
            () -> kit(new FakeMachine("none")).check("coyote", QUICK, Progress.NONE));
    assertEquals(
        "checking heap coyote: there is no such heap, available: acme: ENODEV",
        refused.getMessage());
    assertTrue(Errno.ENODEV.is(refused));
  }

  @Test
  void anUnavailableHeapIsRefusedWithItsReason() {
    FakeMachine machine = new FakeMachine("none");
    machine.info.available = false;
    machine.info.reason = "no node";
    HeapException refused = assertThrows(HeapException.class, () -> check(machine, QUICK));
    assertEquals("checking heap acme: it is unavailable, no node: ENODEV", refused.getMessage());
  }

  @Test
  void aSlowHeapGetsFewerRoundsAndTheReportSaysSo() throws HeapException {
    Options options = QUICK.withRounds(1_000_000).withLimitPerCheck(Duration.ofSeconds(2));
    // A millisecond for each allocation.
    FakeMachine machine = new FakeMachine("none", Fault.ONE_AT_A_TIME);
    Report report = check(machine, options.withOnly("repeated allocation"));
    Result result = report.results().get(0);
    assertEquals(Outcome.PASS, result.outcome(), result::detail);
    assertTrue(result.detail().matches("time for \\d+ of 1000000 rounds of 4096 bytes; .*"));
  }

  @Test
  void checksCanBePicked() throws HeapException {
    Report report = check(new FakeMachine("none"), QUICK.withOnly("zero on arrival"));
    assertEquals(1, report.results().size());
    assertTrue(report.passed());
    FakeMachine machine = new FakeMachine("none");
    assertThrows(
        IllegalArgumentException.class, () -> check(machine, QUICK.withOnly("nothing at all")));
  }

  @Test
  void aBadFilterIsMisuse() {
    Kit kit = kit(new FakeMachine("none"));
    assertThrows(IllegalArgumentException.class, () -> kit.check("(a", QUICK, Progress.NONE));
  }

  @Test
  void progressIsToldOfEachCheckBeforeAndAfter() throws HeapException {
    List<String> told = new ArrayList<>();
    kit(new FakeMachine("none"))
        .check(
            "acme",
            QUICK,
            new Progress() {
              @Override
              public void started(String check) {
                told.add("> " + check);
              }

              @Override
              public void finished(Result result) {
                told.add("< " + result.check());
              }
            });
    List<String> expected = new ArrayList<>();
    for (Check check : Catalogue.CHECKS) {
      expected.add("> " + check.name());
      expected.add("< " + check.name());
    }
    assertEquals(expected, told);
  }

  @Test
  void everyFaultHasACheckAndEveryNameIsDifferent() {
    List<String> names = kit(new FakeMachine("none")).checks();
    assertEquals(names.size(), names.stream().distinct().count());
    for (Fault fault : Fault.values()) {
      assertTrue(names.contains(fault.check), fault.check);
    }
  }
}
