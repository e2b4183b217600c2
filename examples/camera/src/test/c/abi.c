// SPDX-License-Identifier: Apache-2.0
// Prints what V4l2.java must have: cc abi.c -o abi && ./abi >../resources/org/dmabufheaps/example/camera/abi.txt
#include <linux/videodev2.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define REQUEST(name) printf("%s %#lx\n", #name, (unsigned long)name)
#define CONSTANT(name) printf("%s %#x\n", #name, (unsigned)name)
#define SIZE(type) printf("sizeof(%s) %#lx\n", #type, sizeof(struct type))
// A member by its last name: "width" for fmt.pix.width.
#define OFFSET(type, member) \
  printf("%s.%s %#lx\n", #type, strrchr("." #member, 0x2e) + 1, offsetof(struct type, member))

int main(void) {
  SIZE(v4l2_capability);
  OFFSET(v4l2_capability, driver);
  OFFSET(v4l2_capability, card);
  OFFSET(v4l2_capability, bus_info);
  OFFSET(v4l2_capability, version);
  OFFSET(v4l2_capability, device_caps);
  SIZE(v4l2_format);
  OFFSET(v4l2_format, type);
  OFFSET(v4l2_format, fmt.pix.width);
  OFFSET(v4l2_format, fmt.pix.height);
  OFFSET(v4l2_format, fmt.pix.pixelformat);
  OFFSET(v4l2_format, fmt.pix.field);
  OFFSET(v4l2_format, fmt.pix.bytesperline);
  OFFSET(v4l2_format, fmt.pix.sizeimage);
  SIZE(v4l2_requestbuffers);
  OFFSET(v4l2_requestbuffers, count);
  OFFSET(v4l2_requestbuffers, type);
  OFFSET(v4l2_requestbuffers, memory);
  SIZE(v4l2_buffer);
  OFFSET(v4l2_buffer, index);
  OFFSET(v4l2_buffer, type);
  OFFSET(v4l2_buffer, bytesused);
  OFFSET(v4l2_buffer, flags);
  OFFSET(v4l2_buffer, sequence);
  OFFSET(v4l2_buffer, memory);
  OFFSET(v4l2_buffer, m.fd);
  OFFSET(v4l2_buffer, length);
  CONSTANT(V4L2_CAP_VIDEO_CAPTURE);
  CONSTANT(V4L2_BUF_TYPE_VIDEO_CAPTURE);
  CONSTANT(V4L2_FIELD_NONE);
  CONSTANT(V4L2_MEMORY_DMABUF);
  CONSTANT(V4L2_BUF_FLAG_ERROR);
  CONSTANT(V4L2_PIX_FMT_YUYV);
  CONSTANT(V4L2_PIX_FMT_XBGR32);
  REQUEST(VIDIOC_QUERYCAP);
  REQUEST(VIDIOC_S_FMT);
  REQUEST(VIDIOC_REQBUFS);
  REQUEST(VIDIOC_QBUF);
  REQUEST(VIDIOC_DQBUF);
  REQUEST(VIDIOC_STREAMON);
  REQUEST(VIDIOC_STREAMOFF);
  REQUEST(VIDIOC_S_INPUT);
}
