// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.dmabufheaps.Access;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/**
 * A client in a container of its own: a component that follows a heap by a filter, holds a buffer
 * of it, and gives its descriptor to whoever connects. Tells its life on standard output.
 */
public final class DeployedClient {
  static final String SOCKET = "itest.socket";
  static final int SIZE = 1 << 20;

  private HeapAllocator heap;
  private FdSockets sockets;
  private DmaBuf buffer;
  private OwnedFd fd;
  private FdListener listener;

  void activate(BundleContext context) throws HeapException {
    buffer = heap.allocate(SIZE);
    fd = buffer.exportFd();
    long generation = version(context, buffer.heap());
    boolean zero = fill(generation);
    listener = sockets.listen(Path.of(context.getProperty(SOCKET)));
    Thread giver = new Thread(this::giveAgainAndAgain, "giver");
    giver.setDaemon(true);
    giver.start();
    System.out.println(
        "client: got " + buffer.heap() + " " + generation + (zero ? ", all zero" : ", NOT ZERO"));
  }

  /** The major version of the vendor's bundle; 0 for a heap of ours. */
  private static long version(BundleContext context, String heap) {
    for (Bundle bundle : context.getBundles()) {
      if (bundle.getSymbolicName().startsWith("com.acme.") && !heap.equals("system")) {
        return bundle.getVersion().getMajor();
      }
    }
    return 0;
  }

  private boolean fill(long generation) throws HeapException {
    try (CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE)) {
      var bytes = access.bytes();
      boolean zero = true;
      for (int offset = 0; offset < SIZE; offset += Long.BYTES) {
        zero &= bytes.getLong(offset) == 0;
        bytes.putLong(offset, generation);
      }
      return zero;
    }
  }

  private void giveAgainAndAgain() {
    try {
      while (true) {
        try (FdSocket connection = listener.accept(0)) {
          connection.send(ByteBuffer.allocate(1), fd);
        }
      }
    } catch (HeapException e) {
      System.out.println("client: " + e);
    } catch (BufferClosedException e) {
      // The end.
    }
  }

  void deactivate() throws HeapException {
    listener.close();
    long first;
    try (CpuAccess access = buffer.beginCpuAccess(Access.READ)) {
      first = access.bytes().getLong(SIZE - Long.BYTES);
    }
    fd.close();
    buffer.close();
    System.out.println("client: lost it, and could still read " + first);
  }
}
