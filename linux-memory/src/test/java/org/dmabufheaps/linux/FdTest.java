// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class FdTest {
  private final List<String> closed = new CopyOnWriteArrayList<>();
  private final Kernel kernel =
      TestKernel.with(
          TestKernel.watched(
              (name, arguments) -> {
                if (name.equals("close")) {
                  closed.add(arguments[0].toString());
                }
                return 0;
              }));

  private Fd memfd() throws HeapException {
    return Memfd.create(kernel, 4096, "fd", Memfd.F_SEAL_SHRINK);
  }

  @Test
  void isClosedOnceHoweverOftenItIsTold() throws HeapException {
    Fd fd = memfd();
    String number = String.valueOf(fd.fd());
    fd.close();
    fd.close();
    assertEquals(List.of(number), closed);
    assertFalse(fd.isOpen());
    assertThrows(BufferClosedException.class, fd::fd);
    assertThrows(BufferClosedException.class, fd::acquire);
  }

  /** Between the system's close and the note of it, another thread may be given the number. */
  @Test
  void aNumberThatIsGivenToAClientWhileItsFormerFileCloses() throws Exception {
    // Another thread of the JVM may have freed a lower number just then: it is given that.
    boolean given = false;
    for (int i = 0; i < 100 && !given; i++) {
      given = isGivenWhileItsFormerFileCloses();
    }
    assertTrue(given, "the number was never given again");
  }

  private boolean isGivenWhileItsFormerFileCloses() throws Exception {
    AtomicReference<Fd> given = new AtomicReference<>();
    AtomicBoolean ownWhileClosing = new AtomicBoolean(true);
    Fd kept = memfd();
    Syscalls real = TestKernel.real().sys();
    Syscalls closing =
        (Syscalls)
            Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(),
                new Class<?>[] {Syscalls.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(real, arguments);
                  if (method.getName().equals("close") && given.get() == null) {
                    given.set(kept.duplicate("for a client"));
                    ownWhileClosing.set(Fd.isOwn(given.get().fd()));
                  }
                  return result;
                });
    Fd former = Memfd.create(TestKernel.with(closing), 4096, "fd", Memfd.F_SEAL_SHRINK);
    int number = former.fd();
    assertTrue(Fd.isOwn(number));
    former.close();
    boolean again = number == given.get().fd();
    assertFalse(again && ownWhileClosing.get(), "it is the client's at once");
    assertFalse(Fd.isOwn(number));
    given.get().close();
    kept.close();
    return again;
  }

  @Test
  void isClosedWhenTheLastUseEnds() throws HeapException {
    Fd fd = memfd();
    fd.acquire();
    fd.acquire();
    fd.close();
    fd.release();
    assertEquals(List.of(), closed);
    assertThrows(BufferClosedException.class, fd::acquire);
    fd.release();
    assertEquals(1, closed.size());
  }

  @Test
  void thatWasLostIsClosedLater() throws HeapException {
    AtomicLong told = new AtomicLong();
    lose(told);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (closed.isEmpty() && System.nanoTime() < end) {
      System.gc();
      kernel.tidy();
      LockSupport.parkNanos(1_000_000);
    }
    assertEquals(1, closed.size());
    assertEquals(1, told.get());
  }

  private void lose(AtomicLong told) throws HeapException {
    memfd().afterClose(told::incrementAndGet);
  }

  @Test
  void aCallNeverMeetsAnotherFileThatGotTheNumber() throws Exception {
    AtomicReference<Fd> current = new AtomicReference<>(memfd());
    AtomicReference<String> wrong = new AtomicReference<>("");
    AtomicLong calls = new AtomicLong();
    Thread[] users = new Thread[3];
    for (int i = 0; i < users.length; i++) {
      users[i] =
          new Thread(
              () -> {
                for (Fd fd = current.get(); fd != null; fd = current.get()) {
                  use(fd, wrong, calls);
                }
              });
      users[i].start();
    }
    for (int round = 0; round < 5_000; round++) {
      // Sizes alternate, so that a reused number shows.
      long size = 4096L << (round & 3);
      Fd next = Memfd.create(kernel, size, "fd", Memfd.F_SEAL_SHRINK);
      current.getAndSet(next).close();
    }
    current.getAndSet(null).close();
    for (Thread user : users) {
      user.join();
    }
    assertEquals("", wrong.get());
    assertTrue(calls.get() > 0);
  }

  private static void use(Fd fd, AtomicReference<String> wrong, AtomicLong calls) {
    try {
      fd.with(
          number -> {
            Kernel real = TestKernel.real();
            FileFacts first = FileFacts.of(real.sys(), number);
            FileFacts second = FileFacts.of(real.sys(), number);
            if (!first.equals(second)) {
              wrong.set(first + " became " + second);
            }
            calls.incrementAndGet();
            return null;
          });
    } catch (BufferClosedException e) {
      // Somebody was quicker.
      Thread.onSpinWait();
    } catch (HeapException e) {
      wrong.set(e.toString());
    }
  }
}
