// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Progress;
import org.dmabufheaps.conformance.Report;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;

/** The vendor's carveout and chunk heaps, from their jars, each by factory configurations. */
public class VendorRegionsIT extends VendorTest {
  private static final int MIB = 1 << 20;
  private static final String CARVEOUT = "com.acme.carveout";
  private static final String CHUNK = "com.acme.chunk";

  private final List<DmaBuf> buffers = new ArrayList<>();
  private FactoryConfigurations configurations;
  private Bundle carveout;
  private Bundle chunk;

  @Before
  public void startBoth() throws Exception {
    configurations = new FactoryConfigurations(context);
    carveout = TestBundle.of(Vendor.carveout()).start(context);
    chunk = TestBundle.of(Vendor.chunk()).start(context);
  }

  @After
  public void deleteConfigurations() throws Exception {
    buffers.forEach(DmaBuf::close);
    configurations.close();
    await("their heaps have gone", () -> books().heaps().size() == 1);
    assertOthersWork();
  }

  private void carveout(String name, long bytes) throws Exception {
    configurations.add(CARVEOUT, Map.of("dmabuf.heap.name", name, "bytes", bytes));
    service(HeapAllocator.class, named(name));
  }

  private void chunk(String name, long bytes, long chunkBytes) throws Exception {
    configurations.add(
        CHUNK, Map.of("dmabuf.heap.name", name, "bytes", bytes, "chunk.bytes", chunkBytes));
    service(HeapAllocator.class, named(name));
  }

  private DmaBuf take(String heap, long size) throws HeapException {
    DmaBuf buffer = allocations().allocate(heap, size);
    buffers.add(buffer);
    return buffer;
  }

  private String refusal(String heap, long size) {
    AllocationService allocations = allocations();
    HeapException refused =
        assertThrows(HeapException.class, () -> allocations.allocate(heap, size));
    assertTrue(refused.getMessage(), Errno.ENOMEM.is(refused));
    return refused.getMessage();
  }

  @Test
  public void bothConform() throws Exception {
    carveout("video", 64L * MIB);
    chunk("tiles", 64L * MIB, MIB);
    for (String heap : List.of("video", "tiles")) {
      Report report =
          service(ConformanceKit.class, null)
              .check(
                  heap,
                  Options.standard().withRounds(64).withLargestBytes(16 << 20),
                  Progress.NONE);
      assertEquals(List.of(), report.failures());
      assertEquals("region-memfd", report.backing());
    }
  }

  @Test
  public void eachConfigurationIsAHeapWithMemoryAndBooksOfItsOwn() throws Exception {
    carveout("left", 4L * MIB);
    carveout("right", 2L * MIB);
    assertEquals(6L * MIB, books().ofBudget("takenBytes"));
    take("left", 4L * MIB);
    refusal("left", 1);
    take("right", MIB);
    assertEquals(4L * MIB, books().ofHeap("left", "liveBytes"));
    assertEquals(1L * MIB, books().ofHeap("right", "liveBytes"));
    configurations.remove(0);
    await("left has gone", () -> serviceCount(HeapAllocator.class, named("left")) == 0);
    await("its buffer is revoked", () -> !buffers.get(0).isOpen());
    assertTrue("the other stays", buffers.get(1).isOpen());
    await("its memory is back", () -> books().ofBudget("takenBytes").equals(2L * MIB));
  }

  @Test
  public void aFullRegionSaysWhatIsFreeAndServesAgainWhenMemoryIsBack() throws Exception {
    carveout("video", 4L * MIB);
    take("video", 3L * MIB);
    String refusal = refusal("video", 2L * MIB);
    assertTrue(refusal, refusal.contains(MIB + " bytes are free, in one piece " + MIB));
    buffers.get(0).close();
    take("video", 4L * MIB);
  }

