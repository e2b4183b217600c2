// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.Headroom;
import org.dmabufheaps.spi.MemoryBackend;
import org.dmabufheaps.spi.MemoryBudget;

/** The system's side while it is there, and the exporter of what it imported. */
final class Backend {
  /** When there is none: nothing can be imported, and nothing is known of the machine. */
  static final Backend NONE = new Backend(new Missing());

  private final MemoryBackend service;
  private final Exporter imports = new Exporter("imported");
  private final long pageSize;

  Backend(MemoryBackend service) {
    this.service = service;
    this.pageSize = service.pageSize();
  }

  MemoryBackend service() {
    return service;
  }

  Exporter imports() {
    return imports;
  }

  long pageSize() {
    return pageSize;
  }

  private static final class Missing implements MemoryBackend {
    @Override
    public long pageSize() {
      return 4096;
    }

    @Override
    public Headroom headroom() {
      return Headroom.UNKNOWN;
    }

    @Override
    public DmaBufOps importFd(int fd, MemoryBudget budget) throws HeapException {
      throw missing("importing descriptor " + fd);
    }

    @Override
    public FdSocket connect(Path path, BooleanSupplier wanted) throws HeapException {
      throw missing("connecting to " + path);
    }

    @Override
    public FdListener listen(Path path) throws HeapException {
      throw missing("listening on " + path);
    }

    @Override
    public FdListener listen(Path path, int mode, String group) throws HeapException {
      throw missing("listening on " + path);
    }

    @Override
    public FdListener inherited(String name) throws HeapException {
      throw missing("taking the service manager's socket " + name);
    }

    @Override
    public FdPoll poll() throws HeapException {
      throw missing("waiting for sockets");
    }

    private static HeapException missing(String operation) {
      return new HeapException(
          operation + ": the bundle org.dmabufheaps.linux-memory is not active", Errno.ENODEV);
    }
  }
}
