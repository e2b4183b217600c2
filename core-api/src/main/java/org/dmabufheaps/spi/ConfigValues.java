// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A configuration as it comes from Config Admin: of any type, complete or not. Values are read one
 * by one, by key, and never bent into what is allowed; keys that nobody read are {@link #unknown}.
 * For one thread.
 */
public final class ConfigValues {
  private static final int LONGEST_SHOWN = 120;

  /** What containers, Declarative Services and Config Admin add of their own. */
  private static final List<String> OF_THE_FRAMEWORK =
      List.of(".", "service.", "component.", "felix.", "osgi.", "objectClass", DmaHeap.PREFIX_);

  private final Map<String, ?> config;
  private final Set<String> known = new TreeSet<>();

  private ConfigValues(Map<String, ?> config) {
    this.config = config;
  }

  /**
   * Begins to read a configuration.
   *
   * @param config by key, as Declarative Services hands it to a component
   * @return its values
   */
  public static ConfigValues of(Map<String, ?> config) {
    return new ConfigValues(config);
  }

  /**
   * Reads a text.
   *
   * @param key of the setting
   * @param otherwise what it is when it is not set
   * @return the text without blanks around it
   * @throws IllegalArgumentException when it is anything else, with the key and the value
   */
  public String text(String key, String otherwise) {
    Object value = value(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof String text) {
      return text.strip();
    }
    throw refused(key, value, "one text");
  }

  /**
   * Reads a whole number, which may come as text from a file.
   *
   * @param key of the setting
   * @param otherwise what it is when it is not set
   * @param least the least that is allowed
   * @param most the most that is allowed
   * @return the number
   * @throws IllegalArgumentException when it is no number or not allowed, with the key, the value
   *     and what is
   */
  public long whole(String key, long otherwise, long least, long most) {
    Object value = value(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof String || isWhole(value)) {
      try {
        long number = Long.parseLong(value.toString().strip());
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // It is no number, or one of more than 64 bits: refused below.
      }
    }
    throw refused(key, value, "a whole number, " + least + " to " + most);
  }

  private static boolean isWhole(Object value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte;
  }

  /**
   * Reads yes or no.
   *
   * @param key of the setting
   * @param otherwise what it is when it is not set
   * @return whether it is {@code true}
   * @throws IllegalArgumentException when it is neither {@code true} nor {@code false}, with the
   *     key and the value
   */
  public boolean flag(String key, boolean otherwise) {
    Object value = value(key);
    if (value == null) {
      return otherwise;
    }
    String text = value.toString().strip();
    if ((value instanceof Boolean || value instanceof String)
        && (text.equals("true") || text.equals("false"))) {
      return text.equals("true");
    }
    throw refused(key, value, "true or false");
  }

  /**
   * Reads a list of texts: an array, a collection, or one text, which is a list of one.
   *
   * @param key of the setting
   * @return the texts that are not blank, without blanks around them; empty when it is not set
   * @throws IllegalArgumentException when there is something else in it, with the key and the value
   */
  public List<String> texts(String key) {
    Object value = value(key);
    if (value == null) {
      return List.of();
    }
    Stream<?> all;
    if (value instanceof Object[] array) {
      all = Arrays.stream(array);
    } else if (value instanceof Collection<?> collection) {
      all = collection.stream();
    } else {
      all = Stream.of(value);
    }
    return all.map(one -> text(key, value, one)).filter(text -> !text.isEmpty()).toList();
  }

  /**
   * Reads a list of texts, as {@link #texts(String)}.
   *
   * @param key of the setting
   * @param otherwise what it is when it is not set; one that is set, but empty, is set
   * @return the texts, or {@code otherwise}
   * @throws IllegalArgumentException when there is something else in it, with the key and the value
   */
  public List<String> texts(String key, List<String> otherwise) {
    return value(key) == null ? otherwise : texts(key);
  }

  private static String text(String key, Object all, Object one) {
    if (one instanceof String text) {
      return text.strip();
    }
    throw refused(key, all, "texts");
  }

  private Object value(String key) {
    known.add(key);
    return config.get(key);
  }

  /**
   * Tells what nobody has read so far and no framework adds: keys that are not those of a setting.
   *
   * @return the keys, sorted
   */
  public List<String> unknown() {
    return config.keySet().stream()
        .filter(key -> !known.contains(key) && !isOfTheFramework(key))
        .sorted()
        .toList();
  }

  private static boolean isOfTheFramework(String key) {
    return OF_THE_FRAMEWORK.stream().anyMatch(key::startsWith)
        || key.endsWith(".target")
        || key.endsWith(".cardinality.minimum");
  }

  /**
   * Says why a value is refused.
   *
   * @param key of the setting
   * @param value what it is; shown on one line, and not all of it when it is long
   * @param allowed what it may be
   * @return the exception, to be thrown
   */
  public static IllegalArgumentException refused(String key, Object value, String allowed) {
    return new IllegalArgumentException(key + " = " + shown(value) + ": allowed is " + allowed);
  }

  /** Writes keys or values on one line, whatever is in them. */
  static String shown(Object value) {
    String text = Arrays.deepToString(new Object[] {value});
    String line =
        text.substring(1, text.length() - 1)
            .codePoints()
            .limit(LONGEST_SHOWN)
            .map(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029 ? '?' : c)
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    return text.length() - 2 > LONGEST_SHOWN ? line + "…" : line;
  }
}
