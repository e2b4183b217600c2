// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.consumer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** On files and pipes: every machine has those. */
class DeviceTest {
  /** {@code FIONREAD} of {@code include/uapi/asm-generic/ioctls.h}: how much can be read. */
  private static final long FIONREAD = 0x541b;

  @TempDir Path directory;

  private Device open(String content) throws Exception {
    return Device.open(Files.writeString(directory.resolve("file"), content));
  }

  /** Whether the number is the file's: another thread may have it once it is free. */
  private boolean isOpen(Device device) throws IOException {
    try {
      Path file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + device.fd()));
      return file.equals(directory.resolve("file").toRealPath());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Test
  void anIoctlFillsItsArgument() throws Exception {
    try (Device device = open("twelve bytes")) {
      ByteBuffer count = Device.struct(Integer.BYTES);
      device.ioctl("FIONREAD", FIONREAD, count);
      assertEquals(12, count.getInt(0));
    }
  }

  @Test
  void theDescriptorIsClosedOnceAndCloseOnExec() throws Exception {
    Device device = open("");
    String info = Files.readString(Path.of("/proc/self/fdinfo/" + device.fd()));
    int flags = Integer.parseInt(info.replaceFirst("(?s).*flags:\\s*([0-7]+).*", "$1"), 8);
    assertEquals(0x80000, flags & 0x80000, info);
    assertTrue(isOpen(device));
    device.close();
    assertFalse(isOpen(device));
    refused(Errno.EBADF, () -> device.ioctl("FIONREAD", FIONREAD, Device.struct(4)));
    device.close();
  }

  @Test
  void aRefusalTellsWhatWasDoneToWhat() throws Exception {
    HeapException missing =
        refused(Errno.ENOENT, () -> Device.open(directory.resolve("no such device")));
    assertTrue(missing.getMessage().contains("no such device"), missing.getMessage());
    try (Device device = open("")) {
      HeapException e =
          refused(
              Errno.ENOTTY,
              () -> device.ioctl("QUERYCAP", Ioctl.ior('V', 0, 104), Device.struct(104)));
      assertEquals("QUERYCAP with " + directory.resolve("file") + ": ENOTTY", e.getMessage());
    }
  }

  @Test
  void aFileIsReadableAtOnceAndAPipeWithoutWriterNot() throws Exception {
    try (Device device = open("x")) {
      assertTrue(device.awaitReadable("waiting", 10_000));
    }
    Path pipe = directory.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    try (Device empty = Device.open(pipe)) {
      refused(Errno.ETIMEDOUT, () -> empty.awaitReadable("waiting", 1));
    }
  }

  @Test
  void nodesAreThoseWithANumberInOrder() throws Exception {
    for (String name : new String[] {"video1", "video0", "video", "videos2", "v4l-touch0"}) {
      Files.createFile(directory.resolve(name));
    }
    assertEquals(
        List.of(directory.resolve("video0"), directory.resolve("video1")),
        Device.nodes(directory, "video"));
    assertEquals(List.of(), Device.nodes(directory.resolve("none"), "card"));
  }

  @Test
  void anAddressIsThatOfIndexZero() {
    ByteBuffer struct = Device.struct(8).putLong(0, 0x0102030405060708L);
    byte[] there = new Pointer(Device.address(struct)).getByteArray(0, 8);
    byte[] here = new byte[8];
    struct.get(0, here);
    assertArrayEquals(here, there);
  }

  @Test
  void requestsAreThoseOfTheHeaders() {
    assertEquals(0x80685600L, Ioctl.ior('V', 0, 104)); // VIDIOC_QUERYCAP
    assertEquals(0x40045612L, Ioctl.iow('V', 18, 4)); // VIDIOC_STREAMON
    assertEquals(0xc00c642eL, Ioctl.iowr('d', 0x2e, 12)); // DRM_IOCTL_PRIME_FD_TO_HANDLE
  }

  private static HeapException refused(Errno errno, Executable call) {
    HeapException e = assertThrows(HeapException.class, call);
    assertTrue(errno.is(e), e.getMessage());
    return e;
  }
}
