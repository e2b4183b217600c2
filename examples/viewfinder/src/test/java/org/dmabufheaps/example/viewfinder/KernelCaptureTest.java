// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.viewfinder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.example.camera.Camera;
import org.dmabufheaps.example.camera.Capture;
import org.dmabufheaps.example.camera.Format;
import org.dmabufheaps.example.camera.Frame;
import org.dmabufheaps.example.camera.WrongHeap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kernel's virtual camera, and real buffers. */
@Tag("kernel")
@Timeout(60)
class KernelCaptureTest {
  private static final Path ALLOCATORS = Path.of("/sys/module/vivid/parameters/allocators");
  private static final int FRAME_MILLIS = 20_000;

  private final List<TestBuffer> buffers = new ArrayList<>();
  private List<String> before;
  private Camera camera;
  private Format format;

  @BeforeEach
  void openTheCamera() throws IOException {
    assumeTrue(Files.exists(ALLOCATORS), "needs the driver vivid");
    assumeTrue(Files.readString(ALLOCATORS).startsWith("0"), "vivid takes contiguous memory only");
    before = TestBuffer.descriptors();
    camera = Camera.open("vivid");
    format = camera.format(Format.YUYV, 640, 360);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    if (camera == null) {
      return;
    }
    camera.close();
    buffers.forEach(buffer -> assertEquals(0, buffer.attached(), "devices attached"));
    buffers.forEach(TestBuffer::close);
    assertEquals(before, TestBuffer.descriptors(), "descriptors");
  }

  private List<TestBuffer> allocate() throws HeapException {
    for (int i = 0; i < 4; i++) {
      buffers.add(TestBuffer.ofHeap("system", format.bytes()));
    }
    return buffers;
  }

  private byte[] bytes(int index) throws HeapException {
    byte[] bytes = new byte[format.bytes()];
    try (CpuAccess cpu = buffers.get(index).beginCpuAccess(Access.READ)) {
      cpu.bytes().get(bytes);
    }
    return bytes;
  }

  @Test
  void framesComeAndTheirBufferIsOursUntilItIsQueued() throws Exception {
    try (Capture capture = camera.capture(allocate())) {
      assertEquals(1, buffers.get(0).attached());
      Frame first = capture.next(FRAME_MILLIS);
      byte[] seen = bytes(first.index());
      assertEquals(0xb3, seen[format.bytes() / 2] & 0xff, "the white bar");
      int last = first.sequence();
      for (int i = 0; i < 10; i++) {
        Frame frame = capture.next(FRAME_MILLIS);
        assertTrue(frame.sequence() > last, frame.toString());
        assertNotEquals(first.index(), frame.index());
        assertEquals(format.bytes(), frame.bytes());
        last = frame.sequence();
        capture.queue(frame.index());
      }
      assertArrayEquals(seen, bytes(first.index()));
    }
  }

  @Test
  void oneCaptureFollowsAnother() throws Exception {
    allocate();
    for (int i = 0; i < 3; i++) {
      try (Capture capture = camera.capture(buffers)) {
        capture.next(FRAME_MILLIS);
      }
    }
  }

  @Test
  void buffersThatAreTakenAwayStopTheCamera() throws Exception {
    try (Capture capture = camera.capture(allocate())) {
      capture.next(FRAME_MILLIS);
      int capturing = buffers.get(0).references();
      buffers.forEach(TestBuffer::revoke);
      assertTrue(buffers.get(0).references() < capturing, "the driver has let go");
      assertEquals(0, buffers.get(0).attached(), "and says so");
      HeapException gone = assertThrows(HeapException.class, () -> capture.next(FRAME_MILLIS));
      assertTrue(Errno.ENODEV.is(gone), gone.getMessage());
      gone = assertThrows(HeapException.class, () -> capture.queue(0));
      assertTrue(Errno.ENODEV.is(gone), gone.getMessage());
    }
    requireFree();
  }

  @Test
  void whoWaitsForAFrameIsToldWhenTheBuffersAreTakenAway() throws Exception {
    for (int i = 0; i < 20; i++) {
      buffers.forEach(TestBuffer::close);
      buffers.clear();
      try (Capture capture = camera.capture(allocate())) {
        CompletableFuture<Frame> frames = CompletableFuture.supplyAsync(() -> drain(capture));
        buffers.forEach(TestBuffer::revoke);
        ExecutionException e =
            assertThrows(ExecutionException.class, () -> frames.get(20, TimeUnit.SECONDS));
        assertTrue(e.getMessage().contains("their heap has gone"), e.getMessage());
      }
      requireFree();
    }
  }

  /** Takes frames until there are no more: then it waits. */
  private static Frame drain(Capture capture) {
    try {
      while (true) {
        capture.queue(capture.next(FRAME_MILLIS).index());
      }
    } catch (HeapException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The driver holds no buffer, and takes others. */
  private void requireFree() throws HeapException {
    List<TestBuffer> others =
        List.of(
            TestBuffer.ofHeap("system", format.bytes()),
            TestBuffer.ofHeap("system", format.bytes()));
    try (Capture capture = camera.capture(others)) {
      capture.next(FRAME_MILLIS);
    }
    others.forEach(TestBuffer::close);
  }

  @Test
  void memoryThatIsNoDmaBufIsRefusedWithTheHeapToTake() throws Exception {
    buffers.add(TestBuffer.ofMemfd(format.bytes()));
    buffers.add(TestBuffer.ofMemfd(format.bytes()));
    WrongHeap e = assertThrows(WrongHeap.class, () -> camera.capture(buffers));
    assertEquals("(dmabuf.heap.exports=dma-buf)", e.needs());
    assertTrue(Errno.EINVAL.is(e), e.getMessage());
    requireFree();
  }

  @Test
  void aBufferThatIsTooSmallIsRefused() throws Exception {
    buffers.add(TestBuffer.ofHeap("system", 4096));
    buffers.add(TestBuffer.ofHeap("system", 4096));
    WrongHeap e = assertThrows(WrongHeap.class, () -> camera.capture(buffers));
    assertTrue(e.getMessage().contains("a frame's size or more"), e.getMessage());
  }
}
