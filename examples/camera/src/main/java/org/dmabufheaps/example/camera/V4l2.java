// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import org.dmabufheaps.example.consumer.Ioctl;

/**
 * What of {@code include/uapi/linux/videodev2.h} is used: requests, constants, and the offsets of
 * structures' members where a {@code long} has 64 bits.
 */
final class V4l2 {
  private V4l2() {}

  /** {@code struct v4l2_capability}. */
  static final class Capability {
    static final int BYTES = 104;
    static final int DRIVER = 0;
    static final int CARD = 16;
    static final int BUS_INFO = 48;
    static final int VERSION = 80;
    static final int DEVICE_CAPS = 88;

    private Capability() {}
  }

  /** {@code struct v4l2_format} with its member {@code fmt.pix}. */
  static final class Format {
    static final int BYTES = 208;
    static final int TYPE = 0;
    static final int WIDTH = 8;
    static final int HEIGHT = 12;
    static final int PIXELFORMAT = 16;
    static final int FIELD = 20;
    static final int BYTESPERLINE = 24;
    static final int SIZEIMAGE = 28;

    private Format() {}
  }

  /** {@code struct v4l2_requestbuffers}. */
  static final class RequestBuffers {
    static final int BYTES = 20;
    static final int COUNT = 0;
    static final int TYPE = 4;
    static final int MEMORY = 8;

    private RequestBuffers() {}
  }

  /** {@code struct v4l2_buffer}. */
  static final class Buffer {
    static final int BYTES = 88;
    static final int INDEX = 0;
    static final int TYPE = 4;
    static final int BYTESUSED = 8;
    static final int FLAGS = 12;
    static final int SEQUENCE = 56;
    static final int MEMORY = 60;
    static final int FD = 64;
    static final int LENGTH = 72;

    private Buffer() {}
  }

  static final int V4L2_CAP_VIDEO_CAPTURE = 0x1;
  static final int V4L2_BUF_TYPE_VIDEO_CAPTURE = 1;
  static final int V4L2_FIELD_NONE = 1;
  static final int V4L2_MEMORY_DMABUF = 4;
  static final int V4L2_BUF_FLAG_ERROR = 0x40;

  static final long VIDIOC_QUERYCAP = Ioctl.ior('V', 0, Capability.BYTES);
  static final long VIDIOC_S_FMT = Ioctl.iowr('V', 5, Format.BYTES);
  static final long VIDIOC_REQBUFS = Ioctl.iowr('V', 8, RequestBuffers.BYTES);
  static final long VIDIOC_QBUF = Ioctl.iowr('V', 15, Buffer.BYTES);
  static final long VIDIOC_DQBUF = Ioctl.iowr('V', 17, Buffer.BYTES);
  static final long VIDIOC_STREAMON = Ioctl.iow('V', 18, Integer.BYTES);
  static final long VIDIOC_STREAMOFF = Ioctl.iow('V', 19, Integer.BYTES);
  static final long VIDIOC_S_INPUT = Ioctl.iowr('V', 39, Integer.BYTES);
}
