// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.dmabufheaps.Access;
import org.dmabufheaps.Attachment;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.example.consumer.Device;
import org.dmabufheaps.example.consumer.Needs;

/**
 * A camera at work on buffers of a heap.
 *
 * <p>Each buffer is attached for as long. If its heap leaves, the camera stops before the memory
 * goes ({@code onRevoke}), and {@link #next} says so. For one thread, but for that and {@link
 * #close}.
 */
public final class Capture implements AutoCloseable {
  private static final long PARK_NANOS = 100_000;

  private final Device device;
  private final Needs needs;
  private final List<DmaBuf> buffers;
  private final List<OwnedFd> fds = new ArrayList<>();
  private final List<Attachment> attachments = new CopyOnWriteArrayList<>();
  private final AtomicBoolean stopped = new AtomicBoolean();

  /** Threads in {@link #next}. */
  private final AtomicInteger waiting = new AtomicInteger();

  private volatile boolean revoked;

  private Capture(Device device, Needs needs, List<? extends DmaBuf> buffers) {
    this.device = device;
    this.needs = needs;
    this.buffers = List.copyOf(buffers);
  }

  static Capture start(Device device, Needs needs, List<? extends DmaBuf> buffers)
      throws HeapException {
    Capture capture = new Capture(device, needs, buffers);
    boolean started = false;
    try {
      capture.requestBuffers(buffers.size());
      for (int index = 0; index < buffers.size(); index++) {
        capture.attach(buffers.get(index));
        capture.queue(index);
      }
      capture.stream("VIDIOC_STREAMON", V4l2.VIDIOC_STREAMON);
      started = true;
      return capture;
    } finally {
      if (!started) {
        capture.close();
      }
    }
  }

  private void requestBuffers(int count) throws HeapException {
    ByteBuffer request = Device.struct(V4l2.RequestBuffers.BYTES);
    request
        .putInt(V4l2.RequestBuffers.COUNT, count)
        .putInt(V4l2.RequestBuffers.TYPE, V4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE)
        .putInt(V4l2.RequestBuffers.MEMORY, V4l2.V4L2_MEMORY_DMABUF);
    device.ioctl("VIDIOC_REQBUFS of " + count, V4l2.VIDIOC_REQBUFS, request);
    int given = request.getInt(V4l2.RequestBuffers.COUNT);
    if (count > 0 && given != count) {
      throw new HeapException(
          "asking " + device + " for " + count + " buffers, where it takes " + given, Errno.EINVAL);
    }
  }

  private void attach(DmaBuf buffer) throws HeapException {
    attachments.add(buffer.attach(device.toString(), Access.WRITE, this::revoke));
    fds.add(buffer.exportFd());
  }

  private void stream(String name, long request) throws HeapException {
    ByteBuffer type = Device.struct(Integer.BYTES);
    device.ioctl(name, request, type.putInt(0, V4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE));
  }

  private static ByteBuffer buffer() {
    return Device.struct(V4l2.Buffer.BYTES)
        .putInt(V4l2.Buffer.TYPE, V4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE)
        .putInt(V4l2.Buffer.MEMORY, V4l2.V4L2_MEMORY_DMABUF);
  }

  /**
   * Gives a buffer to the camera ({@code VIDIOC_QBUF}), which may write to it from now on.
   *
   * @param index of the buffer, as {@link Frame#index} told it
   * @throws HeapException {@code EFAULT} or {@code EINVAL} when the driver does not take such
   *     memory; {@code ENODEV} when the heap has gone
   */
  public void queue(int index) throws HeapException {
    ByteBuffer buffer = buffer();
    buffer
        .putInt(V4l2.Buffer.INDEX, index)
        .putInt(V4l2.Buffer.FD, fds.get(index).fd())
        .putInt(V4l2.Buffer.LENGTH, Math.toIntExact(buffers.get(index).size()));
    try {
      device.ioctl("queueing buffer " + index, V4l2.VIDIOC_QBUF, buffer);
    } catch (HeapException e) {
      throw explained(index, e);
    }
  }

