// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both processes of the demo, with real memory and a real second process, without a container. */
class SessionTest {
  private static final int FRAMES = 20;

  private final LinuxMemory linux = open();
  private final Sockets sockets = new Sockets(linux);
  private final Deadline deadline = Deadline.inSeconds(60);
  private List<String> descriptors;
  private Path png;
  private ReceiverProcess receiver;

  @BeforeEach
  void startReceiver(@TempDir Path directory) throws IOException {
    descriptors = openDescriptors();
    png = directory.resolve("frame.png");
    receiver =
        ReceiverProcess.start(
            sockets, System.getProperty("java.class.path"), png, Options.Source.CLIP, deadline);
    Message hello = receiver.channel().expect(Message.Kind.HELLO, deadline);
    assertEquals(receiver.pid(), hello.value());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    receiver.close();
    Optional<ProcessHandle> process = ProcessHandle.of(receiver.pid());
    assertFalse(process.map(ProcessHandle::isAlive).orElse(false), "the receiver is gone");
    long end = System.nanoTime() + 10_000_000_000L;
    while (!openDescriptors().equals(descriptors) && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(1_000_000);
    }
    assertEquals(descriptors, openDescriptors(), "open descriptors");
  }

  @Test
  void framesArriveWithoutACopyAlsoOverARestartOfTheHeap() throws IOException {
    DemoReport report = run(new LocalHeap(linux));
    assertEquals(List.of(), report.deviations());
    assertEquals(0, receiver.awaitExit(deadline));
    assertTrue(Files.size(png) > 10_000, "a picture was written");
    assertTrue(
        report.table().contains(String.format("%-26s %,14d", "pixels checked", 21 * 57_600)),
        report.table());
  }

  @Test
  void threeFramesAreEnough() throws IOException {
    assertEquals(List.of(), run(new LocalHeap(linux), 3).deviations());
  }

  @Test
  void aHeapThatHandsOutOtherMemoryIsFoundOut() throws IOException {
    LocalHeap copying =
        new LocalHeap(linux) {
          @Override
          OwnedFd export(DmaBufOps ops) throws HeapException {
            DmaBufOps other = linux.memfd(AllocationRequest.uncounted(ops.size()));
            try {
              return other.exportFd();
            } finally {
              other.release();
            }
          }
        };
    List<String> deviations = run(copying).deviations();
    assertTrue(
        deviations.stream().anyMatch(line -> line.contains("pixels differ")), deviations::toString);
    assertTrue(
        deviations.stream().anyMatch(line -> line.contains("the mark reads 0x0")),
        deviations::toString);
  }

  @Test
  void aHeapWhoseHandlesOutliveItIsFoundOut() throws IOException {
    LocalHeap lingering =
        new LocalHeap(linux) {
          @Override
          public void stop() {}
        };
    assertEquals(
        List.of(
            "the heap is there after its bundle was stopped",
            "a handle works without its heap: 90112 bytes",
            "a handle works without its heap: 90112 bytes",
            "a handle works without its heap: 90112 bytes",
            "a handle works without its heap: 90112 bytes"),
        run(lingering).deviations());
  }

  @Test
  void aBufferThatIsNotClosedIsFoundOut() throws IOException {
    LocalHeap leaking =
        new LocalHeap(linux) {
          @Override
          public DmaBuf allocate(long size) throws HeapException {
            super.allocate(size);
            return super.allocate(size);
          }
        };
    try {
      List<String> deviations = run(leaking).deviations();
      assertEquals(List.of("buffers live: 4, not 0", "descriptors left: 4, not 0"), deviations);
    } finally {
      leaking.stop();
    }
  }

  @Test
  void aHeapThatDoesNotComeBackEndsTheSession() {
    LocalHeap gone =
        new LocalHeap(linux) {
          @Override
          public void start() {}
        };
    IOException ended = assertThrows(IOException.class, () -> run(gone));
    assertEquals("heap local has not come", ended.getMessage());
  }

  @Test
  void aReceiverThatIsKilledEndsTheSession() {
    LocalHeap killing =
        new LocalHeap(linux) {
          @Override
          public void stop() {
            super.stop();
            ProcessHandle.of(receiver.pid()).orElseThrow().destroyForcibly();
          }
        };
    assertThrows(IOException.class, () -> run(killing));
    assertEquals(0, killing.liveBuffers());
  }

  @Test
  void aReceiverLeavesWithItsSocket() throws IOException {
    receiver.channel().close();
    assertEquals(1, receiver.awaitExit(deadline));
  }

  @Test
  void aReceiverRefusesABufferThatIsTooSmall() throws IOException {
    DmaBufOps small = linux.memfd(AllocationRequest.uncounted(4096));
    try (OwnedFd fd = small.exportFd()) {
      receiver.channel().send(new Message(Message.Kind.BUFFER, 0, 0, 0, 4096), fd);
      assertEquals(1, receiver.awaitExit(deadline));
    } finally {
      small.release();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BUFFER", "FRAME", "BYE"})
  void aReceiverRefusesWhatMakesNoSense(Message.Kind kind) throws IOException {
    receiver.channel().send(new Message(kind, 0, 0, 0, 0));
    assertEquals(1, receiver.awaitExit(deadline));
  }

  @Test
  void theRendezvousIsGoneOnceTheProcessesAreConnected() {
    assertTrue(Files.notExists(sockets.listened), sockets.listened.toString());
    assertTrue(Files.notExists(sockets.listened.getParent()), sockets.listened.toString());
    assertEquals("rwx------", sockets.mode, "of the directory while there was one");
  }

  private DemoReport run(LocalHeap heap) throws IOException {
    return run(heap, FRAMES);
  }

  private DemoReport run(LocalHeap heap, int frames) throws IOException {
    DemoReport report = new DemoReport(receiver.pid(), frames);
    new Session(
            heap, heap, linux, receiver.channel(), new ClipSource(Clip.load()), deadline, report)
        .run(frames, png);
    return report;
  }

  private static LinuxMemory open() {
    try {
      return LinuxMemory.open();
    } catch (HeapException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of buffers, sockets and pipes: the JVM opens files of its own now and then. */
  private static List<String> openDescriptors() throws IOException {
    List<String> links = new ArrayList<>();
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      for (Path entry : entries.toList()) {
        try {
          links.add(Files.readSymbolicLink(entry).toString());
        } catch (NoSuchFileException e) {
          // That of the listing itself.
        }
      }
    }
    links.removeIf(link -> !link.matches("(/memfd:|/dmabuf|socket:|pipe:|anon_inode:).*"));
    Collections.sort(links);
    return links;
  }

  /** Remembers where it listened. */
  private static final class Sockets implements FdSockets {
    private final LinuxMemory linux;
    private Path listened;
    private String mode;

    Sockets(LinuxMemory linux) {
      this.linux = linux;
    }

    @Override
    public FdSocket connect(Path path) throws HeapException {
      return linux.connect(path);
    }

    @Override
    public FdListener listen(Path path) throws HeapException {
      listened = path;
      try {
        mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return linux.listen(path);
    }

    @Override
    public FdListener listen(Path path, int mode, String group) throws HeapException {
      return linux.listen(path, mode, group);
    }

    @Override
    public FdListener inherited(String name) throws HeapException {
      return linux.inherited(name);
    }

    @Override
    public FdPoll poll() throws HeapException {
      return linux.poll();
    }
  }
}
