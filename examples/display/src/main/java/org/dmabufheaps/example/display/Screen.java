// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.display;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.dmabufheaps.Access;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.example.consumer.Device;
import org.dmabufheaps.example.consumer.Needs;

/**
 * A display of 640 by 480 pixels that writes back what it shows: a DRM card with a writeback
 * connector, such as vkms, the kernel's virtual one ({@code include/uapi/drm/drm_mode.h}).
 *
 * <p>For one thread.
 */
public final class Screen implements AutoCloseable {
  /** The pixels of a line. */
  public static final int WIDTH = 640;

  /** The lines. */
  public static final int HEIGHT = 480;

  /** The bytes of a pixel: blue, green, red and one to spare ({@code DRM_FORMAT_XRGB8888}). */
  public static final int PIXEL_BYTES = 4;

  /** What a buffer must have at least, in bytes. */
  public static final int BYTES = WIDTH * HEIGHT * PIXEL_BYTES;

  /** {@code DRM_PLANE_TYPE_PRIMARY} of {@code include/drm/drm_plane.h}. */
  private static final int PRIMARY = 1;

  private static final int FENCE_MILLIS = 10_000;

  private final Card card;
  private final Resources resources;
  private final int crtc;
  private final int plane;
  private final int writeback;
  private final ByteBuffer mode;

  private Screen(Card card) throws HeapException {
    this.card = card;
    this.resources = new Resources(card.device());
    allow(Drm.DRM_CLIENT_CAP_UNIVERSAL_PLANES);
    allow(Drm.DRM_CLIENT_CAP_ATOMIC);
    allow(Drm.DRM_CLIENT_CAP_WRITEBACK_CONNECTORS);
    int[] crtcs = resources.crtcs();
    this.crtc = found(crtcs.length == 0 ? 0 : crtcs[0], "a CRTC");
    this.plane = found(primaryPlane(), "a primary plane");
    this.writeback = found(connector(true), "a writeback connector");
    this.mode = resources.mode(found(connector(false), "a monitor"), WIDTH, HEIGHT);
    found(mode == null ? 0 : 1, "a mode of " + WIDTH + "x" + HEIGHT);
  }

  /**
   * Opens the first screen of a driver.
   *
   * @param driver such as {@code "vkms"}
   * @return the screen, to be closed
   * @throws HeapException {@code ENODEV} when there is none, or not such a one
   */
  public static Screen open(String driver) throws HeapException {
    Card card = Card.open(driver);
    boolean made = false;
    try {
      Screen screen = new Screen(card);
      made = true;
      return screen;
    } finally {
      if (!made) {
        card.close();
      }
    }
  }

  private void allow(int capability) throws HeapException {
    ByteBuffer cap = Device.struct(Drm.ClientCap.BYTES);
    cap.putLong(Drm.ClientCap.CAPABILITY, capability).putLong(Drm.ClientCap.VALUE, 1);
    card.device().ioctl("SET_CLIENT_CAP " + capability, Drm.DRM_IOCTL_SET_CLIENT_CAP, cap);
  }

  private int found(int id, String what) throws HeapException {
    if (id == 0) {
      throw new HeapException("looking for " + what + " of " + card, Errno.ENODEV);
    }
    return id;
  }

  private int primaryPlane() throws HeapException {
    for (int candidate : resources.planes()) {
      Resources.Property type = resources.properties(candidate).get("type");
      if (type != null && type.value() == PRIMARY) {
        return candidate;
      }
    }
    return 0;
  }

  private int connector(boolean writesBack) throws HeapException {
    for (int candidate : resources.connectors()) {
      if (resources.isWriteback(candidate) == writesBack) {
        return candidate;
      }
    }
    return 0;
  }

  /**
   * Tells what memory this screen takes. No ioctl does; vkms takes any dma-buf, since it reads by
   * CPU. A display without an IOMMU takes contiguous memory only.
   *
   * @return a filter over the properties of {@code HeapAllocator} services
   */
  public String needs() {
    return Needs.DMA_BUF.filter();
  }

  /**
   * Imports a buffer.
   *
   * @param buffer of {@link #BYTES} or more; it stays the caller's
   * @param access {@link Access#READ} to show it, {@link Access#WRITE} to write back into it
   * @return the picture, to be closed before the buffer is
   * @throws HeapException {@code EINVAL} when it is no dma-buf, or what else the driver says
   */
  public Picture picture(DmaBuf buffer, Access access) throws HeapException {
    return Picture.of(card, buffer, access, WIDTH, HEIGHT);
  }

  /**
   * Shows a picture, and has the card write what it shows into another. Returns when that has been
   * written.
   *
   * @param shown on the primary plane
   * @param into by the writeback connector
   * @throws HeapException what the driver says; {@code ETIMEDOUT} when it does not write
   */
  public void writeBack(Picture shown, Picture into) throws HeapException {
    ByteBuffer fence = Device.struct(Integer.BYTES).putInt(0, -1);
    int modeBlob = createBlob();
    try {
      AtomicRequest request = new AtomicRequest(resources);
      show(request, shown, modeBlob);
      // The writeback connector alone: vkms allows no clone of a monitor's picture.
      request
          .set(writeback, "CRTC_ID", crtc)
          .set(writeback, "WRITEBACK_FB_ID", into.framebuffer())
          .set(writeback, "WRITEBACK_OUT_FENCE_PTR", Device.address(fence))
          .commit(card.device());
      await(fence.getInt(0));
    } finally {
      Reference.reachabilityFence(fence);
      destroyBlob(modeBlob);
    }
  }

  private void show(AtomicRequest request, Picture shown, int modeBlob) throws HeapException {
    request
        .set(crtc, "MODE_ID", modeBlob)
        .set(crtc, "ACTIVE", 1)
        .set(plane, "FB_ID", shown.framebuffer())
        .set(plane, "CRTC_ID", crtc)
        .set(plane, "SRC_X", 0)
        .set(plane, "SRC_Y", 0)
        .set(plane, "SRC_W", (long) WIDTH << 16)
        .set(plane, "SRC_H", (long) HEIGHT << 16)
        .set(plane, "CRTC_X", 0)
        .set(plane, "CRTC_Y", 0)
        .set(plane, "CRTC_W", WIDTH)
        .set(plane, "CRTC_H", HEIGHT);
  }

  private static void await(int fence) throws HeapException {
    try (Device written = Device.of("the writeback's fence", fence)) {
      written.awaitReadable("waiting", FENCE_MILLIS);
    }
  }

  private int createBlob() throws HeapException {
    ByteBuffer blob = Device.struct(Drm.Blob.BYTES);
    blob.putLong(Drm.Blob.DATA, Device.address(mode)).putInt(Drm.Blob.LENGTH, Drm.ModeInfo.BYTES);
    card.device().ioctl("MODE_CREATEPROPBLOB", Drm.DRM_IOCTL_MODE_CREATEPROPBLOB, blob);
    return blob.getInt(Drm.Blob.BLOB_ID);
  }

  private void destroyBlob(int id) throws HeapException {
    ByteBuffer blob = Device.struct(Integer.BYTES).putInt(0, id);
    card.device().ioctl("MODE_DESTROYPROPBLOB", Drm.DRM_IOCTL_MODE_DESTROYPROPBLOB, blob);
  }

  @Override
  public String toString() {
    return card.toString();
  }

  /** Closes the card: it shows nothing of ours any more. */
  @Override
  public void close() {
    card.close();
  }
}
