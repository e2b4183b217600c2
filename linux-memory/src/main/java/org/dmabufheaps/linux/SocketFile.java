// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Set;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.HeapException;

/** Where a socket is made that other users may connect to, and how. */
final class SocketFile {
  private static final int LEAST_MODE = 0600;
  private static final int MOST_MODE = 0666;
  private static final int LOCK_TRIES = 200;
  private static final int LOCK_MILLIS = 10;

  private final Kernel kernel;
  private final Path path;
  private final int mode;
  private final String group;

  SocketFile(Kernel kernel, Path path, int mode, String group) {
    if (!path.isAbsolute() || path.getParent() == null) {
      throw new IllegalArgumentException("a socket at " + path + ": the path must be absolute");
    }
    if ((mode & LEAST_MODE) != LEAST_MODE || (mode & ~MOST_MODE) != 0) {
      throw new IllegalArgumentException(
          "a socket of mode 0" + Integer.toOctalString(mode) + ": it is 0600 to 0666");
    }
    UnixAddress.sockaddr(path);
    this.kernel = kernel;
    this.path = path.normalize();
    this.mode = mode;
    this.group = group;
  }

  FdListener listen() throws HeapException {
    Path directory = path.getParent();
    makeDirectory(directory);
    SafeDirectory.check(kernel, directory);
    try (FileChannel file = openLock()) {
      lock(file);
      removeStale();
      return UnixAddress.listen(kernel, path, () -> permit(path, mode));
    } catch (IOException e) {
      throw failed("locking " + lockFile(), e);
    }
  }

  private void makeDirectory(Path directory) throws HeapException {
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    SafeDirectory.check(kernel, directory.getParent());
    FileAttribute<Set<PosixFilePermission>> own =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    try {
      Files.createDirectory(directory, own);
    } catch (IOException e) {
      throw failed("making the directory " + directory, e);
    }
    // Who may write to the socket may go through its directory.
    permit(directory, 0700 | ((mode & 020) == 0 ? 0 : 050) | ((mode & 02) == 0 ? 0 : 05));
  }

  private Path lockFile() {
    return path.resolveSibling(path.getFileName() + ".lock");
  }

  private FileChannel openLock() throws IOException {
    return FileChannel.open(
        lockFile(),
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /** Waits for the lock, which is held until the file is closed. */
  private void lock(FileChannel file) throws IOException, HeapException {
    for (int i = 0; i < LOCK_TRIES; i++) {
      try {
        FileLock lock = file.tryLock();
        if (lock != null) {
          return;
        }
      } catch (OverlappingFileLockException e) {
        // Another bundle of this process has it.
      }
      kernel.sys().poll(null, 0, LOCK_MILLIS);
    }
    throw new HeapException(
        "listening on " + path + ": another process holds the lock on " + lockFile(), Errno.EBUSY);
  }

  /** Removes what a process that ended left behind, and nothing else. */
  private void removeStale() throws HeapException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    FileFacts facts = FileFacts.of(kernel.sys(), path.toString());
    if (!facts.isSocket()) {
      throw new HeapException(
          "listening on " + path + ", which is " + facts.type() + ": remove it, or choose another",
          Errno.EEXIST);
    }
    if (UnixAddress.isAlive(kernel, path)) {
      throw new HeapException(
          "listening on " + path + ", where another process listens", Errno.EADDRINUSE);
    }
    ByteBuffer name = Call.string(path.toString());
    Call.check(Call.retry(() -> kernel.sys().unlink(name)), "removing the stale " + path);
  }

  /** Gives the group first: until then nobody but the owner gets in. */
  private void permit(Path file, int permissions) throws HeapException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    try {
      if (!group.isEmpty()) {
        view.setGroup(groupOf(file));
      }
      Files.setPosixFilePermissions(file, permissions(permissions));
    } catch (IOException e) {
      throw failed("giving " + file + " to group \"" + group + "\"", e);
    }
  }

  private GroupPrincipal groupOf(Path file) throws IOException, HeapException {
    try {
      return file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group);
    } catch (UserPrincipalNotFoundException e) {
      throw new HeapException(
          "giving " + file + " to group \"" + group + "\": there is no such group", Errno.ENOENT);
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    StringBuilder text = new StringBuilder();
    for (int bit = 8; bit >= 0; bit--) {
      text.append((mode >> bit & 1) == 0 ? '-' : "xwr".charAt(bit % 3));
    }
    return PosixFilePermissions.fromString(text.toString());
  }

  private static HeapException failed(String what, IOException cause) {
    Errno errno = Errno.EIO;
    if (cause instanceof HeapException known) {
      return known;
    } else if (cause instanceof AccessDeniedException) {
      errno = Errno.EACCES;
    } else if (cause instanceof NoSuchFileException) {
      errno = Errno.ENOENT;
    } else if (cause instanceof FileSystemException refused
        && String.valueOf(refused.getReason()).contains("not permitted")) {
      errno = Errno.EPERM;
    }
    HeapException failed = new HeapException(what + ": " + cause.getMessage(), errno);
    failed.initCause(cause);
    return failed;
  }
}
