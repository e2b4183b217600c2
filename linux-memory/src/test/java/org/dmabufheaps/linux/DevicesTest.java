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
  void aWatchTellsOfNodesThatComeAndGoOnceEach() throws Exception {
    Path heaps = directory.resolve("dma_heap");
    Path udmabuf = directory.resolve("udmabuf");
    AtomicInteger told = new AtomicInteger();
    Watch watch = new DeviceWatch(List.of(udmabuf), heaps, () -> "", told::incrementAndGet);
    try {
      assertEquals(0, told.get());
      Files.createDirectory(heaps);
      Files.writeString(heaps.resolve("system"), "");
      Files.writeString(heaps.resolve("reserved"), "");
      Ends.soon("the first call", () -> told.get() == 1);
      Files.delete(heaps.resolve("system"));
      Ends.soon("the second call", () -> told.get() == 2);
      Files.writeString(udmabuf, "");
      Ends.soon("the third call", () -> told.get() == 3);
      Files.setPosixFilePermissions(udmabuf, PosixFilePermissions.fromString("rw-rw-rw-"));
      Ends.soon("the fourth call", () -> told.get() == 4);
      Files.writeString(directory.resolve("null"), "of no interest");
      Files.delete(heaps.resolve("reserved"));
      Ends.soon("the fifth call", () -> told.get() == 5);
    } finally {
      watch.close();
    }
    Files.writeString(heaps.resolve("late"), "");
    assertEquals(5, told.get());
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
