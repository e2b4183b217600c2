// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import org.dmabufheaps.HeapException;

/** The DRM driver vgem, which imports dma-bufs ({@code include/uapi/drm/drm.h}). */
final class Vgem implements AutoCloseable {
  private static final long DRM_IOCTL_PRIME_FD_TO_HANDLE = 0xC00C642EL;
  private static final long DRM_IOCTL_GEM_CLOSE = 0x40086409L;

  // include/uapi/drm/vgem_drm.h
  private static final long DRM_IOCTL_VGEM_FENCE_ATTACH = 0xC0106441L;
  private static final int VGEM_FENCE_WRITE = 1;

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

  /** A device begins to write; it is done when this is closed, or after 10 seconds. */
  void beginWork(int handle) throws HeapException {
    ByteBuffer fence = Call.struct(16).putInt(0, handle).putInt(4, VGEM_FENCE_WRITE);
    long result = card.call(n -> kernel.sys().ioctl(n, DRM_IOCTL_VGEM_FENCE_ATTACH, fence));
    Call.check(result, "attaching a fence to handle " + handle + " of vgem");
  }

  @Override
  public void close() {
    card.close();
  }
}
