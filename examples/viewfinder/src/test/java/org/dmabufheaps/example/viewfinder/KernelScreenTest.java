// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.viewfinder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.example.display.Picture;
import org.dmabufheaps.example.display.Screen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kernel's virtual display, and real buffers. */
@Tag("kernel")
@Timeout(60)
class KernelScreenTest {
  private static final int COLOUR = 0x123456;

  private List<String> before;
  private Screen screen;
  private TestBuffer shown;
  private TestBuffer written;

  @BeforeEach
  void openTheScreen() throws IOException {
    assumeTrue(Files.isDirectory(Path.of("/sys/module/vkms")), "needs the driver vkms");
    before = TestBuffer.descriptors();
    screen = Screen.open("vkms");
    shown = TestBuffer.ofHeap("system", Screen.BYTES);
    written = TestBuffer.ofHeap("system", Screen.BYTES);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    if (screen == null) {
      return;
    }
    screen.close();
    assertEquals(0, shown.attached() + written.attached(), "devices attached");
    shown.close();
    written.close();
    assertEquals(before, TestBuffer.descriptors(), "descriptors");
  }

  private static void fill(TestBuffer buffer, int colour) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.WRITE)) {
      for (int at = 0; at < Screen.BYTES; at += Screen.PIXEL_BYTES) {
        cpu.bytes().putInt(at, colour);
      }
    }
  }

  private static int pixel(TestBuffer buffer) throws HeapException {
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ)) {
      return cpu.bytes().getInt(Screen.BYTES / 2) & 0xffffff;
    }
  }

  @Test
  void eachWritebackHasWhatIsInTheBufferThen() throws Exception {
    try (Picture from = screen.picture(shown, Access.READ);
        Picture into = screen.picture(written, Access.WRITE)) {
      for (int i = 1; i <= 5; i++) {
        fill(shown, i * COLOUR);
        screen.writeBack(from, into);
        assertEquals(i * COLOUR & 0xffffff, pixel(written));
      }
    }
  }

  @Test
  void aClosedPictureIsTheCardsNoMore() throws Exception {
    int alone = shown.references();
    Picture from = screen.picture(shown, Access.READ);
    int imported = shown.references();
    from.close();
    assertTrue(imported > alone, "the card had it");
    assertEquals(alone, shown.references());
  }

  @Test
  void aPictureWhoseBufferIsTakenAwayIsShownNoMore() throws Exception {
    int alone = shown.references();
    fill(shown, COLOUR);
    try (Picture from = screen.picture(shown, Access.READ);
        Picture into = screen.picture(written, Access.WRITE)) {
      screen.writeBack(from, into);
      shown.revoke();
      assertEquals(alone, shown.references(), "the card has let go");
      assertEquals(0, shown.attached(), "and says so");
      assertThrows(HeapException.class, () -> screen.writeBack(from, into));
    }
  }

  @Test
  void memoryThatIsNoDmaBufOrTooSmallIsRefused() throws Exception {
    TestBuffer memfd = TestBuffer.ofMemfd(Screen.BYTES);
    TestBuffer small = TestBuffer.ofHeap("system", Screen.BYTES / 2);
    try {
      for (TestBuffer refused : List.of(memfd, small)) {
        HeapException e =
            assertThrows(HeapException.class, () -> screen.picture(refused, Access.READ));
        assertTrue(Errno.EINVAL.is(e), e.getMessage());
        assertEquals(0, refused.attached());
      }
    } finally {
      memfd.close();
      small.close();
    }
  }
}