  private HeapException explained(int index, HeapException e) {
    if (revoked) {
      return gone();
    }
    if (Errno.EFAULT.is(e)) {
      return refused(index, e, "memory in one piece only", Needs.CONTIGUOUS);
    }
    if (Errno.EINVAL.is(e)) {
      return refused(index, e, "dma-bufs of a frame's size or more only", needs);
    }
    return e;
  }

  private WrongHeap refused(int index, HeapException e, String takes, Needs instead) {
    String message =
        "queueing buffer "
            + index
            + ", of heap "
            + buffers.get(index).heap()
            + ", with "
            + device
            + ", whose driver takes "
            + takes
            + ": take a heap that matches "
            + instead;
    return new WrongHeap(message, e, instead.filter());
  }

  private HeapException gone() {
    return new HeapException(
        "capturing with " + device + ", whose buffers were taken away: their heap has gone",
        Errno.ENODEV);
  }

  /**
   * Waits for a frame and takes it ({@code VIDIOC_DQBUF}). The camera leaves its buffer alone until
   * {@link #queue}.
   *
   * @param timeoutMillis how long at most
   * @return the frame
   * @throws HeapException {@code ENODEV} when the heap has gone; {@code ETIMEDOUT}; {@code EIO}
   *     when the driver says that the frame is damaged, which is queued again
   */
  public Frame next(int timeoutMillis) throws HeapException {
    ByteBuffer buffer = buffer();
    waiting.incrementAndGet();
    try {
      requireStarted();
      device.awaitReadable("waiting for a frame", timeoutMillis);
      device.ioctl("VIDIOC_DQBUF", V4l2.VIDIOC_DQBUF, buffer);
    } catch (HeapException e) {
      throw revoked ? gone() : e;
    } finally {
      waiting.decrementAndGet();
    }
    int index = buffer.getInt(V4l2.Buffer.INDEX);
    if ((buffer.getInt(V4l2.Buffer.FLAGS) & V4l2.V4L2_BUF_FLAG_ERROR) != 0) {
      queue(index);
      throw new HeapException("a damaged frame from " + device, Errno.EIO);
    }
    return new Frame(
        index, buffer.getInt(V4l2.Buffer.SEQUENCE), buffer.getInt(V4l2.Buffer.BYTESUSED));
  }

  private void requireStarted() throws HeapException {
    if (stopped.get()) {
      throw new HeapException("capturing with " + device + ", which was stopped", Errno.EINVAL);
    }
  }

  /**
   * The heap leaves: when this returns, the camera writes nowhere. A closed attachment says so; the
   * heap would else have to take the camera for one that never lets go.
   */
  private void revoke() {
    revoked = true;
    stop();
    attachments.forEach(Attachment::close);
  }

  /** Stops the camera and makes the driver let go of the buffers. Does nothing the second time. */
  private void stop() {
    if (!stopped.compareAndSet(false, true)) {
      return;
    }
    try {
      stream("VIDIOC_STREAMOFF", V4l2.VIDIOC_STREAMOFF);
      awaitNobodyWaiting();
      requestBuffers(0);
    } catch (HeapException e) {
      device.close(); // does the same, and always works
    }
  }

  /**
   * A {@code poll(2)} of a queue without buffers would start the driver's emulation of {@code
   * read(2)}. The stopped queue ends those under way at once; later ones see that it was stopped.
   */
  private void awaitNobodyWaiting() {
    while (waiting.get() != 0) {
      LockSupport.parkNanos(PARK_NANOS);
    }
  }

  /** Stops the camera, and lets go of the buffers. Never throws. */
  @Override
  public void close() {
    stop();
    fds.forEach(OwnedFd::close);
    attachments.forEach(Attachment::close);
  }
}
