// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {
  private static Options clip(String heap, int frames, int seconds, Path png, boolean isNew) {
    return new Options(
        Options.Source.CLIP,
        heap,
        frames,
        seconds,
        png,
        isNew,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void otherProgramsAreTaken() throws IOException {
    Options options = options(Map.of("dmabuf.demo", "png=x client=c broker=/b video=v"));
    assertEquals(Optional.of(Path.of("c").toAbsolutePath()), options.client());
    assertEquals(Optional.of(Path.of("/b")), options.broker());
    assertEquals(Optional.of(Path.of("v").toAbsolutePath()), options.video());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "true"})
  void withoutOptionsThereAreDefaultsAndANewFile(String demo) throws IOException {
    Options options = options(Map.of("dmabuf.demo", demo));
    assertTrue(Files.deleteIfExists(options.png()), "a file of our own was made");
    assertEquals(clip("system", 600, 60, options.png(), true), options);
  }

  @Test
  void propertiesAreTaken() throws IOException {
    Map<String, String> properties =
        Map.of(
            "dmabuf.demo", "true",
            "dmabuf.demo.heap", "linux,cma@50000000",
            "dmabuf.demo.frames", "3",
            "dmabuf.demo.seconds", "1",
            "dmabuf.demo.png", "x y.png");
    assertEquals(
        clip("linux,cma@50000000", 3, 1, Path.of("x y.png").toAbsolutePath(), false),
        options(properties));
  }

  @ParameterizedTest
  @CsvSource({
    "frames, 2",
    "frames, 1000001",
    "frames, -5",
    "frames, ''",
    "frames, ten",
    "frames, 99999999999",
    "seconds, 0",
    "heap, a)(b",
    "heap, ''",
    "heap, ../x"
  })
  void badOptionsAreRefusedByName(String option, String value) {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> options(Map.of("dmabuf.demo." + option, value)));
    assertTrue(refused.getMessage().startsWith(option + " is "), refused.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> options(Map.of("dmabuf.demo", option + "=" + value)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"frames", "--help", "colour=red", "frames=3 heap", "=3", "true frames=3"})
  void unknownWordsAreRefused(String words) {
    assertThrows(IllegalArgumentException.class, () -> options(Map.of("dmabuf.demo", words)));
  }

  @Test
  void wordsGoBeforeProperties() throws IOException {
    assertEquals(
        clip("system", 20, 60, Path.of("x=y.png").toAbsolutePath(), false),
        options(Map.of("dmabuf.demo", "frames=20  png=x=y.png", "dmabuf.demo.frames", "10")));
  }

  private static Options options(Map<String, String> properties) throws IOException {
    return Options.of(properties::get);
  }
}
