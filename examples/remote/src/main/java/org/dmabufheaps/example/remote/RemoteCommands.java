// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.remote;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The shell's word for buffers from elsewhere. */
@Component(
    service = RemoteCommands.class,
    property = {"osgi.command.scope=remote", "osgi.command.function=alloc"})
public final class RemoteCommands {
  private final FdSockets sockets;
  private final AllocationService allocations;

  /**
   * Activates.
   *
   * @param sockets connects to the broker
   * @param allocations imports what it gives
   */
  @Activate
  public RemoteCommands(@Reference FdSockets sockets, @Reference AllocationService allocations) {
    this.sockets = sockets;
    this.allocations = allocations;
  }

  /**
   * Gets a buffer from a broker, looks whether it is zero, and writes it.
   *
   * @param session the shell
   * @param socket the broker's
   * @param heap a name, an alias or a filter
   * @param size in bytes
   * @throws HeapException when the broker refuses, or the buffer is not zero
   */
  @Descriptor("gets a buffer from the broker of another VM")
  public void alloc(
      CommandSession session,
      @Descriptor("the broker's socket") String socket,
      @Descriptor("a heap's name, alias or filter") String heap,
      @Descriptor("in bytes") long size)
      throws HeapException {
    try (RemoteHeaps remote = new RemoteHeaps(sockets, allocations, Path.of(socket));
        DmaBuf buffer = remote.allocate(heap, size);
        CpuAccess cpu = buffer.beginCpuAccess(Access.READ_WRITE)) {
      ByteBuffer bytes = cpu.bytes();
      while (bytes.hasRemaining()) {
        if (bytes.get() != 0) {
          throw new HeapException("a buffer of the broker is not zero", Errno.EIO);
        }
        bytes.put(bytes.position() - 1, (byte) 0xa5);
      }
      session
          .getConsole()
          .println(buffer.size() + " bytes of the broker's heap " + heap + ", all zero");
    }
  }
}
