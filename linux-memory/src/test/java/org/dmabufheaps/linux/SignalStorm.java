// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.dmabufheaps.Errno;

/**
 * The program whose calls are interrupted all the time, in a VM of its own: by real signals, sent
 * to the thread that calls, and by the error number at a third of all calls. Nothing is noticed.
 */
final class SignalStorm {
  private static final int SIGURG = 23;
  private static final int EVERY = 3;

  private final AtomicLong interrupted = new AtomicLong();
  private final AtomicLong signals = new AtomicLong();
  private final AtomicBoolean done = new AtomicBoolean();
  private final Random random = new Random(1);
  private final LinuxMemory linux =
      new LinuxMemoryService(TestKernel.with(TestKernel.watched(this::interrupt)));

  private int interrupt(String name, Object[] arguments) {
    // No manual page lets munmap be interrupted; close has closed all the same.
    if (name.equals("munmap") || random.nextInt(EVERY) != 0) {
      return 0;
    }
    interrupted.incrementAndGet();
    return Errno.EINTR.number();
  }

  private void send(int thread) {
    int process = (int) ProcessHandle.current().pid();
    while (!done.get()) {
      if (Libc.call("tgkill", process, thread, SIGURG) == 0) {
        signals.incrementAndGet();
      }
    }
  }

  /** A signal that is ignored interrupts nothing. By reflection, since javac warns of the class. */
  private static void handleUrg() throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object ours =
        Proxy.newProxyInstance(
            SignalStorm.class.getClassLoader(), new Class<?>[] {handler}, (p, m, a) -> null);
    Object urg = signal.getConstructor(String.class).newInstance("URG");
    signal.getMethod("handle", signal, handler).invoke(null, urg, ours);
  }

  /** Does so many operations, one of a hundred of them with sockets. */
  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    int operations = Integer.parseInt(arguments[1]);
    SignalStorm storm = new SignalStorm();
    handleUrg();
    Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
    int own = Integer.parseInt(self.getFileName().toString());
    Thread sender = new Thread(() -> storm.send(own));
    sender.setDaemon(true);
    sender.start();
    NothingLeft.things();
    var before = NothingLeft.descriptors();
    for (int operation = 0; operation < operations; operation++) {
      if (operation % 100 == 0) {
        Faults.useSockets(storm.linux, directory);
      } else {
        Faults.useMemfd(storm.linux);
      }
    }
    storm.done.set(true);
    sender.join();
    boolean right =
        before.equals(NothingLeft.descriptors())
            && TestRequest.RESERVED.get() == 0
            && storm.interrupted.get() > operations;
    System.out.printf(
        "%d operations, %d calls interrupted, %d signals, %d wrong%n",
        operations, storm.interrupted.get(), storm.signals.get(), right ? 0 : 1);
    System.exit(right ? 0 : 1);
  }
}
