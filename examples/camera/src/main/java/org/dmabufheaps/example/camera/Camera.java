// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.example.consumer.Device;
import org.dmabufheaps.example.consumer.Needs;

/**
 * A camera: a V4L2 device that captures video ({@code include/uapi/linux/videodev2.h}).
 *
 * <p>For one thread, but {@link #close} may be called from any.
 */
public final class Camera implements AutoCloseable {
  private static final Path DEVICES = Path.of("/dev");

  private final Device device;
  private final String driver;
  private final String bus;

  private Camera(Device device, String driver, String bus) {
    this.device = device;
    this.driver = driver;
    this.bus = bus;
  }

  /**
   * Opens the first camera of a driver, at its first input.
   *
   * @param driver such as {@code "vivid"}, the kernel's test driver
   * @return the camera, to be closed
   * @throws HeapException {@code ENODEV} when there is none; what {@code open(2)} says, when that
   *     is why
   */
  public static Camera open(String driver) throws HeapException {
    HeapException why = null;
    for (Path path : Device.nodes(DEVICES, "video")) {
      try {
        Camera camera = openIf(driver, path);
        if (camera != null) {
          return camera;
        }
      } catch (HeapException e) {
        why = e;
      }
    }
    throw new HeapException(
        "looking for a camera of the driver " + driver + " among /dev/video*" + after(why),
        Errno.ENODEV);
  }

  private static String after(HeapException why) {
    return why == null ? "" : " (" + why.getMessage() + ")";
  }

  private static Camera openIf(String driver, Path path) throws HeapException {
    Device device = Device.open(path);
    boolean kept = false;
    try {
      ByteBuffer capability = Device.struct(V4l2.Capability.BYTES);
      device.ioctl("VIDIOC_QUERYCAP", V4l2.VIDIOC_QUERYCAP, capability);
      String name = text(capability, V4l2.Capability.DRIVER, V4l2.Capability.CARD);
      int can = capability.getInt(V4l2.Capability.DEVICE_CAPS);
      if (!name.equals(driver) || (can & V4l2.V4L2_CAP_VIDEO_CAPTURE) == 0) {
        return null;
      }
      device.ioctl("VIDIOC_S_INPUT 0", V4l2.VIDIOC_S_INPUT, Device.struct(Integer.BYTES));
      kept = true;
      String bus = text(capability, V4l2.Capability.BUS_INFO, V4l2.Capability.VERSION);
      return new Camera(device, name, bus);
    } finally {
      if (!kept) {
        device.close();
      }
    }
  }

  /** Reads text that ends with a NUL, or before the next member. */
  private static String text(ByteBuffer struct, int member, int next) {
    byte[] bytes = new byte[next - member];
    struct.get(member, bytes);
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }

  /**
   * Tells what memory this camera takes. No ioctl does: for your camera, write down what its manual
   * says, contiguous memory if it has no IOMMU.
   *
   * @return a filter over the properties of {@code HeapAllocator} services
   */
  public String needs() {
    return memory().filter();
  }

  private Needs memory() {
    return driver.equals("vivid") ? Vivid.needs(bus) : Needs.DMA_BUF;
  }

  /**
   * Asks for a format ({@code VIDIOC_S_FMT}).
   *
   * @param fourcc such as {@link Format#YUYV}
   * @param width in pixels
   * @param height in pixels
   * @return the format as it is from now on
   * @throws HeapException {@code EINVAL} when the camera offers another one only; {@code EBUSY}
   *     when it is capturing
   */
  public Format format(int fourcc, int width, int height) throws HeapException {
    ByteBuffer format = Device.struct(V4l2.Format.BYTES);
    format
        .putInt(V4l2.Format.TYPE, V4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE)
        .putInt(V4l2.Format.WIDTH, width)
        .putInt(V4l2.Format.HEIGHT, height)
        .putInt(V4l2.Format.PIXELFORMAT, fourcc)
        .putInt(V4l2.Format.FIELD, V4l2.V4L2_FIELD_NONE);
    Format wanted = new Format(fourcc, width, height, 0, 0);
    device.ioctl("VIDIOC_S_FMT " + wanted, V4l2.VIDIOC_S_FMT, format);
    Format given =
        new Format(
            format.getInt(V4l2.Format.PIXELFORMAT),
            format.getInt(V4l2.Format.WIDTH),
            format.getInt(V4l2.Format.HEIGHT),
            format.getInt(V4l2.Format.BYTESPERLINE),
            format.getInt(V4l2.Format.SIZEIMAGE));
    if (given.fourcc() != fourcc || given.width() != width || given.height() != height) {
      throw new HeapException(
          "asking " + device + " for " + wanted + ", of which it makes " + given, Errno.EINVAL);
    }
    return given;
  }

  /**
   * Starts to capture into buffers, all of them queued.
   *
   * @param buffers at least two, each of a frame's size or more; they stay the caller's
   * @return the capture, to be closed before the buffers are
   * @throws HeapException when the driver refuses a buffer; the message says which heap to take
   */
  public Capture capture(List<? extends DmaBuf> buffers) throws HeapException {
    return Capture.start(device, memory(), buffers);
  }

  @Override
  public String toString() {
    return device + " (" + driver + ")";
  }

  /** Closes the device, which also ends a capture. */
  @Override
  public void close() {
    device.close();
  }
}
