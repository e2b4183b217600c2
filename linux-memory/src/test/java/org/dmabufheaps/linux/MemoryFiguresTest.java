// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.Errno;
import org.dmabufheaps.spi.Headroom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryFiguresTest {
  private static final long MIB = 1 << 20;

  @TempDir Path root;

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void machine(String cgroup) throws IOException {
    file("proc/meminfo", "MemTotal:  1048576 kB\nMemFree: 1 kB\nMemAvailable:   524288 kB\n");
    file("proc/self/cgroup", cgroup);
  }

  private Headroom read() {
    return new MemoryFigures(TestKernel.real().sys(), root).read();
  }

  @Test
  void withoutAnyFileNothingIsKnown() {
    assertEquals(Headroom.UNKNOWN, read());
  }

  @Test
  void whatCanNotBeReadForWantOfADescriptorIsAsItWas() throws IOException {
    machine("0::/\n");
    AtomicBoolean full = new AtomicBoolean();
    Syscalls sys =
        TestKernel.watched(
            (name, arguments) -> full.get() && name.equals("open") ? Errno.EMFILE.number() : 0);
    MemoryFigures figures = new MemoryFigures(sys, root);
    Headroom before = figures.read();
    full.set(true);
    assertEquals(before, figures.read());
    assertEquals(512 * MIB, before.availableBytes());
  }

  @Test
  void withoutALimitTheMachineDecides() throws IOException {
    machine("0::/a/b\n");
    file("sys/fs/cgroup/a/b/memory.max", "max\n");
    file("sys/fs/cgroup/a/b/memory.current", "12345\n");
    assertEquals(new Headroom(1024 * MIB, 512 * MIB), read());
  }

  @Test
  void theLeastOfAGroupAndItsAncestorsCounts() throws IOException {
    machine("0::/a/b\n");
    file("sys/fs/cgroup/a/b/memory.max", 256 * MIB + "\n");
    file("sys/fs/cgroup/a/b/memory.current", 56 * MIB + "\n");
    file("sys/fs/cgroup/a/memory.max", 128 * MIB + "\n");
    file("sys/fs/cgroup/a/memory.current", 100 * MIB + "\n");
    file("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file " + 10 * MIB + "\n");
    assertEquals(new Headroom(128 * MIB, 38 * MIB), read());
  }

  @Test
  void aWideGroupThatIsFullStillLimits() throws IOException {
    machine("0::/a/b\n");
    file("sys/fs/cgroup/a/b/memory.max", 100 * MIB + "\n");
    file("sys/fs/cgroup/a/b/memory.current", "0\n");
    file("sys/fs/cgroup/a/memory.max", 900 * MIB + "\n");
    file("sys/fs/cgroup/a/memory.current", 899 * MIB + "\n");
    assertEquals(new Headroom(100 * MIB, MIB), read());
  }

  @Test
  void theFirstVersionOfControlGroupsCountsToo() throws IOException {
    machine("5:cpu,memory:/box\n1:name=systemd:/x\n");
    file("sys/fs/cgroup/memory/box/memory.limit_in_bytes", 64 * MIB + "\n");
    file("sys/fs/cgroup/memory/box/memory.usage_in_bytes", 70 * MIB + "\n");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assertEquals(new Headroom(64 * MIB, 0), read());
  }

  @Test
  void aGroupsNameIsItsBytesInWhateverLocale() throws IOException {
    machine("");
    byte[] line = "0::/gr\u00fc\u00dfe 1.scope\n".getBytes(StandardCharsets.UTF_8);
    Files.write(root.resolve("proc/self/cgroup"), line);
    // By a URI: in the locale POSIX Java has no other way to such a name.
    URI name = URI.create(root.toUri() + "sys/fs/cgroup/gr%C3%BC%C3%9Fe%201.scope/");
    Files.createDirectories(Path.of(name));
    Files.writeString(Path.of(name.resolve("memory.max")), 64 * MIB + "\n");
    Files.writeString(Path.of(name.resolve("memory.current")), "0\n");
    assertEquals(new Headroom(64 * MIB, 64 * MIB), read());
  }

  @Test
  void aPathThatLeadsOutsideIsIgnored() throws IOException {
    machine("0::/../../../proc\n");
    file("proc/memory.max", "1\n");
    assertEquals(new Headroom(1024 * MIB, 512 * MIB), read());
  }

  @Test
  void thisMachineHasMemory() {
    Headroom now = TestKernel.linux().headroom();
    assertTrue(now.availableBytes() > 0 && now.availableBytes() <= now.totalBytes(), "" + now);
    assertTrue(now.totalBytes() < 1L << 50, "" + now);
  }
}
