// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.Errno;
import org.dmabufheaps.linux.LinuxMemory.Watch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NothingLeft.class)
class DevicesTest {
  @TempDir Path directory;

  private final LinuxMemory linux = TestKernel.linux();

  @Test
  void aDeviceThatCanBeOpenedIsUsable() {
    assertEquals(new DeviceNode(Path.of("/dev/null"), true, ""), linux.probe(Path.of("/dev/null")));
  }

  @Test
  void aNodeThatIsNotThereIsSaidSo() {
    assertEquals("ENOENT: no such node", linux.probe(directory.resolve("none")).reason());
    assertEquals(
        "ENOENT: no such node", linux.probe(Path.of("/dev/dma_heap/no-such-heap")).reason());
  }

  @Test
  void whatIsNoDeviceIsNotUsed() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");
    assertTrue(linux.probe(file).reason().contains("a regular file"));
    assertTrue(linux.probe(directory).reason().contains("a directory"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/dev/null"));
    assertFalse(linux.probe(link).usable());
    assertEquals(0, new ProcessBuilder("mkfifo", directory + "/fifo").start().waitFor());
    assertTrue(linux.probe(directory.resolve("fifo")).reason().contains("a pipe"));
  }

  @Test
  void missingPermissionIsExplained() throws Exception {
    Kernel locked =
        TestKernel.with(
            TestKernel.watched(
                (name, arguments) -> name.equals("open") ? Errno.EACCES.number() : 0));
    Path node = Files.writeString(directory.resolve("node"), "");
    Files.setPosixFilePermissions(node, PosixFilePermissions.fromString("rw-r-----"));
    String owner = Files.getOwner(node).getName();
    String reason = Devices.probe(locked, node).reason();
    assertTrue(reason.startsWith("EACCES: owner " + owner + ", group "), reason);
    assertTrue(reason.contains(", mode 0640; add a udev rule"), reason);
  }

  @Test
  void heapNamesAreSorted() throws Exception {
    assertEquals(List.of(), Devices.heapNames(directory.resolve("none")));
    Files.writeString(directory.resolve("system"), "");
    Files.writeString(directory.resolve("linux,cma@50000000"), "");
    assertEquals(List.of("linux,cma@50000000", "system"), Devices.heapNames(directory));
  }

  @Test
  void aWatchTellsOfNodesThatComeGoAndChangeOnceEach() throws Exception {
    Path heaps = directory.resolve("dma_heap");
    Path udmabuf = directory.resolve("udmabuf");
    AtomicInteger told = new AtomicInteger();
    AtomicInteger looks = new AtomicInteger();
    Watch watch = watch(udmabuf, heaps, looks, told);
    try {
      assertEquals(0, told.get());
      tells(told, () -> Files.createFile(Files.createDirectory(heaps).resolve("system")));
      tells(told, () -> Files.createFile(heaps.resolve("reserved")));
      tells(told, () -> Files.delete(heaps.resolve("system")));
      tells(told, () -> Files.createFile(udmabuf));
      tells(
          told,
          () ->
              Files.setPosixFilePermissions(udmabuf, PosixFilePermissions.fromString("rw-rw-rw-")));
      tells(told, () -> Files.delete(heaps.resolve("reserved")));
      for (String other : List.of("null", "zero")) {
        // By the second look the first has told what it had to tell.
        int seen = looks.get();
        Files.writeString(directory.resolve(other), "of no interest");
        Ends.soon("a look", () -> looks.get() > seen);
      }
      assertEquals(6, told.get());
    } finally {
      watch.close();
    }
    Files.writeString(heaps.resolve("late"), "");
    assertEquals(6, told.get());
  }

  @Test
  void aWatchTellsOnceMoreWhereItWasAskedTo() throws Exception {
    AtomicInteger told = new AtomicInteger();
    AtomicInteger looks = new AtomicInteger();
    Path heaps = Files.createDirectory(directory.resolve("dma_heap"));
    try (Watch watch = watch(directory.resolve("udmabuf"), heaps, looks, told)) {
      watch.again();
      tells(told, () -> Files.writeString(directory.resolve("null"), "of no interest"));
      int seen = looks.get();
      Files.writeString(directory.resolve("zero"), "of no interest");
      Ends.soon("two looks", () -> looks.get() > seen + 1);
      assertEquals(1, told.get());
    }
  }

  private static Watch watch(Path node, Path heaps, AtomicInteger looks, AtomicInteger told) {
    return new DeviceWatch(
        List.of(node),
        heaps,
        () -> {
          looks.incrementAndGet();
          return "";
        },
        told::incrementAndGet);
  }

  private interface Change {
    void make() throws Exception;
  }

  private static void tells(AtomicInteger told, Change change) throws Exception {
    int before = told.get();
    change.make();
    Ends.soon("a call", () -> told.get() > before);
  }

  @Test
  void aWatchMayBeClosedByItsOwnCallbackAndOutlivesAnException() throws Exception {
    List<Watch> watch = new CopyOnWriteArrayList<>();
    AtomicInteger told = new AtomicInteger();
    watch.add(
        new DeviceWatch(
            List.of(directory.resolve("udmabuf")),
            directory.resolve("dma_heap"),
            () -> "",
            () -> {
              if (told.incrementAndGet() == 1) {
                throw new IllegalStateException("expected in the log");
              }
              watch.get(0).close();
            }));
    Files.writeString(directory.resolve("udmabuf"), "");
    Ends.soon("the first call", () -> told.get() == 1);
    Files.delete(directory.resolve("udmabuf"));
    Ends.soon("the second call", () -> told.get() == 2);
    watch.get(0).close();
  }
}
