// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.viewfinder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.dmabufheaps.Access;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/** A buffer of real memory without a container, that can be taken away. */
final class TestBuffer implements DmaBuf {
  private static final LinuxMemory LINUX = linux();

  private final DmaBufOps ops;
  private final View view;
  private final List<TestAttachment> attachments = new CopyOnWriteArrayList<>();
  private volatile boolean open = true;

  private TestBuffer(DmaBufOps ops) throws HeapException {
    this.ops = ops;
    this.view = ops.map();
  }

  private static LinuxMemory linux() {
    try {
      return LinuxMemory.open();
    } catch (HeapException e) {
      throw new IllegalStateException(e);
    }
  }

  static TestBuffer ofHeap(String node, long size) throws HeapException {
    return new TestBuffer(LINUX.dmaHeap(node, AllocationRequest.uncounted(size + 4095 & -4096)));
  }

  static TestBuffer ofMemfd(long size) throws HeapException {
    return new TestBuffer(LINUX.memfd(AllocationRequest.uncounted(size + 4095 & -4096)));
  }

  /**
   * Takes the buffer away, as core does when its heap leaves; its memory goes by {@link #close}.
   */
  void revoke() {
    open = false;
    attachments.forEach(attachment -> attachment.onRevoke.run());
  }

  /** The descriptors of buffers and devices that this process has. */
  static List<String> descriptors() throws IOException {
    List<String> targets = new ArrayList<>();
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : fds.toList()) {
        if (Files.isSymbolicLink(fd)) {
          targets.add(Files.readSymbolicLink(fd).toString());
        }
      }
    }
    return targets.stream()
        .filter(target -> target.matches("/dev/(video|dri/).*|/dmabuf:.*|.*sync_file.*"))
        .sorted()
        .toList();
  }

  /** How many references the kernel counts: ours, a driver's, mappings. */
  int references() throws IOException {
    try (OwnedFd fd = exportFd()) {
      String info = Files.readString(Path.of("/proc/self/fdinfo/" + fd.fd()));
      return Integer.parseInt(info.replaceFirst("(?s).*\\bcount:\\s*(\\d+).*", "$1"));
    }
  }

  /** How many devices use it. */
  int attached() {
    return attachments.size();
  }

  private final class TestAttachment implements Attachment {
    private final String device;
    private final Access access;
    private final Runnable onRevoke;

    TestAttachment(String device, Access access, Runnable onRevoke) {
      this.device = device;
      this.access = access;
      this.onRevoke = onRevoke;
    }

    @Override
    public String device() {
      return device;
    }

    @Override
    public Access access() {
      return access;
    }

    @Override
    public void close() {
      attachments.remove(this);
    }
  }

  @Override
  public Attachment attach(String device, Access access, Runnable onRevoke) {
    TestAttachment attachment = new TestAttachment(device, access, onRevoke);
    attachments.add(attachment);
    return attachment;
  }

  @Override
  public CpuAccess beginCpuAccess(Access access) throws HeapException {
    ops.beginCpuAccess(access);
    return new CpuAccess() {
      @Override
      public ByteBuffer bytes() {
        return view.bytes(0, (int) ops.size());
      }

      @Override
      public ByteBuffer bytes(long offset, int length) {
        return view.bytes(offset, length);
      }

      @Override
      public void close() throws HeapException {
        ops.endCpuAccess(access);
      }
    };
  }

  @Override
  public OwnedFd exportFd() throws HeapException {
    return ops.exportFd();
  }

  @Override
  public String heap() {
    return "test";
  }

  @Override
  public long size() {
    return ops.size();
  }

  @Override
  public void label(String text) {}

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    open = false;
    view.retire();
    ops.release();
  }
}
