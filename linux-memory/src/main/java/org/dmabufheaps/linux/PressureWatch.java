// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory.Watch;

/**
 * Waits for memory pressure, in a thread of its own: a trigger of the kernel's pressure stall
 * information, which is a file that {@code poll(2)} calls exceptional ({@code
 * Documentation/accounting/psi.rst}).
 */
final class PressureWatch implements Watch {
  private static final String THREAD = "dmabuf-pressure";
  private static final Path GROUPS = Path.of("/sys/fs/cgroup");
  private static final Path MACHINE = Path.of("/proc/pressure/memory");
  private static final long JOIN_MILLIS = 2_000;

  // poll(2)
  private static final int POLLIN = 1;
  private static final int POLLPRI = 2;
  private static final int POLLERR = 8;
  private static final int POLLFD_BYTES = 8;
  private static final int EVENTS = 4;
  private static final int REVENTS = 6;
  private static final int FOREVER = -1;

  private final Kernel kernel;
  private final Fd trigger;
  private final Fd wakeReads;
  private final Fd wakeWrites;
  private final Runnable pressed;
  private final Thread thread;

  private PressureWatch(Kernel kernel, Fd trigger, Fd wakeReads, Fd wakeWrites, Runnable pressed) {
    this.kernel = kernel;
    this.trigger = trigger;
    this.wakeReads = wakeReads;
    this.wakeWrites = wakeWrites;
    this.pressed = pressed;
    thread = new Thread(this::run, THREAD);
    thread.setDaemon(true);
  }

  /** Sets the trigger and starts the thread. */
  static Watch start(Kernel kernel, long stallMillis, long windowMillis, Runnable pressed)
      throws HeapException {
    List<Fd> opened = new ArrayList<>();
    boolean done = false;
    try {
      Fd trigger = trigger(kernel, file(), stallMillis, windowMillis);
      opened.add(trigger);
      ByteBuffer ends = Call.struct(2 * Integer.BYTES);
      Call.check(kernel.sys().pipe2(ends, Abi.O_CLOEXEC), "making a pipe");
      Fd reads = Fd.of(kernel, ends.getInt(0), "a pipe");
      Fd writes = Fd.of(kernel, ends.getInt(Integer.BYTES), "a pipe");
      opened.addAll(List.of(reads, writes));
      PressureWatch watch = new PressureWatch(kernel, trigger, reads, writes, pressed);
      watch.thread.start();
      done = true;
      return watch;
    } finally {
      if (!done) {
        opened.forEach(Fd::close);
      }
    }
  }

  /** This process's control group knows its own pressure; the machine's stands in for it. */
  private static Path file() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        if (line.startsWith("0::/") && line.length() > "0::/".length()) {
          Path group = GROUPS.resolve(line.substring("0::/".length())).normalize();
          Path pressure = group.resolve("memory.pressure");
          if (group.startsWith(GROUPS) && Files.exists(pressure)) {
            return pressure;
          }
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      return MACHINE;
    }
    return MACHINE;
  }

  private static Fd trigger(Kernel kernel, Path file, long stallMillis, long windowMillis)
      throws HeapException {
    String what = "watching memory pressure by " + file;
    ByteBuffer path = Call.string(file.toString());
    int flags = Abi.O_RDWR | Abi.O_NONBLOCK | Abi.O_CLOEXEC;
    Fd fd = Fd.of(kernel, Call.retry(() -> kernel.sys().open(path, flags)), what);
    byte[] words =
        ("some " + stallMillis * 1_000 + " " + windowMillis * 1_000 + "\0")
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer text = Call.struct(words.length).put(words).rewind();
    boolean done = false;
    try {
      Call.check(fd.call(n -> kernel.sys().write(n, text, words.length)), what);
      done = true;
      return fd;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  private void run() {
    int pressure = trigger.acquire();
    int wake = wakeReads.acquire();
    try {
      watch(pressure, wake);
    } finally {
      wakeReads.release();
      trigger.release();
    }
  }

  /** Until it is woken, or the control group has gone. */
  private void watch(int pressure, int wake) {
    ByteBuffer pollfds = Call.struct(2 * POLLFD_BYTES);
    pollfds.putInt(0, pressure).putShort(EVENTS, (short) POLLPRI);
    pollfds.putInt(POLLFD_BYTES, wake).putShort(POLLFD_BYTES + EVENTS, (short) POLLIN);
    while (true) {
      long ready = Call.retry(() -> kernel.sys().poll(pollfds, 2, FOREVER));
      int events = pollfds.getShort(REVENTS);
      if (ready < 0 || pollfds.getShort(POLLFD_BYTES + REVENTS) != 0 || (events & POLLERR) != 0) {
        return;
      }
      if ((events & POLLPRI) != 0) {
        pressed.run();
      }
    }
  }

  /** Its writing end closed, the pipe wakes the thread. */
  @Override
  public void close() {
    wakeWrites.close();
    boolean interrupted = false;
    try {
      if (thread != Thread.currentThread()) {
        thread.join(JOIN_MILLIS);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    List.of(wakeReads, trigger).forEach(Fd::close);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
