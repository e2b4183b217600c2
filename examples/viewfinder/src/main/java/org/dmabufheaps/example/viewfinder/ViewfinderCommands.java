// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.viewfinder;

import java.io.PrintStream;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.example.camera.Camera;
import org.dmabufheaps.example.camera.Capture;
import org.dmabufheaps.example.camera.Format;
import org.dmabufheaps.example.camera.Frame;
import org.dmabufheaps.example.consumer.Needs;
import org.dmabufheaps.example.display.Picture;
import org.dmabufheaps.example.display.Screen;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The shell's word for the viewfinder: each frame is captured into a buffer, shown from that buffer
 * and written back into another, which is then compared with it. The heap is one that serves both
 * devices.
 */
@Component(
    service = ViewfinderCommands.class,
    property = {"osgi.command.scope=viewfinder", "osgi.command.function=run"})
public final class ViewfinderCommands {
  private static final int BUFFERS = 3;
  private static final int FRAMES = 10;
  private static final int FRAME_MILLIS = 10_000;
  private static final int RGB = 0xffffff;

  private final AllocationService allocation;
  private final HeapRegistry registry;

  /**
   * Activates.
   *
   * @param allocation chooses heaps at run time
   * @param registry tells which heaps there are
   */
  @Activate
  public ViewfinderCommands(
      @Reference AllocationService allocation, @Reference HeapRegistry registry) {
    this.allocation = allocation;
    this.registry = registry;
  }

  /**
   * Shows ten frames of the camera.
   *
   * @param session the shell
   * @param given a heap's name, alias or filter, or nothing for one that serves both devices
   * @throws HeapException when the heap or a device refuses, or a pixel differs
   */
  @Descriptor("shows ten frames of the camera, and compares what was shown")
  public void run(CommandSession session, @Descriptor("[HEAP]") String... given)
      throws HeapException {
    PrintStream out = session.getConsole();
    if (given.length > 1) {
      throw new HeapException("usage: viewfinder:run [HEAP]", Errno.EINVAL);
    }
    try (Camera camera = Camera.open("vivid");
        Screen screen = Screen.open("vkms")) {
      Needs both = new Needs(camera.needs()).and(new Needs(screen.needs()));
      out.println(camera + " takes " + camera.needs());
      out.println(screen + " takes " + screen.needs());
      out.println("both take " + both + ", " + both.served(registry.heaps()));
      run(camera, screen, given.length == 1 ? given[0] : both.filter(), out);
    }
  }

  private void run(Camera camera, Screen screen, String heap, PrintStream out)
      throws HeapException {
    Format format = camera.format(Format.XR24, Screen.WIDTH, Screen.HEIGHT);
    List<DmaBuf> buffers = new ArrayList<>();
    try (DmaBuf written = allocation.allocate(heap, Screen.BYTES);
        Picture into = screen.picture(written, Access.WRITE)) {
      for (int i = 0; i < BUFFERS; i++) {
        buffers.add(allocation.allocate(heap, format.bytes()));
      }
      long differing = show(camera, screen, buffers, into, written);
      out.printf(
          "%d frames captured, shown and written back in heap %s: %d pixels, %d differ%n",
          FRAMES, written.heap(), FRAMES * Screen.WIDTH * Screen.HEIGHT, differing);
      if (differing != 0) {
        throw new HeapException(differing + " pixels differ on " + screen, Errno.EIO);
      }
    } finally {
      buffers.forEach(DmaBuf::close);
    }
  }

  private static long show(
      Camera camera, Screen screen, List<DmaBuf> buffers, Picture into, DmaBuf written)
      throws HeapException {
    long differing = 0;
    try (Capture capture = camera.capture(buffers)) {
      for (int i = 0; i < FRAMES; i++) {
        Frame frame = capture.next(FRAME_MILLIS);
        DmaBuf captured = buffers.get(frame.index());
        try (Picture picture = screen.picture(captured, Access.READ)) {
          screen.writeBack(picture, into);
          differing += compare(captured, written);
        }
        capture.queue(frame.index());
      }
    }
    return differing;
  }

  /** Counts the pixels whose colour differs. A black picture counts whole: nothing was captured. */
  private static long compare(DmaBuf captured, DmaBuf written) throws HeapException {
    try (CpuAccess one = captured.beginCpuAccess(Access.READ);
        CpuAccess other = written.beginCpuAccess(Access.READ)) {
      IntBuffer expected = one.bytes(0, Screen.BYTES).asIntBuffer();
      IntBuffer found = other.bytes(0, Screen.BYTES).asIntBuffer();
      long differing = 0;
      int seen = 0;
      while (expected.hasRemaining()) {
        int pixel = expected.get() & RGB;
        seen |= pixel;
        differing += pixel == (found.get() & RGB) ? 0 : 1;
      }
      return seen == 0 ? expected.limit() : differing;
    }
  }
}
