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
  private static final long PRESENT = 1L << 63;
  private static final long MARK = 4711;

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
        new Mapping(0xffffffffff600000L, 0xffffffffff601000L, 0x2000, "[vsyscall]"),
        Mapping.parse("ffffffffff600000-ffffffffff601000 --xp 00002000 00:00 0   [vsyscall]"));
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
  void markedPagesAreFoundInMemfdsAndTheirNumbersReadWhereTheyAreMapped() throws IOException {
    assertArrayEquals(new long[] {0x21, 0x20}, frames("/memfd:x", PRESENT | 0x20, PRESENT | 0x21));
  }

  @Test
  void pagesWhoseNumbersAreNotAllToldAreNotTold() throws IOException {
    assertArrayEquals(new long[0], frames("/memfd:x", PRESENT, PRESENT));
    assertArrayEquals(new long[0], frames("/memfd:x", PRESENT | 0x20, 0x21));
    assertArrayEquals(new long[0], frames("/memfd:x", PRESENT | 0x20));
    assertArrayEquals(new long[0], frames("/memfd:java_heap", PRESENT | 0x20, PRESENT | 0x21));
    assertArrayEquals(new long[0], frames("/dmabuf:x", PRESENT | 0x20, PRESENT | 0x21));
  }

  @Test
  void pagesThatCanNotBeLookedForAreNotTold() throws IOException {
    Path self = marked("/memfd:x", PRESENT | 0x20, PRESENT | 0x21);
    assertArrayEquals(new long[0], new ProcFs(self).frames(MARK + 1, 2), "marked otherwise");
    assertArrayEquals(new long[0], new ProcFs(self).frames(MARK, 3), "one more");
    Files.delete(self.resolve("map_files/3000-5000"));
    assertArrayEquals(new long[0], new ProcFs(self).frames(MARK, 2));
  }

  private long[] frames(String path, long... entries) throws IOException {
    return new ProcFs(marked(path, entries)).frames(MARK, 2);
  }

  /** Pages 1 and 0 of a buffer, in this order, at 0x1000 of a file that is mapped at 0x3000. */
  private Path marked(String path, long... entries) throws IOException {
    Path self = fakeSelf("flags:\t0\n");
    Files.write(self.resolve("auxv"), words(6, 4096));
    Files.writeString(self.resolve("maps"), "3000-5000 rw-s 00001000 00:01 12 " + path + "\n");
    Files.createDirectory(self.resolve("map_files"));
    write(self.resolve("map_files/3000-5000"), 0x1000, MARK, 1);
    write(self.resolve("map_files/3000-5000"), 0x2000, MARK, 0);
    write(self.resolve("mem"), 0x5000, 0);
    write(self.resolve("pagemap"), 3 * 8, entries);
    return self;
  }

  private static void write(Path file, long at, long... values) throws IOException {
    try (FileChannel open =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      open.write(ByteBuffer.wrap(words(values)), at);
    }
  }

  private static byte[] words(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.nativeOrder());
    for (long value : values) {
      bytes.putLong(value);
    }
    return bytes.array();
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
