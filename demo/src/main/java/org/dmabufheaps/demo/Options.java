// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * How the demo runs: words {@code NAME=VALUE} in the framework property {@code dmabuf.demo}, where
 * the launcher puts what it was given behind {@code demo}; or framework properties {@code
 * dmabuf.demo.NAME}. A word goes before a property. {@code true} alone asks for the defaults.
 *
 * @param source of the frames: {@code clip}, or {@code camera} for a real one; {@code clip} if not
 *     given
 * @param heap the heap's name; {@code system} if not given
 * @param frames how many, 3 to 1,000,000; 600 if not given, 60 of a camera
 * @param seconds when it must be over, 1 to 86,400; 60 if not given
 * @param png the picture's file, which is overwritten; a new one in the temporary directory if not
 *     given
 * @param pngIsNew whether that file was made for it
 * @param client a native client of the broker, which takes a heap's name and a number of bytes
 * @param broker the socket where the broker serves; if not given, where it does by default, if it
 *     does
 * @param video the file that a GStreamer pipeline writes; not kept if not given
 */
record Options(
    Source source,
    String heap,
    int frames,
    int seconds,
    Path png,
    boolean pngIsNew,
    Optional<Path> client,
    Optional<Path> broker,
    Optional<Path> video) {
  private static final List<String> NAMES =
      List.of("source", "heap", "frames", "seconds", "png", "client", "broker", "video");

  /** What the native client and the pipeline get besides. */
  static final int OTHERS_SECONDS = 60;

  /** Where frames come from. */
  enum Source {
    /** A clip that each process has. */
    CLIP(600),
    /** A camera whose test picture is known. */
    CAMERA(60);

    private final int frames;

    Source(int frames) {
      this.frames = frames;
    }

    /** What its frames are. */
    Frames frames() throws IOException {
      return this == CLIP ? Clip.load() : new Bars();
    }

    private static Source of(String text) {
      for (Source source : values()) {
        if (source.name().toLowerCase(Locale.ROOT).equals(text)) {
          return source;
        }
      }
      throw new IllegalArgumentException("source is \"" + text + "\", neither clip nor camera");
    }
  }

  /**
   * Reads the options.
   *
   * @param property gives a framework property's value, or null
   * @return the options
   * @throws IllegalArgumentException when a word is none of ours or a value out of range
   * @throws IOException when there is no place for the picture
   */
  static Options of(UnaryOperator<String> property) throws IOException {
    Map<String, String> given = given(property);
    Source source = Source.of(given.getOrDefault("source", "clip"));
    String heap = given.getOrDefault("heap", "system");
    if (!heap.matches("[A-Za-z0-9_,.@-]{1,63}")) {
      throw new IllegalArgumentException("heap is \"" + heap + "\", no heap's name");
    }
    int frames = number(given, "frames", source.frames, 3, 1_000_000);
    int seconds = number(given, "seconds", 60, 1, 86_400);
    String png = given.get("png");
    return new Options(
        source,
        heap,
        frames,
        seconds,
        png == null ? newFile() : Path.of(png).toAbsolutePath(),
        png == null,
        file(given.get("client")),
        file(given.get("broker")),
        file(given.get("video")));
  }

  private static Optional<Path> file(String name) {
    return Optional.ofNullable(name).map(Path::of).map(Path::toAbsolutePath);
  }

  private static Map<String, String> given(UnaryOperator<String> property) {
    Map<String, String> given = new HashMap<>();
    for (String name : NAMES) {
      String value = property.apply("dmabuf.demo." + name);
      if (value != null) {
        given.put(name, value);
      }
    }
    String words = Objects.requireNonNullElse(property.apply("dmabuf.demo"), "").strip();
    boolean none = words.isEmpty() || words.equals("true");
    for (String word : none ? new String[0] : words.split(" +")) {
      String[] pair = word.split("=", 2);
      if (pair.length != 2 || !NAMES.contains(pair[0])) {
        throw new IllegalArgumentException(
            "\"" + word + "\" is no option of the demo: NAME=VALUE, with one of " + NAMES);
      }
      given.put(pair[0], pair[1]);
    }
    return given;
  }

  private static int number(Map<String, String> given, String name, int ifNone, int min, int max) {
    String text = given.get(name);
    if (text == null) {
      return ifNone;
    }
    if (text.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw new IllegalArgumentException(
        name + " is \"" + text + "\", not a number from " + min + " to " + max);
  }

  private static Path newFile() throws IOException {
    try {
      return Files.createTempFile("dmabuf-demo-", ".png").toAbsolutePath();
    } catch (IOException e) {
      throw new IOException("no place for the picture: give png=FILE: " + e, e);
    }
  }
}
