// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Device nodes come, go and change while the container runs: the heap moves, buffers stay. */
@Tag("kernel")
@Timeout(900)
class NodesKernelTest {
  private static final String INFO = "heap:info system";
  private static final String NO_NODE = "/dev/dma_heap/system: ENOENT: no such node";
  private static final int NOBODY = 65534;
  private static final int GROUP = 4711;

  @TempDir Path directory;
  private DeviceNodes nodes;

  @BeforeEach
  void findNodes() {
    nodes = DeviceNodes.ofGuest();
  }

  @AfterEach
  void giveNodesBack() throws IOException {
    nodes.close();
  }

  private static List<String> nobody(String... groups) {
    String ids = "--reuid=" + NOBODY;
    return groups.length == 0
        ? List.of("setpriv", ids, "--regid=" + NOBODY, "--clear-groups")
        : List.of("setpriv", ids, "--regid=" + NOBODY, "--groups=" + String.join(",", groups));
  }

  private static String on(String backing) {
    return "backing                 " + backing;
  }

  /** The buffer descriptors of the container's process, by what they are. */
  private static List<String> descriptors(Shell shell) throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + shell.pid() + "/fd"))) {
      return fds.map(NodesKernelTest::target)
          .filter(target -> target.startsWith("/dmabuf:") || target.startsWith("/memfd:"))
          .map(target -> target.substring(1, target.indexOf(':')))
          .sorted()
          .toList();
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static void allocate(Shell shell, int id) throws IOException {
    String printed = shell.run("heap:alloc system 64k");
    assertTrue(printed.contains("buffer " + id + ": 64.0 KiB of heap system"), printed);
    shell.run("heap:fill " + id + " 0x4" + id);
    holds(shell, id);
  }

  private static void holds(Shell shell, int id) throws IOException {
    String byteText = "4" + id;
    String dump = shell.run("heap:dump " + id + " 65520");
    assertTrue(dump.contains("0000fff0  " + (byteText + " ").repeat(8)), dump);
  }

  @Test
  void theHeapGoesToTheNextBackingAndComesBackAndBuffersStay() throws Exception {
    try (Shell shell = Shell.start(directory, List.of())) {
      String best = shell.await(INFO, on("dma-heap"));
      assertTrue(best.contains("reason                  -"), best);
      allocate(shell, 1);

      nodes.hide(DeviceNodes.SYSTEM);
      shell.await(INFO, on("udmabuf"), "dma-heap: " + NO_NODE);
      allocate(shell, 2);
      assertEquals(List.of("dmabuf", "dmabuf"), descriptors(shell));

      nodes.hide(DeviceNodes.UDMABUF);
      shell.await(INFO, on("memfd"), NO_NODE, "udmabuf: /dev/udmabuf: ENOENT: no such node");
      allocate(shell, 3);
      assertEquals(List.of("dmabuf", "dmabuf", "memfd"), descriptors(shell));
      assertTrue(shell.run("heap:list").contains("memfd"), shell::toString);

      nodes.show(DeviceNodes.UDMABUF);
      shell.await(INFO, on("udmabuf"));
      nodes.makeAgain(DeviceNodes.SYSTEM);
      shell.await(INFO, on("dma-heap"), "reason                  -");
      allocate(shell, 4);
      for (int id = 1; id <= 4; id++) {
        holds(shell, id);
      }
      assertTrue(shell.run("heap:free --all").contains("freed 4 buffers"), shell::toString);
      shell.await(INFO, "live                    0 B in 0 buffers");
      assertEquals(List.of(), descriptors(shell));
    }
  }

  @Test
  void aDirectoryOfNodesThatComesLateIsFoundWithoutARestart() throws Exception {
    Path heaps = DeviceNodes.SYSTEM.getParent();
    nodes.hide(heaps);
    nodes.hide(DeviceNodes.UDMABUF);
    try (Shell shell = Shell.start(directory, List.of())) {
      shell.await(INFO, on("memfd"), NO_NODE);
      nodes.show(heaps);
      shell.await(INFO, on("dma-heap"));
      nodes.hide(heaps);
      shell.await(INFO, on("memfd"), NO_NODE);
    }
  }

  @Test
  void aUserWithoutPermissionWorksOnMemfdAndIsToldWhoseTheNodesAre() throws Exception {
    try (Shell shell = Shell.start(directory, nobody())) {
      String owner = "EACCES: owner root, group root, mode 0600";
      String info = shell.await(INFO, on("memfd"));
      String reason = info.replaceAll("\\s+", " ");
      assertTrue(reason.contains("dma-heap: /dev/dma_heap/system: " + owner), info);
      assertTrue(reason.contains("udmabuf: /dev/udmabuf: " + owner), info);
      allocate(shell, 1);
      assertEquals(List.of("memfd"), descriptors(shell));
      assertTrue(shell.run("heap:free --all").contains("freed 1 buffer"), shell::toString);
      String checked = shell.run("heap:selftest system zero");
      assertTrue(checked.matches("(?s).*system +memfd .* ok.*"), checked);
    }
  }

  @Test
  void aGroupThatMayOpenTheNodeUsesItFromThenOn() throws Exception {
    try (Shell shell = Shell.start(directory, nobody("" + GROUP))) {
      shell.await(INFO, on("memfd"));
      nodes.permit(DeviceNodes.SYSTEM, GROUP, "rw-rw----");
      shell.await(INFO, on("dma-heap"));
      allocate(shell, 1);
      assertEquals(List.of("dmabuf"), descriptors(shell));
      nodes.permit(DeviceNodes.SYSTEM, GROUP, "rw-------");
      String info = shell.await(INFO, on("memfd"));
      String reason = info.replaceAll("\\s+", " ");
      assertTrue(reason.contains("EACCES: owner root, group " + GROUP + ", mode 0600"), info);
      holds(shell, 1);
    }
  }
}
