// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.dmabufheaps.Access;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.DescriptorInfo;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/** A buffer that came as a descriptor, mapped once. For one thread. */
final class SharedBuffer implements AutoCloseable {
  private final DmaBufOps ops;
  private final View view;
  private final DescriptorInfo info;

  private SharedBuffer(DmaBufOps ops, View view, DescriptorInfo info) {
    this.ops = ops;
    this.view = view;
    this.info = info;
  }

  /** What is done with the memory during an access. */
  interface Use<T> {
    T with(ByteBuffer bytes) throws IOException;
  }

  /**
   * Takes a buffer by its descriptor, and maps it.
   *
   * @param linux the system
   * @param fd stays the caller's
   * @param bytes what the buffer must have at least
   * @return the buffer, to be closed
   * @throws IOException when it is no dma-buf or sealed memfd, too small, or would be left open in
   *     a program that is started by exec
   */
  static SharedBuffer take(LinuxMemory linux, OwnedFd fd, long bytes) throws IOException {
    DescriptorInfo info = linux.describe(fd.fd());
    if (!info.closeOnExec()) {
      throw new IOException("a descriptor came without FD_CLOEXEC: " + info);
    }
    DmaBufOps ops = linux.importFd(fd.fd());
    try {
      if (ops.size() < bytes) {
        throw new IOException("a buffer of " + ops.size() + " bytes, less than " + bytes);
      }
      return new SharedBuffer(ops, ops.map(), info);
    } catch (IOException e) {
      ops.release();
      throw e;
    }
  }

  DescriptorInfo info() {
    return info;
  }

  long size() {
    return ops.size();
  }

  /**
   * Uses the memory between the begin and the end of a CPU access.
   *
   * @param <T> what comes out
   * @param access what is done
   * @param use does it
   * @return what came out
   * @throws IOException when the access or the use failed
   */
  <T> T access(Access access, Use<T> use) throws IOException {
    ops.beginCpuAccess(access);
    T result;
    try {
      result = use.with(view.bytes(0, Math.toIntExact(ops.size())));
    } catch (IOException | RuntimeException e) {
      endAfter(access, e);
      throw e;
    }
    ops.endCpuAccess(access);
    return result;
  }

  private void endAfter(Access access, Exception failure) {
    try {
      ops.endCpuAccess(access);
    } catch (HeapException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    view.retire();
    ops.release();
  }
}