  @Test
  public void aCarveoutIsFragmentedWhereChunksAreNot() throws Exception {
    carveout("video", 8L * MIB);
    chunk("tiles", 8L * MIB, MIB);
    for (String heap : List.of("video", "tiles")) {
      List<DmaBuf> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(take(heap, MIB));
      }
      for (int i = 0; i < 8; i += 2) {
        all.get(i).close();
      }
    }
    String refusal = refusal("video", 2L * MIB);
    assertTrue(refusal, refusal.contains(4 * MIB + " bytes are free, in one piece " + MIB));
    assertEquals(4L * MIB, take("tiles", 4L * MIB - 1).size());
  }

  @Test
  public void memoryIsZeroAgainAndStaleViewsAreNobodysWhenASliceIsUsedAgain() throws Exception {
    carveout("video", MIB);
    for (int round = 0; round < 20; round++) {
      DmaBuf buffer = take("video", MIB);
      ByteBuffer bytes = buffer.beginCpuAccess(Access.READ_WRITE).bytes();
      assertEquals("round " + round, -1, bytes.mismatch(ByteBuffer.allocate(MIB)));
      BusyReader.fill(bytes, round + 1);
      buffer.close();
      DmaBuf next = take("video", MIB);
      bytes.putLong(0, 4711);
      assertEquals(0, next.beginCpuAccess(Access.READ).bytes().getLong(0));
      next.close();
    }
  }

  @Test
  public void aBadConfigurationIsRefusedAndTheLastGoodOneStays() throws Exception {
    carveout("video", MIB);
    DmaBuf buffer = take("video", MIB);
    List<Map<String, Object>> bad =
        List.of(
            Map.of("bytes", -1L),
            Map.of("bytes", "much"),
            Map.of("bytes", Long.MAX_VALUE),
            Map.of("bytes", 1L << 50),
            Map.of("bytes", (long) MIB, "source", "floppy"),
            Map.of("bytes", (long) MIB, "source", "physical", "address", "here"),
            Map.of("bytes", (long) MIB, "source", "physical", "device", "/dev/nowhere"));
    for (Map<String, Object> values : bad) {
      configurations.update(0, "dmabuf.heap.name", "video", values);
      await(
          "the books say so: " + values,
          () -> books().ofHeap("video", "reason").toString().contains("refused"));
      assertEquals(true, books().ofHeap("video", "available"));
      assertTrue("its buffer stays: " + values, buffer.isOpen());
      configurations.update(0, "dmabuf.heap.name", "video", Map.of("bytes", (long) MIB));
      await(
          "it is good again",
          () -> !books().ofHeap("video", "reason").toString().contains("refused"));
    }
    log().await("configuration refused", bad.size());
    assertEquals(1L * MIB, books().ofBudget("takenBytes"));
  }

  @Test
  public void aHeapWhoseConfigurationIsBadAtItsStartIsListedWithTheReason() throws Exception {
    configurations.add(CARVEOUT, Map.of("dmabuf.heap.name", "video", "bytes", "much"));
    configurations.add(
        CHUNK, Map.of("dmabuf.heap.name", "tiles", "bytes", 1L * MIB, "chunk.bytes", 5000L));
    await("all are listed", () -> books().heaps().size() == 3);
    for (String heap : List.of("video", "tiles")) {
      await(
          "it is unavailable, and says why",
          () -> books().ofHeap(heap, "reason").toString().startsWith("configuration refused: "));
      assertEquals(false, books().ofHeap(heap, "available"));
      assertEquals(0, serviceCount(HeapAllocator.class, named(heap)));
    }
    log().await("configuration refused", 2);
  }

  @Test
  public void theirConfigurationsAreDescribed() {
    assertDescribed(carveout, CARVEOUT, "address", "bytes", "device", "dmabuf.heap.name", "source");
    assertDescribed(chunk, CHUNK, "bytes", "chunk.bytes", "dmabuf.heap.name", "source");
  }

  private void assertDescribed(Bundle bundle, String pid, String... keys) {
    var info = service(MetaTypeService.class, null).getMetaTypeInformation(bundle);
    assertEquals(List.of(pid), List.of(info.getFactoryPids()));
    AttributeDefinition[] attributes =
        info.getObjectClassDefinition(pid, null).getAttributeDefinitions(ObjectClassDefinition.ALL);
    assertEquals(
        List.of(keys), Arrays.stream(attributes).map(AttributeDefinition::getID).sorted().toList());
  }

  @Test
  public void onlyWhatIsContiguousSaysSo() throws Exception {
    carveout("video", MIB);
    chunk("tiles", MIB, MIB);
    assertEquals(0, serviceCount(HeapAllocator.class, "(dmabuf.heap.contiguous=true)"));
  }

  @Test
  public void aSliceThatAProcessHoldsIsQuarantinedUntilTheProcessDies() throws Exception {
    String udmabuf = "/dev/udmabuf";
    KernelHas.need(udmabuf, Files.exists(Path.of(udmabuf)), "by it slices are exported");
    carveout("video", 4L * MIB);
    DmaBuf buffer = take("video", 4L * MIB);
    buffer.beginCpuAccess(Access.WRITE).bytes().putLong(0, 42);
    try (Peer peer = Peer.start()) {
      OwnedFd fd = buffer.exportFd();
      peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
      fd.close();
      buffer.close();
      assertEquals("the memory is the process's", 42, peer.get(0));
      assertEquals(4L * MIB, books().ofHeap("video", "quarantinedBytes"));
      assertTrue(refusal("video", 1).contains(4 * MIB + " in quarantine"));
      peer.kill();
    }
    await("it is back", () -> books().ofHeap("video", "quarantinedBytes").equals(0L));
    DmaBuf next = take("video", 4L * MIB);
    assertEquals(0, next.beginCpuAccess(Access.READ).bytes().getLong(0));
  }
}
