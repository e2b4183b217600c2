// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.dmabufheaps.Access;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/** Lets each system call of a scenario fail once, one after the other. */
final class Faults {
  private Faults() {}

  /** Uses the service, and closes what it opened, also when something is thrown. */
  interface Scenario {
    void run(LinuxMemory linux) throws Exception;
  }

  /** Allocates a memfd, uses it in every way, and frees it. */
  static void useMemfd(LinuxMemory linux) throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(8192));
    try {
      use(linux, buffer);
    } finally {
      buffer.release();
    }
  }

  /** Passes a memfd through a socket. */
  static void useSockets(LinuxMemory linux, Path directory) throws Exception {
    Path path = directory.resolve("s");
    try (FdListener listener = linux.listen(path);
        FdSocket client = linux.connect(path);
        FdSocket server = listener.accept(5_000)) {
      DmaBufOps buffer = linux.memfd(new TestRequest(4096));
      try (OwnedFd fd = buffer.exportFd()) {
        client.send(ByteBuffer.allocate(4), fd, fd);
        List<OwnedFd> fds = server.receive(ByteBuffer.allocate(4), 2, 5_000);
        fds.forEach(OwnedFd::close);
      } finally {
        buffer.release();
      }
    }
    Files.deleteIfExists(path);
  }

  /** Serves a client as a server does that waits for nobody, at a socket for others. */
  static void useServer(LinuxMemory linux, Path directory) throws Exception {
    Path path = directory.resolve("p");
    try (FdListener listener = linux.listen(path, 0600, "");
        FdPoll poll = linux.poll();
        FdPoll.Watched door = poll.watch(listener, listener)) {
      door.want(true, false);
      try (FdSocket client = linux.connect(path)) {
        poll.wake();
        poll.await(5_000);
        try (FdSocket server = listener.tryAccept();
            FdPoll.Watched watched = poll.watch(server, server)) {
          server.peerGroups();
          exchange(linux, poll, watched, client, server);
        }
      }
    } finally {
      Files.deleteIfExists(path);
    }
  }

  private static void exchange(
      LinuxMemory linux, FdPoll poll, FdPoll.Watched watched, FdSocket client, FdSocket server)
      throws Exception {
    DmaBufOps buffer = linux.memfd(new TestRequest(4096));
    try (OwnedFd fd = buffer.exportFd()) {
      client.trySend(ByteBuffer.allocate(4), fd);
      watched.want(true, false);
      poll.await(5_000);
      List<OwnedFd> fds = server.tryReceive(ByteBuffer.allocate(4), 2);
      fds.forEach(OwnedFd::close);
      server.trySend(ByteBuffer.allocate(4));
    } finally {
      buffer.release();
    }
  }

  /** Uses a buffer in every way. */
  static void use(LinuxMemory linux, DmaBufOps buffer) throws Exception {
    View view = buffer.map();
    try {
      buffer.beginCpuAccess(Access.READ_WRITE);
      ByteBuffer bytes = view.bytes(0, 4096);
      bytes.putInt(0, 1);
      buffer.endCpuAccess(Access.READ_WRITE);
    } finally {
      view.retire();
    }
    buffer.label("fault");
    try (OwnedFd fd = buffer.exportFd()) {
      linux.describe(fd.fd());
      long references = linux.references(fd.fd());
      DmaBufOps imported = linux.importFd(fd.fd());
      try {
        imported.map().retire();
      } finally {
        imported.release();
      }
      linux.reclaim(fd.fd(), references);
    }
  }

  /**
   * Each step either works or throws with this error, and leaves no descriptor, mapping or byte in
   * any case; what is done next works.
   */
  static void atEachStep(Errno errno, Scenario scenario) throws Exception {
    List<String> before = NothingLeft.descriptors();
    List<String> mappings = NothingLeft.mappings();
    int steps = steps(scenario);
    boolean more = true;
    for (int step = 1; more || step <= steps; step++) {
      AtomicReference<String> failed = new AtomicReference<>("");
      AtomicBoolean armed = new AtomicBoolean(true);
      LinuxMemory linux = new LinuxMemoryService(failing(errno, step, failed, armed));
      try {
        scenario.run(linux);
      } catch (HeapException e) {
        assertEquals(errno.number(), e.errno(), failed + " at step " + step + ": " + e);
        assertTrue(e.getMessage().length() > errno.name().length() + 10, e.getMessage());
      }
      // Views that others retired may add steps to one run and not to another: what follows is not
      // to meet the failure that this run came short of.
      armed.set(false);
      more = !failed.get().isEmpty();
      assertEquals(before, NothingLeft.descriptors(), errno + " of " + failed + ", step " + step);
      assertEquals(0, TestRequest.RESERVED.get(), errno + " of " + failed + ", step " + step);
      try {
        scenario.run(linux);
      } catch (HeapException e) {
        throw new AssertionError("after " + errno + " of " + failed + ", step " + step, e);
      }
      assertEquals(mappings, NothingLeft.mappings(), errno + " of " + failed + ", step " + step);
    }
  }

  /** Each step works. */
  static void signalAtEachStep(Scenario scenario) throws Exception {
    int steps = steps(scenario);
    for (int step = 1; step <= steps; step++) {
      scenario.run(
          new LinuxMemoryService(
              failing(Errno.EINTR, step, new AtomicReference<>(""), new AtomicBoolean(true))));
    }
  }

  private static int steps(Scenario scenario) throws Exception {
    AtomicInteger steps = new AtomicInteger();
    scenario.run(
        new LinuxMemoryService(
            TestKernel.with(
                TestKernel.watched(
                    (name, arguments) -> {
                      steps.incrementAndGet();
                      return 0;
                    }))));
    assertTrue(steps.get() > 5, "steps " + steps);
    return steps.get();
  }

  private static Kernel failing(
      Errno errno, int step, AtomicReference<String> failed, AtomicBoolean armed) {
    AtomicInteger steps = new AtomicInteger();
    return TestKernel.with(
        TestKernel.watched(
            (name, arguments) -> {
              // munmap knows no EINTR.
              boolean now =
                  armed.get()
                      && steps.incrementAndGet() == step
                      && !(errno == Errno.EINTR && name.equals("munmap"));
              if (now) {
                failed.set(name);
              }
              return now ? errno.number() : 0;
            }));
  }
}
