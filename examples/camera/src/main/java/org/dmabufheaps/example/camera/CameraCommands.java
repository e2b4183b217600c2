// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
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
import org.dmabufheaps.example.consumer.Needs;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The shell's words for the camera. */
@Component(
    service = CameraCommands.class,
    property = {
      "osgi.command.scope=camera",
      "osgi.command.function=capture",
      "osgi.command.function=needs"
    })
public final class CameraCommands {
  private static final String DRIVER = "vivid";
  private static final int WIDTH = 640;
  private static final int HEIGHT = 360;
  private static final int BUFFERS = 4;

  /** The camera fills each buffer more than once. */
  private static final int FRAMES = 10;

  private static final int FRAME_MILLIS = 10_000;

  private final AllocationService allocation;
  private final HeapRegistry registry;

  /**
   * Activates.
   *
   * @param allocation chooses heaps at run time
   * @param registry tells which heaps there are
   */
  @Activate
  public CameraCommands(@Reference AllocationService allocation, @Reference HeapRegistry registry) {
    this.allocation = allocation;
    this.registry = registry;
  }

  /**
   * Tells what memory the camera takes.
   *
   * @param session the shell
   * @throws HeapException when there is no camera
   */
  @Descriptor("tells what memory the camera takes, as a filter over heaps")
  public void needs(CommandSession session) throws HeapException {
    try (Camera camera = Camera.open(DRIVER)) {
      Needs needs = new Needs(camera.needs());
      session.getConsole().println(camera + " takes " + needs);
      session.getConsole().println(needs.served(registry.heaps()));
    }
  }

  /**
   * Captures frames, and writes the last one to a file.
   *
   * @param session the shell
   * @param given a heap's name, alias or filter, or nothing for one that the camera takes; a file
   * @throws IOException when the heap, the camera or the file refuses
   */
  @Descriptor("captures ten frames of 640x360, and writes the last one as PNG")
  public void capture(
      CommandSession session,
      @Descriptor("[HEAP] FILE, such as system /tmp/frame.png") String... given)
      throws IOException {
    if (given.length < 1 || given.length > 2) {
      throw new HeapException("usage: camera:capture [HEAP] FILE", Errno.EINVAL);
    }
    Path file = Path.of(given[given.length - 1]);
    try (Camera camera = Camera.open(DRIVER)) {
      String heap = given.length == 2 ? given[0] : camera.needs();
      capture(camera, heap, file, session.getConsole());
    } catch (WrongHeap e) {
      Needs needs = new Needs(e.needs());
      session.getConsole().println("matching " + needs + ", " + needs.served(registry.heaps()));
      throw e;
    }
  }

  private void capture(Camera camera, String heap, Path file, PrintStream out) throws IOException {
    Format format = camera.format(Format.YUYV, WIDTH, HEIGHT);
    List<DmaBuf> buffers = new ArrayList<>();
    try {
      for (int i = 0; i < BUFFERS; i++) {
        buffers.add(allocation.allocate(heap, format.bytes()));
      }
      out.println(
          camera + " captures " + format + " into buffers of heap " + buffers.get(0).heap());
      capture(camera, format, buffers, file, out);
    } finally {
      buffers.forEach(DmaBuf::close);
    }
  }

  private static void capture(
      Camera camera, Format format, List<DmaBuf> buffers, Path file, PrintStream out)
      throws IOException {
    try (Capture capture = camera.capture(buffers)) {
      Frame frame = capture.next(FRAME_MILLIS);
      for (int i = 1; i < FRAMES; i++) {
        capture.queue(frame.index());
        frame = capture.next(FRAME_MILLIS);
      }
      try (CpuAccess cpu = buffers.get(frame.index()).beginCpuAccess(Access.READ)) {
        Yuyv.writePng(cpu.bytes(), format, file);
      }
      out.println("frame " + frame.sequence() + ", from buffer " + frame.index() + ": " + file);
    }
  }
}
