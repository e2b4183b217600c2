// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/** Another process, which holds what it is sent in the way it is told. */
final class HolderProcess implements AutoCloseable {
  /** Keep the descriptor. */
  static final byte HOLD = 1;

  /** Map it and close the descriptor. */
  static final byte MAP = 2;

  /** Close and unmap all, what is sent included. */
  static final byte LET_GO = 3;

  private static final int PATIENCE_MILLIS = 60_000;
  private static final long PAGE = 4096;

  private final Process process;
  private final FdListener listener;
  private final FdSocket socket;

  private HolderProcess(Process process, FdListener listener, FdSocket socket) {
    this.process = process;
    this.listener = listener;
    this.socket = socket;
  }

  static HolderProcess start(LinuxMemory linux, Path path) throws Exception {
    FdListener listener = linux.listen(path);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                HolderProcess.class.getName(),
                path.toString())
            .inheritIO()
            .start();
    return new HolderProcess(process, listener, listener.accept(PATIENCE_MILLIS));
  }

  /** Sends a buffer, and returns when what was told is done. */
  void tell(byte command, LinuxBuffer buffer) throws HeapException {
    try (OwnedFd fd = buffer.exportFd()) {
      socket.send(ByteBuffer.wrap(new byte[] {command}), fd);
    }
    ByteBuffer done = ByteBuffer.allocate(1);
    assertEquals(List.of(), socket.receive(done, 0, PATIENCE_MILLIS));
    assertEquals(command, done.get(0));
  }

  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    socket.close();
    listener.close();
    kill();
  }

  /** The other process. */
  public static void main(String[] arguments) throws Exception {
    Syscalls sys = TestKernel.real().sys();
    FdSocket socket = LinuxMemory.open().connect(Path.of(arguments[0]));
    List<OwnedFd> held = new ArrayList<>();
    List<Long> mapped = new ArrayList<>();
    while (true) {
      ByteBuffer command = ByteBuffer.allocate(1);
      List<OwnedFd> received = socket.receive(command, 1, 0);
      if (received == null) {
        return;
      }
      held.addAll(received);
      if (command.get(0) == MAP) {
        mapped.add(Mmap.shared(sys, received.get(0).fd(), PAGE, true));
      }
      if (command.get(0) == LET_GO) {
        mapped.forEach(address -> sys.munmap(address, PAGE));
        mapped.clear();
      }
      if (command.get(0) != HOLD) {
        held.forEach(OwnedFd::close);
        held.clear();
      }
      socket.send(command.rewind());
    }
  }
}
