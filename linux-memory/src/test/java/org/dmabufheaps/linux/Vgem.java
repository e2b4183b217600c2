// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import org.dmabufheaps.HeapException;

/** The DRM driver vgem, which imports dma-bufs ({@code include/uapi/drm/drm.h}). */
final class Vgem implements AutoCloseable {
  private static final long DRM_IOCTL_PRIME_FD_TO_HANDLE = 0xC00C642EL;
  private static final long DRM_IOCTL_GEM_CLOSE = 0x40086409L;

  private final Kernel kernel;
  private final Fd card;

  Vgem(Kernel kernel) throws HeapException {
    this.kernel = kernel;
    card = Devices.open(kernel, KernelHas.vgem().orElseThrow());
  }

  /** Returns the handle of the imported buffer. */
  int importBuffer(int fd) throws HeapException {
    ByteBuffer prime = Call.struct(12).putInt(8, fd);
    long result = card.call(n -> kernel.sys().ioctl(n, DRM_IOCTL_PRIME_FD_TO_HANDLE, prime));
    Call.check(result, "importing descriptor " + fd + " into vgem");
    return prime.getInt(0);
  }

  void close(int handle) throws HeapException {
    ByteBuffer gem = Call.struct(8).putInt(0, handle);
    long result = card.call(n -> kernel.sys().ioctl(n, DRM_IOCTL_GEM_CLOSE, gem));
    Call.check(result, "closing handle " + handle + " of vgem");
  }

  @Override
  public void close() {
    card.close();
  }
}
