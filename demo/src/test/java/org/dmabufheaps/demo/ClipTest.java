// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClipTest {
  private static final Path SOURCE = Path.of("src/main/resources/org/dmabufheaps/demo/clip.y4m.gz");

  @Test
  void theClipThatComesAlongHasSixtyFrames() throws IOException {
    Clip clip = Clip.load();
    assertEquals(320, clip.width());
    assertEquals(180, clip.height());
    assertEquals(60, clip.length());
    assertEquals(320 * 180 * 3 / 2, clip.frameBytes());
  }

  @Test
  void theClipThatComesAlongIsWhatTheToolDraws(@TempDir Path directory) throws Exception {
    Path drawn = directory.resolve("drawn.y4m.gz");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process tool =
        new ProcessBuilder(java.toString(), "src/clip/MakeClip.java", drawn.toString())
            .inheritIO()
            .start();
    assertTrue(tool.waitFor(60, TimeUnit.SECONDS), "the tool ends");
    assertEquals(0, tool.exitValue());
    assertArrayEquals(unzip(drawn), unzip(SOURCE));
  }

  @Test
  void theClipIsSmall() throws IOException {
    assertTrue(Files.size(SOURCE) < 300_000, "bytes: " + Files.size(SOURCE));
  }

  @Test
  void eachFrameDiffersFromTheOnesThatWereInItsBufferBefore() throws IOException {
    Clip clip = Clip.load();
    for (int frame = 0; frame < clip.length(); frame++) {
      assertTrue(clip.differingPixels(clip.frame(frame), frame + Ring.SLOTS) > 0, "frame " + frame);
      assertTrue(clip.differingPixels(clip.frame(frame), frame + 1) > 0, "frame " + frame);
    }
  }

  @Test
  void afterTheLastFrameComesTheFirst() throws IOException {
    Clip clip = Clip.load();
    assertEquals(clip.frame(2), clip.frame(62));
  }

  @Test
  void everyByteOfAFrameIsCompared() throws IOException {
    Clip clip = read("YUV4MPEG2 W4 H4 F30:1\nFRAME\n" + "a".repeat(24));
    for (int at = 0; at < 24; at++) {
      ByteBuffer shown = ByteBuffer.allocate(30).put(clip.frame(0));
      shown.put(at, (byte) 'b');
      assertEquals(at < 16 ? 1 : 4, clip.differingPixels(shown, 0), "byte " + at);
    }
  }

  @Test
  void whatIsBehindTheFrameIsNotCompared() throws IOException {
    Clip clip = read("YUV4MPEG2 W4 H4\nFRAME\n" + "a".repeat(24));
    ByteBuffer shown = ByteBuffer.allocate(25).put(clip.frame(0)).put((byte) 'x');
    assertEquals(0, clip.differingPixels(shown, 0));
  }

  @Test
  void parametersOfAFrameAreSkipped() throws IOException {
    Clip clip = read("YUV4MPEG2 H2 W4 Ip C420mpeg2 A1:1 XA=B\nFRAME Ixyz\n" + "a".repeat(12));
    assertEquals(8, clip.pixels());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "RIFF W4 H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4 H2",
        "YUV4MPEG2 W4 H2\n",
        "YUV4MPEG2 H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W3 H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W0 H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W-4 H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4098 H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W99999999999 H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4 H2 C444\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4 H2 C420p10\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4 H2 It\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4  H2\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4 H2 Q\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4 H2\u0001\nFRAME\naaaaaaaaaaaa",
        "YUV4MPEG2 W4 H2\nFRAME\naaaaaaaaaaa",
        "YUV4MPEG2 W4 H2\nFRAMES\naaaaaaaaaaaa",
        "YUV4MPEG2 W4 H2\nFRAME\naaaaaaaaaaaaFRAME",
        "YUV4MPEG2 W4 H2\nFRAME\naaaaaaaaaaaax\n",
      })
  void whatIsNoY4mOf420IsRefused(String text) {
    assertThrows(IOException.class, () -> read(text));
  }

  @Test
  void aHeaderLineWithoutEndIsRefused() {
    assertThrows(IOException.class, () -> read("YUV4MPEG2 X" + "a".repeat(10_000)));
  }

  private static Clip read(String text) throws IOException {
    return Clip.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static byte[] unzip(Path file) throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      return in.readAllBytes();
    }
  }
}
