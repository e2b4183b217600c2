// SPDX-License-Identifier: Apache-2.0
package com.acme.heap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.Logger;

/** The heap on real memory, without a container. */
class AcmeHeapTest {

  /** The configuration, as Declarative Services would give it. */
  private record Config(long max_bytes) implements AcmeHeapConfig {
    @Override
    public String dmabuf_heap_name() {
      return "acme";
    }

    @Override
    public Class<? extends Annotation> annotationType() {
      return AcmeHeapConfig.class;
    }
  }

  private static AcmeHeap heap(long maxBytes) throws HeapException {
    Logger silent =
        (Logger)
            Proxy.newProxyInstance(
                Logger.class.getClassLoader(),
                new Class<?>[] {Logger.class},
                (proxy, method, arguments) -> null);
    return new AcmeHeap(new Config(maxBytes), LinuxMemory.open(), silent);
  }

  @Test
  void givesZeroedMemoryOfTheSizeThatWasAskedFor() throws HeapException {
    DmaBufOps buffer = heap(1 << 20).allocate(AllocationRequest.uncounted(8192));
    View view = buffer.map();
    assertEquals(8192, buffer.size());
    assertEquals(0, view.bytes(0, 8192).getLong(8184));
    view.retire();
    buffer.release();
  }

  @Test
  void refusesMoreThanItsLimitAndNamesTheSetting() throws HeapException {
    AcmeHeap heap = heap(4096);
    HeapException refused =
        assertThrows(HeapException.class, () -> heap.allocate(AllocationRequest.uncounted(8192)));
    assertTrue(Errno.EINVAL.is(refused));
    assertTrue(refused.getMessage().contains("max.bytes = 4096"), refused.getMessage());
  }

  @Test
  void isNotThereWithABadConfigurationAndKeepsTheLastGoodOne() throws HeapException {
    AcmeHeap bad = heap(-1);
    assertFalse(bad.status().available());
    assertTrue(bad.status().reason().contains("max.bytes = -1"), bad.status().reason());
    AcmeHeap good = heap(8192);
    good.modified(new Config(-1));
    assertTrue(good.status().available());
    assertEquals(8192L, good.status().properties().get("dmabuf.heap.max.bytes"));
    assertTrue(good.status().reason().contains("max.bytes = -1"), good.status().reason());
  }
}
