// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.consumer;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;

/**
 * An open device, for {@code ioctl(2)} and {@code poll(2)}: all the native code of the examples.
 *
 * <p>By JNA's {@link Function} objects only, since a {@code Library}, {@code Structure} or {@code
 * Callback} type would pin the bundle's class loader for ever. Structures are direct byte buffers
 * with the offsets of the kernel's headers, for CPUs where a {@code long} has 64 bits.
 *
 * <p>Thread-safe: the descriptor is closed after the last call on it has returned, so that no call
 * meets a number that was given to another file.
 */
public final class Device implements AutoCloseable {
  /** {@code POLLIN} of {@code poll(2)}: a frame is ready, a fence has signalled. */
  public static final int POLLIN = 1;

  private static final Set<String> CPUS =
      Set.of("amd64", "x86_64", "aarch64", "riscv64", "loongarch64", "s390x");

  // include/uapi/asm-generic/fcntl.h
  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;

  private static final int POLLFD_BYTES = 8;
  private static final int POLLFD_EVENTS = 4;
  private static final int POLLFD_REVENTS = 6;

  private static final NativeLibrary C = NativeLibrary.getProcess();
  private static final Function OPEN = C.getFunction("open");
  private static final Function CLOSE = C.getFunction("close");
  private static final Function IOCTL = C.getFunction("ioctl");
  private static final Function POLL = C.getFunction("poll");

  private final String name;
  private final int fd;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /** The owner, until it has closed, and the calls under way. */
  private final AtomicInteger users = new AtomicInteger(1);

  private Device(String name, int fd) {
    this.name = name;
    this.fd = fd;
  }

  /**
   * Opens a device for reading and writing, close-on-exec and non-blocking.
   *
   * @param path such as {@code /dev/video0}
   * @return the device, to be closed
   * @throws HeapException {@code ENOENT}, {@code EACCES}, {@code EBUSY}, {@code EMFILE}; {@code
   *     ENOSYS} on a CPU with other structures
   */
  public static Device open(Path path) throws HeapException {
    if (!CPUS.contains(System.getProperty("os.arch"))) {
      throw new HeapException(
          "opening " + path + " on " + System.getProperty("os.arch") + ", of " + CPUS,
          Errno.ENOSYS);
    }
    byte[] bytes = (path + "\0").getBytes(StandardCharsets.UTF_8);
    ByteBuffer text = ByteBuffer.allocateDirect(bytes.length).put(bytes).rewind();
    int fd = retry(OPEN, text, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0) {
      throw failed("opening " + path, fd);
    }
    return new Device(path.toString(), fd);
  }

  /**
   * Lists device nodes.
   *
   * @param directory such as {@code /dev}
   * @param prefix of their names, before a number: {@code "video"}
   * @return their paths, sorted; empty when there is no such directory
   * @throws HeapException {@code EIO} when it can't be read
   */
  public static List<Path> nodes(Path directory, String prefix) throws HeapException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> nodes = Files.list(directory)) {
      return nodes
          .filter(node -> node.getFileName().toString().matches(prefix + "[0-9]{1,3}"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new HeapException("listing " + directory, Errno.EIO, e);
    }
  }

  /**
   * Takes over a descriptor that an ioctl returned, such as that of a fence.
   *
   * @param name for messages
   * @param fd the descriptor; closed with the result
   * @return its owner, to be closed
   */
  public static Device of(String name, int fd) {
    return new Device(name, fd);
  }

  /**
   * Allocates a zeroed structure, in native byte order.
   *
   * @param bytes its size
   * @return a direct byte buffer
   */
  public static ByteBuffer struct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /**
   * Returns where a structure is, for another one that has a pointer to it. The caller keeps both
   * reachable until the call has returned.
   *
   * @param struct a direct byte buffer
   * @return the address of its index 0
   */
  public static long address(ByteBuffer struct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(struct));
  }

  /**
   * Returns the descriptor, for what takes one as a number.
   *
   * @return the number, good while this object is open
   */
  public int fd() {
    return fd;
  }

  /**
   * Calls {@code ioctl(2)}, again after a signal.
   *
   * @param what is done, for the message: "queueing buffer 0"
   * @param request composed by {@link Ioctl}
   * @param argument a direct byte buffer, seen from its position
   * @throws HeapException with the kernel's error; {@code EBADF} when this device is closed
   */
  public void ioctl(String what, long request, ByteBuffer argument) throws HeapException {
    enter(what);
    int result;
    try {
      result = retry(IOCTL, fd, request, argument);
    } finally {
      leave();
    }
    if (result < 0) {
      throw failed(what + " with " + name, result);
    }
  }

  /**
   * Waits until the device is ready, or has nothing to wait for ({@code POLLERR}).
   *
   * @param what is waited for, for the message
   * @param timeoutMillis how long at most
   * @return whether it is ready
   * @throws HeapException {@code ETIMEDOUT} when the time is over
   */
  public boolean awaitReadable(String what, int timeoutMillis) throws HeapException {
    ByteBuffer pollfd = struct(POLLFD_BYTES);
    pollfd.putInt(0, fd).putShort(POLLFD_EVENTS, (short) POLLIN);
    enter(what);
    int ready;
    try {
      ready = retry(POLL, pollfd, 1L, timeoutMillis);
    } finally {
      leave();
    }
    if (ready < 0) {
      throw failed(what + " of " + name, ready);
    }
    if (ready == 0) {
      throw new HeapException(
          what + " of " + name + " for " + timeoutMillis + " ms", Errno.ETIMEDOUT);
    }
    return (pollfd.getShort(POLLFD_REVENTS) & POLLIN) != 0;
  }

  private void enter(String what) throws HeapException {
    if (!open.get() || users.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
      throw new HeapException(what + " with " + name + ", which is closed", Errno.EBADF);
    }
  }

  private void leave() {
    if (users.decrementAndGet() == 0) {
      CLOSE.invokeInt(new Object[] {fd});
    }
  }

  private static int retry(Function function, Object... arguments) {
    int result;
    do {
      result = function.invokeInt(arguments);
      result = result == -1 ? -Native.getLastError() : result;
    } while (result == -Errno.EINTR.number());
    return result;
  }

  private static HeapException failed(String what, int result) {
    return new HeapException(what, Errno.nameOf(-result), -result);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Closes the descriptor when no call is under way any more. A second call does nothing. */
  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      leave();
    }
  }
}
