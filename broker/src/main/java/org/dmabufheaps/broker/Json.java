// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as plain values: {@code Map}, {@code List}, {@code String}, {@code Long}, {@code Double},
 * {@code Boolean}, {@code null}. What comes from a peer is read strictly and within limits.
 */
final class Json {
  /** Objects and arrays within one another. */
  static final int MAX_DEPTH = 16;

  private static final int MAX_DIGITS = 40;

  private Json() {}

  /**
   * Reads one object.
   *
   * @throws IOException when the bytes are no UTF-8, or not one JSON object within the limits
   */
  static Map<String, Object> read(ByteBuffer bytes) throws IOException {
    JsonReader reader = new JsonReader(new StringReader(text(bytes)));
    reader.setStrictness(Strictness.STRICT);
    reader.setNestingLimit(MAX_DEPTH);
    try {
      if (reader.peek() != JsonToken.BEGIN_OBJECT) {
        throw new MalformedJsonException("a message is a JSON object");
      }
      Map<String, Object> object = object(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new MalformedJsonException("there is more than one object");
      }
      return object;
    } catch (IllegalStateException | NumberFormatException e) {
      throw new MalformedJsonException(e);
    }
  }

  private static String text(ByteBuffer bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT)
        .decode(bytes)
        .toString();
  }

  private static Map<String, Object> object(JsonReader reader) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      if (object.containsKey(name)) {
        throw new MalformedJsonException("a name is there twice");
      }
      object.put(name, value(reader));
    }
    reader.endObject();
    return object;
  }

  private static List<Object> array(JsonReader reader) throws IOException {
    List<Object> array = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      array.add(value(reader));
    }
    reader.endArray();
    return array;
  }

  private static Object value(JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> object(reader);
      case BEGIN_ARRAY -> array(reader);
      case STRING -> reader.nextString();
      case NUMBER -> number(reader.nextString());
      case BOOLEAN -> reader.nextBoolean();
      case NULL -> {
        reader.nextNull();
        yield null;
      }
      default -> throw new MalformedJsonException("a value is missing");
    };
  }

  /** A whole number that fits is exact; another one is no size, identifier or index anyway. */
  private static Object number(String text) throws MalformedJsonException {
    if (text.length() > MAX_DIGITS) {
      throw new MalformedJsonException("a number of " + text.length() + " characters");
    }
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException e) {
      return Double.valueOf(text);
    }
  }

  /** Writes one object, without those of its members that are {@code null}. */
  static String write(Map<String, ?> object) {
    StringWriter text = new StringWriter();
    try {
      JsonWriter writer = new JsonWriter(text);
      writer.setSerializeNulls(false);
      writer.setHtmlSafe(false);
      write(writer, object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonWriter writer, Object value) throws IOException {
    if (value instanceof Map<?, ?> object) {
      writer.beginObject();
      for (Map.Entry<?, ?> entry : object.entrySet()) {
        writer.name((String) entry.getKey());
        write(writer, entry.getValue());
      }
      writer.endObject();
    } else if (value instanceof List<?> array) {
      writer.beginArray();
      for (Object element : array) {
        write(writer, element);
      }
      writer.endArray();
    } else if (value instanceof Number number) {
      writer.value(number);
    } else if (value instanceof Boolean flag) {
      writer.value(flag);
    } else {
      writer.value((String) value);
    }
  }
}
