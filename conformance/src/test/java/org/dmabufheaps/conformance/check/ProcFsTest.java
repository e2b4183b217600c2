// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcFsTest {
  private final ProcFs proc = new ProcFs();

  @TempDir Path dir;

  @Test
  void thePageSizeIsAPowerOfTwo() throws IOException {
    long page = proc.pageSize();
    assertTrue(page >= 4096 && Long.bitCount(page) == 1, "page size " + page);
  }

  @Test
  void aDescriptorIsDescribedByItsLinkAndStat() throws IOException {
    Path file = Files.write(dir.resolve("file"), new byte[123]);
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
      Descriptor descriptor = proc.descriptor(fdOf(file));
      assertEquals(file.toRealPath().toString(), descriptor.target());
      assertEquals(((Number) Files.getAttribute(file, "unix:ino")).longValue(), descriptor.inode());
      assertEquals(open.length(), descriptor.size());
      assertEquals("", descriptor.exporter());
      assertEquals(descriptor.target(), descriptor.kind());
    }
  }

  @Test
  void closeOnExecIsReadFromFdinfo() throws IOException {
    Path self = fakeSelf("flags:\t02100002\n");
    assertTrue(new ProcFs(self).descriptor(5).closeOnExec());
    assertFalse(new ProcFs(fakeSelf("flags:\t0100002\n")).descriptor(5).closeOnExec());
  }

  @Test
  void aDmaBufIsKnownByItsExporter() throws IOException {
    String info =
        "pos:\t0\nflags:\t02000002\nsize:\t4096\ncount:\t1\nexp_name:\tsystem\nname:\tmy name\n";
    Descriptor descriptor = new ProcFs(fakeSelf(info)).descriptor(5);
    assertEquals("dma-buf", descriptor.kind());
    assertEquals("system", descriptor.exporter());
    assertEquals("my name", descriptor.label());
  }

  private Path fakeSelf(String fdinfo) throws IOException {
    Path self = Files.createTempDirectory(dir, "self");
    Path memory = Files.write(self.resolve("memory"), new byte[8]);
    Files.createSymbolicLink(Files.createDirectory(self.resolve("fd")).resolve("5"), memory);
    Files.writeString(Files.createDirectory(self.resolve("fdinfo")).resolve("5"), fdinfo);
    return self;
  }

  @Test
  void aClosedDescriptorIsNoSuchFile() {
    assertThrows(NoSuchFileException.class, () -> proc.descriptor(Integer.MAX_VALUE));
  }

  @Test
  void usageCountsDescriptorsThatAreOpen() throws IOException {
    long before = proc.usage().descriptors();
    Path file = Files.createFile(dir.resolve("one"));
    try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ)) {
      assertTrue(open.isOpen());
      assertTrue(proc.usage().descriptors() > before);
    }
  }

  @Test
  void usageCountsBuffersAndLeavesOutTheCollector() throws IOException {
    Path self = fakeSelf("flags:\t0\n");
    Path fd = self.resolve("fd");
    Files.createSymbolicLink(fd.resolve("6"), Path.of("/dmabuf:frame"));
    Files.createSymbolicLink(fd.resolve("7"), Path.of("/memfd:dmabuf-heaps (deleted)"));
    Files.createSymbolicLink(fd.resolve("8"), Path.of("/memfd:java_heap (deleted)"));
    Files.writeString(
        self.resolve("maps"),
        """
        7f0000000000-7f0000001000 rw-s 00000000 00:0e 11                 /dmabuf:frame
        7f0000001000-7f0000002000 rw-s 00000000 00:01 12                 /memfd:x y (deleted)
        7f0000002000-7f0000003000 rw-s 00000000 00:01 13                 /memfd:java_heap (deleted)
        7f0000003000-7f0000004000 rw-p 00000000 00:00 0
        """);
    assertEquals(new ProcessFacts.Usage(4, 2, 2), new ProcFs(self).usage());
  }

  @Test
  void aMappingIsParsedUpToTheTopOfTheAddressSpace() {
    assertEquals(
        new Mapping(0xffffffffff600000L, 0xffffffffff601000L, 0, "[vsyscall]"),
        Mapping.parse("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]"));
  }

  @Test
  void anOrdinaryFileCanBeTruncated() throws IOException {
    Path file = Files.write(dir.resolve("cut"), new byte[10]);
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      assertTrue(proc.truncate(fdOf(file)));
      assertEquals(0, open.length());
    }
  }

  @Test
  void framesAreReadFromThePagemapAndHiddenOnesAreNone() throws IOException {
    long present = 1L << 63;
    Mapping mapping = new Mapping(4096, 3 * 4096, 1, "");
    assertArrayEquals(new long[] {0x20, 0x21}, frames(mapping, 0, present | 0x20, present | 0x21));
    assertArrayEquals(new long[0], frames(mapping, 0, present, present));
    assertArrayEquals(new long[0], frames(mapping, 0, present | 0x20, 0x21));
  }

  private long[] frames(Mapping mapping, long... entries) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(entries.length * 8).order(ByteOrder.nativeOrder());
    for (long entry : entries) {
      bytes.putLong(entry);
    }
    Path file = Files.write(dir.resolve("pagemap"), bytes.array());
    return PageMap.frames(file, mapping, 4096);
  }

  private static int fdOf(Path file) throws IOException {
    try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
      return links
          .filter(link -> linksTo(link, file))
          .mapToInt(link -> Integer.parseInt(link.getFileName().toString()))
          .findFirst()
          .orElseThrow();
    }
  }

  private static boolean linksTo(Path link, Path file) {
    try {
      return Files.readSymbolicLink(link).equals(file.toRealPath());
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }
}
