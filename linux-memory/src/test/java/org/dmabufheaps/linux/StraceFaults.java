// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * The program that lets the kernel's own calls fail, in a VM of its own. Prints what went wrong,
 * then how much was tried.
 */
final class StraceFaults {
  /**
   * All that a buffer's life takes, but for {@code close}: strace leaves out the call that it lets
   * fail, and Linux closes in any case.
   */
  private static final List<String> CALLS =
      List.of(
          "openat",
          "read",
          "lseek",
          "ftruncate",
          "fallocate",
          "fchmod",
          "fcntl",
          "ioctl",
          "fstatfs",
          "statx",
          "memfd_create",
          "mmap",
          "mremap",
          "munmap",
          "madvise");

  /** What an old kernel, or a strict container, has not: every call of that name fails. */
  private static final List<List<String>> MISSING =
      List.of(
          List.of("memfd_create:error=ENOSYS"),
          List.of("memfd_create:error=EPERM"),
          // No MFD_NOEXEC_SEAL, which is asked for first.
          List.of("memfd_create:error=EINVAL:when=1"),
          List.of("madvise:error=EINVAL"),
          List.of("madvise:error=ENOSYS"),
          List.of("madvise:error=EPERM"),
          List.of("statx:error=ENOSYS"),
          List.of("memfd_create:error=EINVAL:when=1", "madvise:error=EINVAL"),
          List.of("madvise:error=ENOSYS", "statx:error=ENOSYS"),
          List.of("memfd_create:error=ENOSYS", "madvise:error=ENOSYS", "statx:error=ENOSYS"));

  private final LinuxMemory linux = TestKernel.linux();
  private final StruckThread thread;
  private final List<String> descriptors;
  private final List<String> mappings;
  private int tried;
  private int refused;
  private int wrong;

  private StraceFaults(Path directory) throws Exception {
    thread = new StruckThread(directory);
    for (int i = 0; i < 50; i++) {
      thread.run(this::use);
    }
    NothingLeft.things();
    descriptors = NothingLeft.descriptors();
    mappings = NothingLeft.mappings();
  }

  private Void use() throws Exception {
    Faults.useMemfd(linux);
    return null;
  }

  /** Each call at each step. */
  private void each(Errno errno) throws Exception {
    for (String call : CALLS) {
      // No manual page lets it be interrupted.
      boolean tell = !(errno == Errno.EINTR && call.equals("munmap"));
      for (int step = 1; tell; step++) {
        tell = strike(List.of(call + ":error=" + errno + ":when=" + step));
      }
    }
  }

  /** Returns whether a call failed. */
  private boolean strike(List<String> injections) throws Exception {
    StruckThread.Outcome outcome = thread.run(injections, this::use);
    if (!outcome.struck()) {
      return false;
    }
    tried++;
    String what = String.join(", ", injections);
    if (outcome.thrown() instanceof HeapException e) {
      refused++;
      check(what.contains("error=" + Errno.nameOf(e.errno())), what + " became " + e);
      check(!what.contains("EINTR"), what + " was noticed: " + e);
    } else {
      check(outcome.thrown() == null, what + " became " + outcome.thrown());
    }
    check(descriptors.equals(NothingLeft.descriptors()), what + ": " + NothingLeft.descriptors());
    check(TestRequest.RESERVED.get() == 0, what + ": reserved " + TestRequest.RESERVED);
    thread.run(this::use);
    check(mappings.equals(NothingLeft.mappings()), what + ": " + NothingLeft.mappings());
    return true;
  }

  private void check(boolean right, String what) {
    if (!right) {
      wrong++;
      System.out.println("WRONG " + what);
    }
  }

  /** Lets calls fail with the errors that are given, by their names; {@code MISSING} for more. */
  public static void main(String[] arguments) throws Exception {
    List<String> names = new ArrayList<>(List.of(arguments));
    StraceFaults faults = new StraceFaults(Path.of(names.remove(0)));
    for (String name : names) {
      if (name.equals("MISSING")) {
        for (List<String> missing : MISSING) {
          faults.check(faults.strike(missing), missing + " struck nothing");
        }
      } else {
        faults.each(Errno.valueOf(name));
      }
    }
    faults.thread.close();
    System.out.printf(
        "%s, calls by %s: %d tried, %d refused, %d wrong%n",
        names, NativeCalls.find(), faults.tried, faults.refused, faults.wrong);
    System.exit(faults.wrong == 0 ? 0 : 1);
  }
}
