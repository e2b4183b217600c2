// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.file.Path;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/** Proves that nobody but this user and root can change what a path leads to. */
final class SafeDirectory {
  private static final int OTHERS_WRITE = 022;
  private static final int STICKY = 01000;
  private static final int ROOT = 0;

  private SafeDirectory() {}

  /** The directory itself may not even be sticky: others could make the file first. */
  static void check(Kernel kernel, Path directory) throws HeapException {
    FileFacts facts = FileFacts.of(kernel.sys(), directory.toString());
    if (!facts.isDirectory()) {
      throw refused(directory, directory, "is " + facts.type());
    }
    int self = FileFacts.of(kernel.sys(), "/proc/self").uid();
    if ((facts.mode() & OTHERS_WRITE) != 0) {
      throw refused(directory, directory, "is writable for others");
    }
    checkOwner(directory, directory, facts, self);
    for (Path above = real(directory).getParent(); above != null; above = above.getParent()) {
      FileFacts parent = FileFacts.of(kernel.sys(), above.toString());
      if ((parent.mode() & OTHERS_WRITE) != 0 && (parent.mode() & STICKY) == 0) {
        throw refused(directory, above, "is writable for others");
      }
      checkOwner(directory, above, parent, self);
    }
  }

  private static void checkOwner(Path directory, Path which, FileFacts facts, int self)
      throws HeapException {
    if (facts.uid() != self && facts.uid() != ROOT) {
      throw refused(directory, which, "belongs to user " + facts.uid());
    }
  }

  private static Path real(Path directory) throws HeapException {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      throw new HeapException("looking at " + directory + ": " + e.getMessage(), Errno.EACCES);
    }
  }

  private static HeapException refused(Path directory, Path which, String why) {
    return new HeapException(
        "making a socket in " + directory + ": " + which + " " + why, Errno.EPERM);
  }
}
