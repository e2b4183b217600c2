// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.options;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Outcome;
import org.dmabufheaps.conformance.Progress;
import org.dmabufheaps.conformance.Report;
import org.dmabufheaps.conformance.Result;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.Heap;
import org.junit.Test;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;

/** The conformance kit passes good heaps, and fails each faulty one by the name of the fault. */
public class ConformanceIT extends ContainerTest {
  private static final Options QUICK = Options.standard().withRounds(64).withLargestBytes(16 << 20);

  @Override
  protected Option[] more() {
    return options(built("conformance"));
  }

  private Report check(String heap, Options options) throws Exception {
    return service(ConformanceKit.class, null).check(heap, options, Progress.NONE);
  }

  @Test
  public void theSystemHeapConforms() throws Exception {
    Report report = check("system", QUICK);
    assertEquals(List.of(), report.failures());
    assertTrue(report.toString(), report.count(Outcome.PASS) >= 35);
  }

  @Test
  public void aHeapOfAVendorsConforms() throws Exception {
    Report report = checkFaulty(null, QUICK);
    assertEquals(List.of(), report.failures());
    assertTrue(report.toString(), report.count(Outcome.PASS) >= 35);
  }

  @Test
  public void nullIsNoBuffer() throws Exception {
    fails(HeapFault.GIVES_NULL, "null");
  }

  @Test
  public void anErrorIsNoBuffer() throws Exception {
    fails(HeapFault.THROWS_ERROR, "");
  }

  @Test
  public void aShortBufferIsNoBuffer() throws Exception {
    fails(HeapFault.SHORT_BUFFER, "only 4095 bytes");
  }

  @Test
  public void aHeapThatBlocksIsNamedWithTheCall() throws Exception {
    Duration limit = Duration.ofMillis(300);
    Result result;
    // A slow machine may not have come to the call that blocks before the limit is over.
    do {
      Options options = QUICK.withLimitPerCheck(limit).withOnly(HeapFault.BLOCKS.check);
      result = checkFaulty(HeapFault.BLOCKS, options).results().get(0);
      limit = limit.multipliedBy(2);
    } while (!result.detail().contains("FaultyHeap.awaitEnd")
        && limit.compareTo(Duration.ofSeconds(30)) < 0);
    assertEquals(result.detail(), Outcome.FAIL, result.outcome());
    assertTrue(result.detail(), result.detail().contains("FaultyHeap.awaitEnd"));
  }

  @Test
  public void aSizeThatTheMemoryDoesNotHaveIsNoticed() throws Exception {
    fails(HeapFault.SIZE_LIES, "st_size");
  }

  @Test
  public void unzeroedMemoryIsNoticed() throws Exception {
    fails(HeapFault.UNZEROED, "expected 0x00 at offset 0; saw 0x77");
  }

  @Test
  public void anUnzeroedTailIsNoticed() throws Exception {
    fails(HeapFault.UNZEROED_TAIL, "expected 0x00 at offset 4096; saw 0x77");
  }

  @Test
  public void memoryThatIsUsedAgainUnzeroedIsNoticed() throws Exception {
    fails(HeapFault.UNZEROED_AFTER_REUSE, "expected 0x00 at offset 0; saw 0xaa");
  }

  @Test
  public void memoryThatIsFreedTwiceIsNoticed() throws Exception {
    fails(HeapFault.SAME_MEMORY_TWICE, "at offset 0");
  }

  @Test
  public void aViewThatIgnoresTheOffsetIsNoticed() throws Exception {
    fails(HeapFault.VIEW_IGNORES_OFFSET, QUICK.withLargestBytes(1L << 32), "expected at 0: 1");
  }

  @Test
  public void aViewThatIgnoresTheLengthIsNoticed() throws Exception {
    fails(HeapFault.VIEW_IGNORES_LENGTH, "65536");
  }

  @Test
  public void anExportOfAnotherKindIsNoticed() throws Exception {
    fails(HeapFault.EXPORTS_OTHER_KIND, "expected a descriptor of kind dma-buf; saw memfd");
  }

  @Test
  public void aDescriptorThatChildrenInheritIsNoticed() throws Exception {
    fails(HeapFault.NO_CLOEXEC, "O_CLOEXEC");
  }

  @Test
  public void anExportOfOtherMemoryIsNoticed() throws Exception {
    fails(HeapFault.EXPORTS_OTHER_MEMORY, "expected 0x3c at offset 0; saw 0x00");
  }

  @Test
  public void aMemfdThatAPeerMayShrinkIsNoticed() throws Exception {
    fails(HeapFault.EXPORTS_UNSEALED, "F_SEAL_SHRINK");
  }

  @Test
  public void aStaleViewThatSeesAnotherBufferIsNoticed() throws Exception {
    fails(HeapFault.STALE_VIEW_SEES_OTHERS, "0xb2 in a stale view");
  }

  @Test
  public void aHeapThatServesOneClientAtATimeIsNoticed() throws Exception {
    fails(HeapFault.ONE_AT_A_TIME, "EBUSY");
  }

  @Test
  public void aLeakedDescriptorIsNoticed() throws Exception {
    fails(HeapFault.LEAKS_DESCRIPTOR, "buffer descriptors");
  }

  @Test
  public void aMappingThatStaysIsNoticed() throws Exception {
    fails(HeapFault.KEEPS_MAPPING, "buffer mappings");
  }

  @Test
  public void aReleaseThatThrowsIsNoticed() throws Exception {
    fails(HeapFault.RELEASE_THROWS, "buffer descriptors");
  }

  @Test
  public void aRefusalThatLeaksIsNoticed() throws Exception {
    fails(HeapFault.LEAKS_WHEN_REFUSING, "buffer descriptors");
  }

  @Test
  public void aLeakNowAndThenIsNoticed() throws Exception {
    fails(HeapFault.LEAKS_NOW_AND_THEN, "buffer descriptors");
  }

  private void fails(HeapFault fault, String detail) throws Exception {
    fails(fault, QUICK, detail);
  }

  private void fails(HeapFault fault, Options options, String detail) throws Exception {
    Result result = checkFaulty(fault, options.withOnly(fault.check)).results().get(0);
    assertEquals(fault.check, result.check());
    assertEquals(result.detail(), Outcome.FAIL, result.outcome());
    assertTrue(result.detail(), result.detail().contains(detail));
  }

  private Report checkFaulty(HeapFault fault, Options options) throws Exception {
    try (FaultyHeap heap = new FaultyHeap(service(LinuxMemory.class, null), fault)) {
      ServiceRegistration<Heap> registration =
          context.registerService(
              Heap.class, heap, FrameworkUtil.asDictionary(Map.of(HeapAllocator.NAME, "faulty")));
      try {
        service(HeapAllocator.class, "(dmabuf.heap.name=faulty)");
        return check("faulty", options);
      } finally {
        heap.unblock();
        registration.unregister();
      }
    }
  }
}
