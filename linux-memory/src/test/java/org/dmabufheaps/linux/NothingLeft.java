// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test that left a descriptor, mapping, retired view, thread or reservation. */
final class NothingLeft implements BeforeEachCallback, AfterEachCallback {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private List<String> before;

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    // With the first of its socket channels the JVM opens a socket that it keeps.
    ServerSocketChannel.open(StandardProtocolFamily.UNIX).close();
    before = things();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    if (context.getExecutionException().isPresent()) {
      return;
    }
    RetiredViews retired = TestKernel.real().retired();
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (!things().equals(before) && System.nanoTime() < end) {
      System.gc();
      retired.poll();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    assertEquals(before, things(), "what there was before the test, and after it");
  }

  /** What there is now. */
  static List<String> things() throws Exception {
    List<String> things = new ArrayList<>(mappings());
    // After the first use of a channel, for which the JVM opens a socket and keeps it.
    things.addAll(descriptors());
    things.add("retired " + TestKernel.real().retired().count());
    things.add("reserved " + TestRequest.RESERVED.get());
    Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("dmabuf-"))
        .sorted()
        .forEach(things::add);
    return things;
  }

  static List<String> mappings() throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"), StandardCharsets.UTF_8)) {
      return maps.filter(NothingLeft::ours).toList();
    }
  }

  static List<String> descriptors() throws IOException {
    List<String> links = new ArrayList<>();
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : fds.toList()) {
        try {
          links.add(Files.readSymbolicLink(fd).toString());
        } catch (IOException e) {
          // The descriptor of the listing itself.
          links.add("");
        }
      }
    }
    return links.stream().filter(NothingLeft::ours).sorted().toList();
  }

  private static boolean ours(String line) {
    return line.contains("memfd:")
        || line.contains("dmabuf")
        || line.contains("socket:")
        || line.contains("inotify")
        || line.contains("/dev/udmabuf")
        || line.contains("/dev/mem")
        || line.contains("/dev/dma_heap");
  }
}
