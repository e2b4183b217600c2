// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import org.dmabufheaps.Errno;

/**
 * System calls through JNA.
 *
 * <p>By {@link Function} objects only: JNA keeps the class loader of every bundle that has a {@code
 * Library}, {@code Structure} or {@code Callback} type of its own. Functions that C declares with
 * variable arguments are called with fixed ones, which is the same on the CPUs of {@link Abi} for
 * integers and pointers and takes a third of the time.
 */
@SuppressWarnings("MemberName")
final class JnaSyscalls implements Syscalls {
  private static final int WORD_BYTES = Native.POINTER_SIZE;

  private final NativeLibrary c = NativeLibrary.getProcess();
  private final Function open = c.getFunction("open");
  private final Function close = c.getFunction("close");
  private final Function read = c.getFunction("read");
  private final Function write = c.getFunction("write");
  private final Function unlink = c.getFunction("unlink");
  private final Function lseek = largeFile("lseek");
  private final Function ftruncate = largeFile("ftruncate");
  private final Function fallocate = largeFile("fallocate");
  private final Function fchmod = c.getFunction("fchmod");
  private final Function fcntl = c.getFunction("fcntl");
  private final Function ioctl = c.getFunction("ioctl");
  private final Function fstatfs = largeFile("fstatfs");
  private final Function statx = c.getFunction("statx");
  private final Function memfdCreate = c.getFunction("memfd_create");
  private final Function mmap = largeFile("mmap");
  private final Function mremap = c.getFunction("mremap");
  private final Function munmap = c.getFunction("munmap");
  private final Function madvise = c.getFunction("madvise");
  private final Function pipe2 = c.getFunction("pipe2");
  private final Function vmsplice = c.getFunction("vmsplice");
  private final Function setpriority = c.getFunction("setpriority");
  private final Function poll = c.getFunction("poll");
  private final Function socket = c.getFunction("socket");
  private final Function bind = c.getFunction("bind");
  private final Function listen = c.getFunction("listen");
  private final Function accept4 = c.getFunction("accept4");
  private final Function connect = c.getFunction("connect");
  private final Function getsockopt = c.getFunction("getsockopt");
  private final Function shutdown = c.getFunction("shutdown");
  private final Function sendmsg = c.getFunction("sendmsg");
  private final Function recvmsg = c.getFunction("recvmsg");
  private final Function getpagesize = c.getFunction("getpagesize");

  /**
   * Looks up the variant with a 64-bit {@code off_t}. Where {@code long} has 64 bits that is the
   * plain name; musl has no other on any CPU.
   */
  private Function largeFile(String name) {
    if (WORD_BYTES == 8) {
      return c.getFunction(name);
    }
    try {
      return c.getFunction(name + "64");
    } catch (UnsatisfiedLinkError e) {
      return c.getFunction(name);
    }
  }

  private static int call(Function function, Object... arguments) {
    int result = function.invokeInt(arguments);
    return result == -1 ? -Native.getLastError() : result;
  }

  /** Calls a function that returns {@code ssize_t}. */
  private static long callWord(Function function, Object... arguments) {
    if (WORD_BYTES == 4) {
      return call(function, arguments);
    }
    long result = function.invokeLong(arguments);
    return result == -1 ? -Native.getLastError() : result;
  }

  /** Calls a function that returns {@code void *}, which is -1 when it failed. */
  private static long callAddress(Function function, Object... arguments) {
    long result = Pointer.nativeValue(function.invokePointer(arguments));
    boolean failed = result == -1 || (WORD_BYTES == 4 && (int) result == -1);
    return failed ? -Native.getLastError() : result;
  }

  private static Object word(long value) {
    return WORD_BYTES == 8 ? (Object) value : (Object) (int) value;
  }

  private static boolean fitsWord(long length) {
    return WORD_BYTES == 8 || length >>> 32 == 0;
  }

  @Override
  public int open(ByteBuffer path, int flags) {
    return call(open, path, flags, 0);
  }

  @Override
  public int close(int fd) {
    return call(close, fd);
  }

  @Override
  public long read(int fd, ByteBuffer bytes, long count) {
    return callWord(read, fd, bytes, word(count));
  }

  @Override
  public long write(int fd, ByteBuffer bytes, long count) {
    return callWord(write, fd, bytes, word(count));
  }

