// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.dmabufheaps.HeapInfo;
import org.junit.jupiter.api.Test;

class NeedsTest {
  private static final HeapInfo MEMFD = heap("fallback", "memfd", false);
  private static final HeapInfo SYSTEM = heap("system", "dma-buf", false);
  private static final HeapInfo RESERVED = heap("reserved", "dma-buf", true);
  private static final HeapInfo CAMERA = heap("camera", "dma-buf", true);

  private static HeapInfo heap(String name, String exports, boolean contiguous) {
    HeapInfo heap = new HeapInfo();
    heap.name = name;
    heap.available = true;
    heap.properties =
        Map.of(
            "dmabuf.heap.name", name,
            "dmabuf.heap.exports", exports,
            "dmabuf.heap.contiguous", contiguous);
    return heap;
  }

  @Test
  void whatBothNeedIsWhatEitherNeeds() {
    List<HeapInfo> heaps = List.of(MEMFD, SYSTEM, RESERVED, CAMERA);
    assertEquals("here: camera, reserved, system", Needs.DMA_BUF.served(heaps));
    assertEquals("here: camera, reserved", Needs.CONTIGUOUS.served(heaps));
    Needs named = new Needs("(!(dmabuf.heap.name=camera))");
    assertEquals("here: reserved", Needs.CONTIGUOUS.and(named).served(heaps));
    assertEquals("here: reserved", named.and(Needs.CONTIGUOUS).served(heaps));
  }

  @Test
  void theSameNeedTwiceIsOne() {
    assertEquals(
        "(dmabuf.heap.exports=dma-buf)",
        Needs.DMA_BUF.and(new Needs("(dmabuf.heap.exports=dma-buf)")).filter());
  }

  @Test
  void aHeapThatIsUnavailableServesNobody() {
    HeapInfo gone = heap("gone", "dma-buf", true);
    gone.available = false;
    String said = Needs.CONTIGUOUS.served(List.of(MEMFD, SYSTEM, gone));
    assertTrue(said.startsWith("no heap here is such"), said);
  }

  @Test
  void aFilterThatIsNoneIsRefused() {
    Needs broken = new Needs("(dmabuf.heap.name=");
    assertThrows(IllegalArgumentException.class, () -> broken.served(List.of(SYSTEM)));
  }
}
