// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.MemoryBackend;
import org.dmabufheaps.unixfd.Frame;
import org.dmabufheaps.unixfd.FrameMemory;
import org.dmabufheaps.unixfd.StreamOptions;
import org.osgi.service.log.Logger;

/** Streams on real sockets and memfds, without a framework. */
final class Rig implements AutoCloseable {
  static final String CAPS = "video/x-raw, format=(string)GRAY8";
  private static final long SECONDS = 20;

  final LinuxMemory linux = LinuxMemory.open();
  final MemoryBackend backend = (MemoryBackend) linux;
  final List<String> logged = new ArrayList<>();
  final PollLoop loop;
  final Path socket;
  private final List<String> before;
  private final ConcurrentLinkedQueue<DmaBufOps> memory = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<OwnedFd> fds = new ConcurrentLinkedQueue<>();

  Rig() throws IOException {
    socket = Files.createTempDirectory("unixfd").resolve("s");
    backend.poll().close();
    before = descriptors();
    loop = new PollLoop("dmabuf-unixfd test", backend.poll(), logger());
    loop.start();
  }

  Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Rig.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              synchronized (logged) {
                logged.add(method.getName() + " " + arguments[0]);
              }
              return null;
            });
  }

  OpenStream stream(StreamOptions options) throws HeapException {
    OpenStream stream =
        new OpenStream(
            loop,
            backend.listen(socket),
            options,
            Command.caps(CAPS),
            new FrameMaker(linux),
            logger(),
            "test");
    stream.start();
    return stream;
  }

  /** A frame in a memfd of its own, which starts with a number. */
  Frame frame(int number) throws HeapException {
    DmaBufOps ops = linux.memfd(AllocationRequest.uncounted(4096));
    memory.add(ops);
    var view = ops.map();
    view.bytes(0, 4096).putInt(0, number);
    view.retire();
    OwnedFd fd = ops.exportFd();
    fds.add(fd);
    return new Frame(List.of(FrameMemory.of(fd, 0, 4096)), number, 1, null);
  }

  Peer connect() throws HeapException {
    return new Peer(backend.connect(socket));
  }

  /** A client that does as it is told. */
  static final class Peer implements AutoCloseable {
    final FdSocket socket;
    private final CommandReader reader = new CommandReader();

    Peer(FdSocket socket) {
      this.socket = socket;
    }

    /** Waits for a command; its descriptors are closed. {@code null} at the end. */
    Command next() throws IOException {
      Command command = null;
      while (command == null) {
        ByteBuffer in = ByteBuffer.allocate(reader.missing());
        List<OwnedFd> came = socket.receive(in, 16, TimeUnit.SECONDS.toMillis(SECONDS));
        if (came == null) {
          return null;
        }
        came.forEach(OwnedFd::close);
        command = reader.take(in.flip());
      }
      return command;
    }

    /** The time stamp of the next frame, which is its number. */
    NewBuffer frame() throws IOException {
      Command command = next();
      while (command.type() == Command.CAPS) {
        command = next();
      }
      return NewBuffer.of(command.payload());
    }

    void release(long id) throws HeapException {
      socket.send(Command.release(id));
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  static void await(String what, Callable<Boolean> condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    try {
      while (!condition.call()) {
        if (System.nanoTime() > end) {
          throw new AssertionError(what);
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      }
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }

  static List<String> descriptors() throws IOException {
    List<String> links = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : all.toList()) {
        try {
          String link = Files.readSymbolicLink(fd).toString();
          if (link.matches("(socket|pipe|/memfd|/dmabuf).*")) {
            links.add(link);
          }
        } catch (IOException e) {
          // The descriptor of the listing itself.
        }
      }
    }
    return links.stream().sorted().toList();
  }

  @Override
  public void close() throws IOException {
    if (!loop.stop()) {
      throw new AssertionError("the loop goes on");
    }
    fds.forEach(OwnedFd::close);
    memory.forEach(DmaBufOps::release);
    await("nothing is left of " + descriptors(), () -> descriptors().equals(before));
    Files.deleteIfExists(socket.getParent());
  }
}
