// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.display;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.example.consumer.Device;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The shell's words for the display. */
@Component(
    service = DisplayCommands.class,
    property = {
      "osgi.command.scope=display",
      "osgi.command.function=prime",
      "osgi.command.function=roundtrip"
    })
public final class DisplayCommands {
  private static final String DRIVER = "vkms";
  private static final int PRIME_BYTES = 1 << 20;
  private static final int RGB = 0xffffff;

  private final AllocationService allocation;

  /**
   * Activates.
   *
   * @param allocation chooses heaps at run time
   */
  @Activate
  public DisplayCommands(@Reference AllocationService allocation) {
    this.allocation = allocation;
  }

  /**
   * Imports a buffer into cards and exports it from them: it must be the same buffer.
   *
   * @param session the shell
   * @param given a heap's name, alias or filter; drivers, or none for vgem and vkms
   * @throws IOException when the heap or a card refuses, or it is another buffer
   */
  @Descriptor("imports a buffer into cards, and exports it from them")
  public void prime(
      CommandSession session, @Descriptor("HEAP [DRIVER...], such as system vgem") String... given)
      throws IOException {
    if (given.length < 1) {
      throw new HeapException("usage: display:prime HEAP [DRIVER...]", Errno.EINVAL);
    }
    String[] drivers = given.length == 1 ? new String[] {"vgem", DRIVER} : given;
    try (DmaBuf buffer = allocation.allocate(given[0], PRIME_BYTES)) {
      for (int i = given.length == 1 ? 0 : 1; i < drivers.length; i++) {
        prime(drivers[i], buffer, session.getConsole());
      }
    }
  }

  private static void prime(String driver, DmaBuf buffer, PrintStream out) throws IOException {
    try (Card card = Card.open(driver);
        OwnedFd fd = buffer.exportFd()) {
      int handle = card.importFd(fd);
      try (Device back = card.exportFd(handle)) {
        if (inode(back.fd()) != inode(fd.fd())) {
          throw new HeapException("importing and exporting with " + card, Errno.EIO);
        }
      }
      card.closeHandle(handle);
      out.println(
          card + " imports a buffer of heap " + buffer.heap() + ", and exports the same one");
    }
  }

  private static long inode(int fd) throws IOException {
    return (Long) Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:ino");
  }

  /**
   * Shows a buffer, has the card write back what it shows into another, and compares all pixels.
   *
   * @param session the shell
   * @param given the heap of the first; that of the second, if it is another
   * @throws IOException when a heap or the card refuses, or a pixel differs
   */
  @Descriptor("shows a buffer, writes it back into another, compares each pixel")
  public void roundtrip(
      CommandSession session, @Descriptor("HEAP [HEAP], such as system") String... given)
      throws IOException {
    if (given.length < 1 || given.length > 2) {
      throw new HeapException("usage: display:roundtrip HEAP [HEAP]", Errno.EINVAL);
    }
    try (DmaBuf shown = allocation.allocate(given[0], Screen.BYTES);
        DmaBuf written = allocation.allocate(given[given.length - 1], Screen.BYTES)) {
      paint(shown);
      String screen = roundtrip(shown, written);
      long differing = compare(shown, written);
      session
          .getConsole()
          .printf(
              "%s showed heap %s and wrote back into heap %s: %d pixels, %d differ%n",
              screen, shown.heap(), written.heap(), Screen.BYTES / Screen.PIXEL_BYTES, differing);
      if (differing != 0) {
        throw new HeapException(differing + " pixels differ after " + screen, Errno.EIO);
      }
    }
  }

  private static String roundtrip(DmaBuf shown, DmaBuf written) throws HeapException {
    try (Screen screen = Screen.open(DRIVER);
        Picture from = screen.picture(shown, Access.READ);
        Picture into = screen.picture(written, Access.WRITE)) {
      screen.writeBack(from, into);
      return screen.toString();
    }
  }

  /** Paints a picture in which neighbours differ, and none is black. */
  private static void paint(DmaBuf buffer) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      IntBuffer pixels = cpu.bytes(0, Screen.BYTES).asIntBuffer();
      for (int i = 0; pixels.hasRemaining(); i++) {
        pixels.put(((i * 0x9e3779b1) & RGB) | 1);
      }
    }
  }

  /** Counts the pixels whose colour differs. */
  private static long compare(DmaBuf shown, DmaBuf written) throws HeapException {
    try (CpuAccess one = shown.beginCpuAccess(Access.READ);
        CpuAccess other = written.beginCpuAccess(Access.READ)) {
      IntBuffer expected = one.bytes(0, Screen.BYTES).asIntBuffer();
      IntBuffer found = other.bytes(0, Screen.BYTES).asIntBuffer();
      long differing = 0;
      while (expected.hasRemaining()) {
        differing += (expected.get() & RGB) == (found.get() & RGB) ? 0 : 1;
      }
      return differing;
    }
  }
}
