// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.display;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dmabufheaps.Access;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.example.consumer.Device;

/**
 * A buffer that the display shows or writes to: a DRM framebuffer. If the buffer's heap leaves, the
 * display lets go of it.
 */
public final class Picture implements AutoCloseable {
  private final Card card;
  private final int handle;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private int framebuffer;

  /** {@code null} until the buffer is attached, also to who is told at once to let go of it. */
  private volatile Attachment attachment;

  private Picture(Card card, int handle) {
    this.card = card;
    this.handle = handle;
  }

  static Picture of(Card card, DmaBuf buffer, Access access, int width, int height)
      throws HeapException {
    Picture picture;
    try (OwnedFd fd = buffer.exportFd()) {
      picture = new Picture(card, card.importFd(fd));
    }
    boolean made = false;
    try {
      picture.framebuffer = addFramebuffer(card, picture.handle, width, height);
      picture.attachment = buffer.attach(card.toString(), access, picture::close);
      made = true;
      return picture;
    } finally {
      if (!made) {
        picture.close();
      }
    }
  }

  private static int addFramebuffer(Card card, int handle, int width, int height)
      throws HeapException {
    ByteBuffer add = Device.struct(Drm.Framebuffer.BYTES);
    add.putInt(Drm.Framebuffer.WIDTH, width)
        .putInt(Drm.Framebuffer.HEIGHT, height)
        .putInt(Drm.Framebuffer.PIXEL_FORMAT, Drm.DRM_FORMAT_XRGB8888)
        .putInt(Drm.Framebuffer.HANDLES, handle)
        .putInt(Drm.Framebuffer.PITCHES, width * Screen.PIXEL_BYTES);
    String what = "ADDFB2 of " + width + "x" + height;
    card.device().ioctl(what, Drm.DRM_IOCTL_MODE_ADDFB2, add);
    return add.getInt(Drm.Framebuffer.FB_ID);
  }

  int framebuffer() {
    return framebuffer;
  }

  /** Removes it from the screen, and the buffer from the card. Does nothing the second time. */
  private void letGo() {
    if (!open.compareAndSet(true, false)) {
      return;
    }
    try {
      if (framebuffer != 0) {
        ByteBuffer id = Device.struct(Integer.BYTES).putInt(0, framebuffer);
        card.device().ioctl("RMFB", Drm.DRM_IOCTL_MODE_RMFB, id);
      }
      card.closeHandle(handle);
    } catch (HeapException e) {
      card.close(); // does the same, and always works
    }
  }

  /** Takes the buffer off the display. Never throws. */
  @Override
  public void close() {
    letGo();
    if (attachment != null) {
      attachment.close();
    }
  }
}