  @Override
  public int unlink(ByteBuffer path) {
    return call(unlink, path);
  }

  @Override
  public long lseek(int fd, long offset, int whence) {
    long result = lseek.invokeLong(new Object[] {fd, offset, whence});
    return result == -1 ? -Native.getLastError() : result;
  }

  @Override
  public int ftruncate(int fd, long length) {
    return call(ftruncate, fd, length);
  }

  @Override
  public int fallocate(int fd, int mode, long offset, long length) {
    return call(fallocate, fd, mode, offset, length);
  }

  @Override
  public int fchmod(int fd, int mode) {
    return call(fchmod, fd, mode);
  }

  @Override
  public int fcntl(int fd, int command, int argument) {
    return call(fcntl, fd, command, argument);
  }

  @Override
  public int ioctl(int fd, long request, ByteBuffer argument) {
    return call(ioctl, fd, word(request), argument);
  }

  @Override
  public int fstatfs(int fd, ByteBuffer statfs) {
    return call(fstatfs, fd, statfs);
  }

  @Override
  public int statx(int directory, ByteBuffer path, int flags, int mask, ByteBuffer buffer) {
    return call(statx, directory, path, flags, mask, buffer);
  }

  @Override
  public int memfd_create(ByteBuffer name, int flags) {
    return call(memfdCreate, name, flags);
  }

  @Override
  public long mmap(long address, long length, int protection, int flags, int fd, long offset) {
    if (!fitsWord(length)) {
      return -Errno.ENOMEM.number();
    }
    return callAddress(mmap, word(address), word(length), protection, flags, fd, offset);
  }

  @Override
  public long mremap(long oldAddress, long oldSize, long newSize, int flags, long newAddress) {
    return callAddress(
        mremap, word(oldAddress), word(oldSize), word(newSize), flags, word(newAddress));
  }

  @Override
  public int munmap(long address, long length) {
    return call(munmap, word(address), word(length));
  }

  @Override
  public int madvise(long address, long length, int advice) {
    return call(madvise, word(address), word(length), advice);
  }

  @Override
  public int pipe2(ByteBuffer fds, int flags) {
    return call(pipe2, fds, flags);
  }

  @Override
  public long vmsplice(int fd, ByteBuffer iovecs, long count, int flags) {
    return callWord(vmsplice, fd, iovecs, word(count), flags);
  }

  @Override
  public int setpriority(int which, int who, int priority) {
    return call(setpriority, which, who, priority);
  }

  @Override
  public int poll(ByteBuffer pollfds, int count, int timeoutMillis) {
    return call(poll, pollfds, word(count), timeoutMillis);
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    return call(socket, domain, type, protocol);
  }

  @Override
  public int bind(int fd, ByteBuffer sockaddr, int length) {
    return call(bind, fd, sockaddr, length);
  }

  @Override
  public int listen(int fd, int backlog) {
    return call(listen, fd, backlog);
  }

  @Override
  public int accept4(int fd, int flags) {
    return call(accept4, fd, null, null, flags);
  }

  @Override
  public int connect(int fd, ByteBuffer sockaddr, int length) {
    return call(connect, fd, sockaddr, length);
  }

  @Override
  public int getsockopt(int fd, int level, int option, ByteBuffer value, ByteBuffer length) {
    return call(getsockopt, fd, level, option, value, length);
  }

  @Override
  public int shutdown(int fd, int how) {
    return call(shutdown, fd, how);
  }

  @Override
  public long sendmsg(int fd, ByteBuffer msghdr, int flags) {
    return callWord(sendmsg, fd, msghdr, flags);
  }

  @Override
  public long recvmsg(int fd, ByteBuffer msghdr, int flags) {
    return callWord(recvmsg, fd, msghdr, flags);
  }

  @Override
  public int getpagesize() {
    return call(getpagesize);
  }

  @Override
  public long address(ByteBuffer buffer) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
  }

  @Override
  public ByteBuffer buffer(long address, int length) {
    return new Pointer(address).getByteBuffer(0, length);
  }

  /** A slice and a segment refer to the byte buffer that they are of. */
  @Override
  public Object root(ByteBuffer buffer) {
    return buffer;
  }

  @Override
  public int wordBytes() {
    return WORD_BYTES;
  }
}
