// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.display;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.example.consumer.Device;

/**
 * A DRM device: imports buffers by PRIME ({@code include/uapi/drm/drm.h}). Thread-safe as far as
 * the kernel is.
 */
final class Card implements AutoCloseable {
  private static final Path DEVICES = Path.of("/dev/dri");
  private static final int NAME_BYTES = 64;

  private final Device device;
  private final String driver;

  private Card(Device device, String driver) {
    this.device = device;
    this.driver = driver;
  }

  /**
   * Opens the first card of a driver.
   *
   * @throws HeapException {@code ENODEV} when there is none
   */
  static Card open(String driver) throws HeapException {
    for (Path path : Device.nodes(DEVICES, "card")) {
      Card card = openIf(driver, path);
      if (card != null) {
        return card;
      }
    }
    throw new HeapException(
        "looking for a card of the driver " + driver + " among " + DEVICES + "/card*",
        Errno.ENODEV);
  }

  private static Card openIf(String driver, Path path) throws HeapException {
    Device device = Device.open(path);
    boolean kept = false;
    try {
      String name = driver(device);
      kept = name.equals(driver);
      return kept ? new Card(device, driver) : null;
    } finally {
      if (!kept) {
        device.close();
      }
    }
  }

  private static String driver(Device device) throws HeapException {
    ByteBuffer name = Device.struct(NAME_BYTES);
    ByteBuffer version = Device.struct(Drm.Version.BYTES);
    version.putLong(Drm.Version.NAME_LEN, NAME_BYTES);
    version.putLong(Drm.Version.NAME, Device.address(name));
    device.ioctl("DRM_IOCTL_VERSION", Drm.DRM_IOCTL_VERSION, version);
    byte[] bytes = new byte[(int) Math.min(NAME_BYTES, version.getLong(Drm.Version.NAME_LEN))];
    name.get(0, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  Device device() {
    return device;
  }

  /**
   * Imports a buffer ({@code DRM_IOCTL_PRIME_FD_TO_HANDLE}).
   *
   * @param fd of a dma-buf; not needed afterwards
   * @return the card's handle, to be given to {@link #closeHandle}
   */
  int importFd(OwnedFd fd) throws HeapException {
    ByteBuffer prime = Device.struct(Drm.Prime.BYTES);
    prime.putInt(Drm.Prime.FD, fd.fd());
    device.ioctl("PRIME_FD_TO_HANDLE", Drm.DRM_IOCTL_PRIME_FD_TO_HANDLE, prime);
    return prime.getInt(Drm.Prime.HANDLE);
  }

  /**
   * Exports what was imported ({@code DRM_IOCTL_PRIME_HANDLE_TO_FD}).
   *
   * @param handle of the card
   * @return a descriptor, to be closed
   */
  Device exportFd(int handle) throws HeapException {
    ByteBuffer prime = Device.struct(Drm.Prime.BYTES);
    prime.putInt(Drm.Prime.HANDLE, handle);
    prime.putInt(Drm.Prime.FLAGS, Drm.DRM_CLOEXEC | Drm.DRM_RDWR);
    device.ioctl("PRIME_HANDLE_TO_FD", Drm.DRM_IOCTL_PRIME_HANDLE_TO_FD, prime);
    return Device.of("dma-buf of " + device, prime.getInt(Drm.Prime.FD));
  }

  /** Lets go of an imported buffer ({@code DRM_IOCTL_GEM_CLOSE}). */
  void closeHandle(int handle) throws HeapException {
    ByteBuffer close = Device.struct(Drm.GemClose.BYTES);
    device.ioctl("GEM_CLOSE", Drm.DRM_IOCTL_GEM_CLOSE, close.putInt(Drm.GemClose.HANDLE, handle));
  }

  @Override
  public String toString() {
    return device + " (" + driver + ")";
  }

  /** Closes the device; the kernel undoes what was done with it. */
  @Override
  public void close() {
    device.close();
  }
}
