// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;

/** The device nodes of the guest, which tests take away, and give back when this is closed. */
final class DeviceNodes implements AutoCloseable {
  static final Path SYSTEM = Path.of("/dev/dma_heap/system");
  static final Path UDMABUF = Path.of("/dev/udmabuf");

  private final Deque<Undo> undo = new ArrayDeque<>();

  private interface Undo {
    void run() throws IOException;
  }

  private DeviceNodes() {}

  /** Skips the test where there are none, or where they are not ours to change. */
  static DeviceNodes ofGuest() {
    for (Path node : new Path[] {SYSTEM, UDMABUF}) {
      if (!Files.exists(node)) {
        // Who starts a kernel says what it must have: see linux-memory's tests.
        String promised = System.getenv().getOrDefault("DMABUF_KERNEL_HAS", "");
        assertFalse(promised.contains(node.toString()), "no " + node);
        System.err.println("NOT TRIED, needs " + node);
      }
      assumeTrue(Files.exists(node), "no " + node);
    }
    boolean owner = System.getProperty("user.name").equals("root");
    assumeTrue(owner, "only root changes device nodes");
    return new DeviceNodes();
  }

  /** Takes a node or the directory of nodes away. */
  void hide(Path node) throws IOException {
    Path aside = Path.of("/dev", "aside-" + node.getFileName());
    Files.move(node, aside);
    undo.push(() -> show(node, aside));
  }

  private static void show(Path node, Path aside) throws IOException {
    if (Files.exists(aside)) {
      Files.deleteIfExists(node);
      Files.move(aside, node);
    }
  }

  /** Gives a node back. */
  void show(Path node) throws IOException {
    show(node, Path.of("/dev", "aside-" + node.getFileName()));
  }

  /** Makes a node anew, of the same device as the hidden one. */
  void makeAgain(Path node) throws IOException, InterruptedException {
    Path aside = Path.of("/dev", "aside-" + node.getFileName());
    Object device = Files.getAttribute(aside, "unix:rdev");
    long number = ((Number) device).longValue();
    long major = (number >>> 8) & 0xfff;
    long minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
    String[] mknod = {"mknod", "-m", "600", node.toString(), "c", "" + major, "" + minor};
    if (new ProcessBuilder(mknod).inheritIO().start().waitFor() != 0) {
      throw new IOException(String.join(" ", mknod));
    }
  }

  /** Sets a node's group, by number, and its permissions. */
  void permit(Path node, int group, String permissions) throws IOException {
    Object groupBefore = Files.getAttribute(node, "unix:gid");
    var before = Files.getPosixFilePermissions(node);
    undo.push(
        () -> {
          Files.setAttribute(node, "unix:gid", groupBefore);
          Files.setPosixFilePermissions(node, before);
        });
    Files.setAttribute(node, "unix:gid", group);
    Files.setPosixFilePermissions(node, PosixFilePermissions.fromString(permissions));
  }

  @Override
  public void close() throws IOException {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }
}
