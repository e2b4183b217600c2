// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Device nodes: opens them, and finds out why they can't be opened. */
final class Devices {
  private static final int PERMISSIONS = 0xFFF;

  private Devices() {}

  /**
   * Opens a character device for reading, which is enough for an ioctl that allocates. Does not
   * follow a symbolic link, and does not wait, whatever is there instead of a device.
   */
  static Fd open(Kernel kernel, Path path) throws HeapException {
    return open(kernel, path, Abi.O_RDONLY);
  }

  /** Opens a character device with an access mode. */
  static Fd open(Kernel kernel, Path path, int mode) throws HeapException {
    int flags = mode | Abi.O_CLOEXEC | Abi.O_NONBLOCK | kernel.abi().noFollow();
    var name = Call.string(path.toString());
    Fd fd = Fd.of(kernel, Call.retry(() -> kernel.sys().open(name, flags)), "opening " + path);
    boolean done = false;
    try {
      FileFacts facts = fd.with(number -> FileFacts.of(kernel.sys(), number));
      if (!facts.isCharacterDevice()) {
        throw new HeapException("opening " + path + ", which is " + facts.type(), Errno.ENODEV);
      }
      done = true;
      return fd;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  /** Finds out whether a node can be opened. */
  static DeviceNode probe(Kernel kernel, Path path) {
    try {
      open(kernel, path).close();
      return new DeviceNode(path, true, "");
    } catch (HeapException e) {
      return new DeviceNode(path, false, reason(path, e));
    }
  }

  private static String reason(Path path, HeapException e) {
    if (Errno.ENOENT.is(e)) {
      return "ENOENT: no such node";
    }
    if (Errno.EACCES.is(e) || Errno.EPERM.is(e)) {
      return e.errnoName() + ": " + permissions(path);
    }
    return e.getMessage();
  }

  private static String permissions(Path path) {
    try {
      Map<String, Object> facts =
          Files.readAttributes(path, "unix:owner,group,mode", LinkOption.NOFOLLOW_LINKS);
      int mode = (Integer) facts.get("mode") & PERMISSIONS;
      return String.format(
          "owner %s, group %s, mode %04o; add a udev rule, or run as a user who may open it",
          facts.get("owner"), facts.get("group"), mode);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return "a directory on the way to it can't be entered";
    }
  }

  /** Returns the names in a directory that are heap names, sorted; none when it is not there. */
  static List<String> heapNames(Path directory) {
    try (Stream<Path> nodes = Files.list(directory)) {
      return nodes
          .map(node -> node.getFileName().toString())
          .filter(DmaHeapDevice::isName)
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }
}
