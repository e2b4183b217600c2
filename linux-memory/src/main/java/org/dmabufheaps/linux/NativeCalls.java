// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * The way in which Linux is called: {@code java.lang.foreign} where there is one, else JNA.
 *
 * @param sys the system calls
 * @param name of the way
 * @param why it is not {@code java.lang.foreign} though Java has it; empty when there is nothing to
 *     tell
 */
record NativeCalls(Syscalls sys, String name, String why) {
  /** The system property that is {@code jna} for JNA in any case. */
  static final String PROPERTY = "org.dmabufheaps.linux.calls";

  static final String FOREIGN = "java.lang.foreign";
  static final String JNA = "jna";

  /** In {@code META-INF/versions/22}: not seen by an older Java, nor there in every build. */
  private static final String FOREIGN_CLASS = "org.dmabufheaps.linux.ForeignSyscalls";

  private static final int FOREIGN_SINCE = 22;

  /**
   * Finds the best way.
   *
   * @throws HeapException {@code ENOSYS} when there is none
   */
  static NativeCalls find() throws HeapException {
    if (System.getProperty(PROPERTY, "").equals(JNA)) {
      return jna("the system property " + PROPERTY + " says so");
    }
    try {
      Class<?> type = Class.forName(FOREIGN_CLASS, true, NativeCalls.class.getClassLoader());
      Syscalls sys = (Syscalls) type.getDeclaredConstructor().newInstance();
      return new NativeCalls(sys, FOREIGN, "");
    } catch (ClassNotFoundException e) {
      boolean late = Runtime.version().feature() >= FOREIGN_SINCE;
      return jna(late ? "this build was made without a JDK " + FOREIGN_SINCE + " or later" : "");
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      return jna(FOREIGN + " can't be used: " + root(e));
    }
  }

  private static NativeCalls jna(String why) throws HeapException {
    try {
      return new NativeCalls(new JnaSyscalls(), JNA, why);
    } catch (LinkageError e) {
      String also = why.isEmpty() ? "" : "; " + why;
      throw new HeapException("loading JNA's native library" + also, Errno.ENOSYS, e);
    }
  }

  /** For people: the way, and why it is that one. */
  @Override
  public String toString() {
    return why.isEmpty() ? name : name + ", since " + why;
  }

  private static Throwable root(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
