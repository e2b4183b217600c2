// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/**
 * System calls by {@code java.lang.foreign}, of Java 22 and later. Its constructor is called by
 * {@link NativeCalls}, which finds this class by its name.
 */
@SuppressWarnings("MemberName")
final class ForeignSyscalls extends ForeignMemory {
  private static final MethodHandle SOCKET =
      Downcall.of("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle BIND =
      Downcall.of("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle LISTEN = Downcall.of("listen", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle ACCEPT4 =
      Downcall.of("accept4", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
  private static final MethodHandle CONNECT =
      Downcall.of("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle GETSOCKOPT =
      Downcall.of("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle SHUTDOWN =
      Downcall.of("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SENDMSG =
      Downcall.of("sendmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle RECVMSG =
      Downcall.of("recvmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle SETPRIORITY =
      Downcall.of("setpriority", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle GETPAGESIZE = Downcall.of("getpagesize", JAVA_INT);

  private static final ByteBuffer NONE = null;

  @Override
  public int socket(int domain, int type, int protocol) {
    try {
      return (int) SOCKET.invokeExact(domain, type, protocol);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int bind(int fd, ByteBuffer sockaddr, int length) {
    try {
      return (int) BIND.invokeExact(fd, sockaddr, length);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int listen(int fd, int backlog) {
    try {
      return (int) LISTEN.invokeExact(fd, backlog);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int accept4(int fd, int flags) {
    try {
      return (int) ACCEPT4.invokeExact(fd, NONE, NONE, flags);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int connect(int fd, ByteBuffer sockaddr, int length) {
    try {
      return (int) CONNECT.invokeExact(fd, sockaddr, length);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int getsockopt(int fd, int level, int option, ByteBuffer value, ByteBuffer length) {
    try {
      return (int) GETSOCKOPT.invokeExact(fd, level, option, value, length);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int shutdown(int fd, int how) {
    try {
      return (int) SHUTDOWN.invokeExact(fd, how);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public long sendmsg(int fd, ByteBuffer msghdr, int flags) {
    try {
      return (long) SENDMSG.invokeExact(fd, msghdr, flags);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public long recvmsg(int fd, ByteBuffer msghdr, int flags) {
    try {
      return (long) RECVMSG.invokeExact(fd, msghdr, flags);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int setpriority(int which, int who, int priority) {
    try {
      return (int) SETPRIORITY.invokeExact(which, who, priority);
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }

  @Override
  public int getpagesize() {
    try {
      return (int) GETPAGESIZE.invokeExact();
    } catch (Throwable e) {
      throw Downcall.thrown(e);
    }
  }
}
