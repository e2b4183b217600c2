// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/** Facts from {@code proc(5)}: plain files, no native call. */
final class ProcFs implements ProcessFacts {
  /** {@code O_CLOEXEC} of {@code include/uapi/asm-generic/fcntl.h}, in octal in fdinfo. */
  private static final int O_CLOEXEC = 02000000;

  /** {@code AT_PAGESZ} of {@code include/uapi/linux/auxvec.h}. */
  private static final long AT_PAGESZ = 6;

  private static final String MEMFD = "/memfd:";

  private final Path self;

  ProcFs() {
    this(Path.of("/proc/self"));
  }

  ProcFs(Path self) {
    this.self = self;
  }

  @Override
  public long pageSize() throws IOException {
    ByteBuffer words =
        ByteBuffer.wrap(Files.readAllBytes(self.resolve("auxv"))).order(ByteOrder.nativeOrder());
    boolean wide = "64".equals(System.getProperty("sun.arch.data.model", "64"));
    while (words.remaining() >= (wide ? 16 : 8)) {
      long key = wide ? words.getLong() : words.getInt();
      long value = wide ? words.getLong() : words.getInt();
      if (key == AT_PAGESZ) {
        return value;
      }
    }
    throw new IOException(self + "/auxv has no page size");
  }

  @Override
  public Descriptor descriptor(int fd) throws IOException {
    Path link = self.resolve("fd").resolve(Integer.toString(fd));
    Map<String, String> info = new HashMap<>();
    for (String line : Files.readAllLines(self.resolve("fdinfo").resolve(Integer.toString(fd)))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        info.putIfAbsent(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return new Descriptor(
        Files.readSymbolicLink(link).toString(),
        ((Number) Files.getAttribute(link, "unix:ino")).longValue(),
        Files.size(link),
        (Long.parseLong(info.getOrDefault("flags", "0"), 8) & O_CLOEXEC) != 0,
        info.getOrDefault("exp_name", ""),
        info.getOrDefault("name", ""));
  }

  @Override
  public boolean truncate(int fd) throws IOException {
    Path link = self.resolve("fd").resolve(Integer.toString(fd));
    try (FileChannel file = FileChannel.open(link, StandardOpenOption.WRITE)) {
      file.truncate(0);
    } catch (IOException refused) {
      return false;
    }
    return Files.size(link) == 0;
  }

  @Override
  public Usage usage() throws IOException {
    long all = 0;
    long buffers = 0;
    try (DirectoryStream<Path> links = Files.newDirectoryStream(self.resolve("fd"))) {
      for (Path link : links) {
        all++;
        if (isBuffer(target(link))) {
          buffers++;
        }
      }
    }
    return new Usage(all, buffers, bufferMappings());
  }

  private static String target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException closedMeanwhile) {
      return "";
    }
  }

  private long bufferMappings() throws IOException {
    long mappings = 0;
    for (String line : Files.readAllLines(self.resolve("maps"), ISO_8859_1)) {
      if (isBuffer(Mapping.parse(line).path())) {
        mappings++;
      }
    }
    return mappings;
  }

  /** Memory of the VM's own may be a memfd too: ZGC's heap, and libffi's, which JNA uses. */
  private static boolean isBuffer(String target) {
    return target.startsWith("/dmabuf:")
        || (target.startsWith(MEMFD)
            && !target.startsWith("/memfd:java_heap")
            && !target.startsWith("/memfd:libffi"));
  }

  @Override
  public long[] frames(long mark, int pages) throws IOException {
    MarkedPages marked = new MarkedPages(self, pageSize(), mark, pages);
    for (String line : Files.readAllLines(self.resolve("maps"), ISO_8859_1)) {
      Mapping mapping = Mapping.parse(line);
      if (mapping.path().startsWith(MEMFD) && isBuffer(mapping.path())) {
        marked.lookIn(mapping);
      }
    }
    return marked.frames();
  }
}
