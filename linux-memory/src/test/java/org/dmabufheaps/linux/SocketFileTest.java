// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Where a socket for others is made, and what is refused. */
@ExtendWith(NothingLeft.class)
class SocketFileTest {
  @TempDir Path directory;

  private final LinuxMemory linux = TestKernel.linux();
  private Path path;

  @BeforeEach
  void choose() throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    path = directory.resolve("s");
  }

  private static void refused(Errno errno, String why, Executable call) {
    HeapException e = assertThrows(HeapException.class, call);
    assertEquals(errno.number(), e.errno(), e.getMessage());
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  private static String mode(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private String ownGroup() throws Exception {
    return Files.getAttribute(directory, "unix:gid").toString();
  }

  @Test
  void theFileHasItsModeAndGroupAndGoesWithTheListener() throws Exception {
    try (FdListener listener = linux.listen(path, 0660, ownGroup())) {
      assertEquals("rw-rw----", mode(path));
      assertEquals(ownGroup(), Files.getAttribute(path, "unix:gid").toString());
      linux.connect(path).close();
      listener.accept(5_000).close();
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void aMissingDirectoryIsMadeAsOpenAsTheSocket() throws Exception {
    Path below = directory.resolve("d/s");
    linux.listen(below, 0660, "").close();
    assertEquals("rwxr-x---", mode(below.getParent()));
    Files.delete(below.resolveSibling("s.lock"));
    Files.delete(below.getParent());
    linux.listen(below, 0666, "").close();
    assertEquals("rwxr-xr-x", mode(below.getParent()));
    refused(Errno.ENOENT, "", () -> linux.listen(directory.resolve("no/d/s"), 0600, ""));
  }

  @Test
  void aSocketThatNobodyListensOnIsReplacedAndOneWithAListenerIsNot() throws Exception {
    ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    other.bind(UnixDomainSocketAddress.of(path));
    refused(Errno.EADDRINUSE, "another process listens", () -> linux.listen(path, 0600, ""));
    other.close();
    assertTrue(Files.exists(path), "Java leaves the file");
    try (FdListener listener = linux.listen(path, 0600, "")) {
      linux.connect(path).close();
      listener.accept(5_000).close();
      refused(Errno.EADDRINUSE, "another process listens", () -> linux.listen(path, 0600, ""));
    }
  }

  @Test
  void aFileThatIsNoSocketStays() throws Exception {
    Files.writeString(path, "precious");
    refused(Errno.EEXIST, "a regular file", () -> linux.listen(path, 0600, ""));
    assertEquals("precious", Files.readString(path));
    Files.delete(path);
    Files.createSymbolicLink(path, directory.resolve("elsewhere"));
    refused(Errno.EEXIST, "a symbolic link", () -> linux.listen(path, 0600, ""));
    assertTrue(Files.isSymbolicLink(path));
  }

  @Test
  void aDirectoryThatOthersCanChangeIsRefused() throws Exception {
    for (String writable : new String[] {"rwxrwxr-x", "rwxr-xrwx"}) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(writable));
      refused(Errno.EPERM, "is writable for others", () -> linux.listen(path, 0600, ""));
      Path below = directory.resolve("d");
      Files.createDirectory(below);
      refused(
          Errno.EPERM,
          directory + " is writable",
          () -> linux.listen(below.resolve("s"), 0600, ""));
      Files.delete(below);
    }
    refused(Errno.EPERM, "/tmp", () -> linux.listen(Path.of("/tmp/dmabuf-heaps-s"), 0600, ""));
  }

  @Test
  void aDirectoryThatIsASymbolicLinkOrAFileIsRefused() throws Exception {
    Path real = Files.createDirectory(directory.resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    refused(Errno.EPERM, "a symbolic link", () -> linux.listen(link.resolve("s"), 0600, ""));
    Path file = Files.createFile(directory.resolve("file"));
    refused(Errno.EPERM, "a regular file", () -> linux.listen(file.resolve("s"), 0600, ""));
  }

  @Test
  void aGroupThatIsNotThereIsRefusedAndNothingIsLeft() throws Exception {
    refused(Errno.ENOENT, "no such group", () -> linux.listen(path, 0660, "nobody's group"));
    assertFalse(Files.exists(path));
  }

  @Test
  void misuseIsRefusedBeforeAnythingIsCalled() {
    Path tooLong = directory.resolve("x".repeat(108));
    for (Executable call :
        new Executable[] {
          () -> linux.listen(tooLong, 0600, ""),
          () -> linux.listen(Path.of("s"), 0600, ""),
          () -> linux.listen(path, 0400, ""),
          () -> linux.listen(path, 0777, ""),
          () -> linux.listen(path, 04600, "")
        }) {
      assertThrows(IllegalArgumentException.class, call);
    }
  }
}
