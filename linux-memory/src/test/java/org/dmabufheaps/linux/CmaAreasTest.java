// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counters in a directory stand for the kernel's. */
class CmaAreasTest {
  private static final int PAGE = 4096;

  @TempDir Path root;

  @BeforeEach
  void meminfo() throws Exception {
    Files.createDirectories(root.resolve("proc"));
    Files.writeString(root.resolve("proc/meminfo"), "MemTotal: 4 kB\nCmaTotal:  65536 kB\n");
  }

  private void area(String name, long allocated) {
    try {
      Path area = Files.createDirectories(root.resolve("sys/kernel/mm/cma").resolve(name));
      Files.writeString(area.resolve("alloc_pages_success"), allocated + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long counter(String name) {
    try {
      Path area = root.resolve("sys/kernel/mm/cma").resolve(name);
      return Long.parseLong(Files.readString(area.resolve("alloc_pages_success")).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CmaAreas kernel(Map<String, String> areaOfNode, Runnable others) {
    return new CmaAreas(
        root,
        (node, count) -> {
          String area = areaOfNode.get(node);
          if (area != null) {
            area(area, counter(area) + count);
          }
          others.run();
        });
  }

  @Test
  void anAllocationShowsWhereItCameFrom() throws Exception {
    area("reserved", 1000);
    area("video", 7);
    Files.writeString(root.resolve("sys/kernel/mm/cma/video/total_pages"), "2048\n");
    CmaAreas areas = kernel(Map.of("default_cma_region", "reserved", "camera", "video"), () -> {});
    assertEquals(Optional.of(new CmaArea("reserved", 0)), areas.of("default_cma_region", PAGE));
    assertEquals(Optional.of(new CmaArea("video", 8 << 20)), areas.of("camera", PAGE));
    assertEquals(Optional.empty(), areas.of("system", PAGE), "whatever it is called");
    assertEquals(Optional.empty(), areas.of("reserved", PAGE), "whatever it is called");
  }

  @Test
  void whatOthersTakeMeanwhileIsNotTakenForOurs() throws Exception {
    area("reserved", 0);
    area("busy", 0);
    CmaAreas areas = kernel(Map.of("cam", "reserved"), () -> area("busy", counter("busy") + 1));
    assertEquals(Optional.of(new CmaArea("reserved", 0)), areas.of("cam", PAGE));
    assertEquals(Optional.empty(), areas.of("system", PAGE), "one page is not three");
  }

  @Test
  void whereOthersTakeMoreAllTheTimeNobodyCanTell() throws Exception {
    area("reserved", 0);
    area("busy", 0);
    CmaAreas areas = kernel(Map.of("cam", "reserved"), () -> area("busy", counter("busy") + 1000));
    HeapException e = assertThrows(HeapException.class, () -> areas.of("system", PAGE));
    assertEquals(Errno.EAGAIN.number(), e.errno(), "not CMA, and not none either");
    assertEquals(Optional.of(new CmaArea("reserved", 0)), areas.of("cam", PAGE));
  }

  @Test
  void whoeverTakesFromTheSameAreaAtTimesDelaysTheAnswerOnly() throws Exception {
    area("reserved", 0);
    AtomicInteger calls = new AtomicInteger();
    CmaAreas areas =
        kernel(
            Map.of("cam", "reserved"),
            () -> {
              if (calls.incrementAndGet() % 2 == 1) {
                area("reserved", counter("reserved") + 7);
              }
            });
    assertEquals(Optional.of(new CmaArea("reserved", 64 << 20)), areas.of("cam", PAGE));
  }

  @Test
  void countersThatCanNotBeReadAreNoCountersOfZero() throws Exception {
    area("reserved", 0);
    Path counter = root.resolve("sys/kernel/mm/cma/reserved/alloc_pages_success");
    CmaAreas areas =
        new CmaAreas(
            root,
            (node, count) -> {
              try {
                Files.writeString(counter, "");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    HeapException e = assertThrows(HeapException.class, () -> areas.of("reserved", PAGE));
    assertEquals(Errno.EIO.number(), e.errno());
  }

  @Test
  void anOnlyAreaHasAllThatThereIs() throws Exception {
    area("reserved", 0);
    CmaAreas areas = kernel(Map.of("reserved", "reserved"), () -> {});
    assertEquals(Optional.of(new CmaArea("reserved", 64 << 20)), areas.of("reserved", PAGE));
  }

  @Test
  void withoutCountersTheNamesOfTheDefaultAreaAreBelieved() throws Exception {
    CmaAreas areas = kernel(Map.of(), () -> {});
    for (String node : new String[] {"reserved", "linux,cma", "linux,cma@50000000"}) {
      assertEquals(Optional.of(new CmaArea("default", 64 << 20)), areas.of(node, PAGE));
    }
    assertEquals(Optional.empty(), areas.of("system", PAGE));
    assertEquals(Optional.empty(), areas.of("video", PAGE));
  }

  @Test
  void aNodeThatCanNotBeAskedIsAnError() {
    area("reserved", 0);
    CmaAreas areas =
        new CmaAreas(
            root,
            (node, count) -> {
              throw new HeapException("opening " + node, Errno.EACCES);
            });
    assertThrows(HeapException.class, () -> areas.of("reserved", PAGE));
  }
}
