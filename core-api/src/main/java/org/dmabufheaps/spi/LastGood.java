// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The last good configuration of a component. A bad one is refused in one line of the log and
 * changes nothing. Keys that are no settings are told when they come.
 *
 * <p>{@link #get} and {@link #refused} are for any thread, {@link #change} for one at a time, as
 * Declarative Services calls it.
 *
 * @param <S> the component's settings, checked
 */
public final class LastGood<S> implements Supplier<S> {
  private final String pid;
  private final Consumer<String> report;
  private final Function<ConfigValues, S> reader;
  private volatile S settings;
  private volatile String refused = "";

  /** Keys of the last good configuration that are no settings. */
  private volatile List<String> unknown = List.of();

  /**
   * Begins with settings that are good until there is a configuration.
   *
   * @param pid of the configuration, for the messages
   * @param report takes the lines for the log; without a lock held
   * @param atFirst the settings before there was a good configuration
   * @param reader makes settings of a configuration; throws {@link IllegalArgumentException} with
   *     the key and the value for a bad one
   */
  public LastGood(
      String pid, Consumer<String> report, S atFirst, Function<ConfigValues, S> reader) {
    this.pid = pid;
    this.report = report;
    this.reader = reader;
    this.settings = atFirst;
  }

  /** Returns the settings in force. */
  @Override
  public S get() {
    return settings;
  }

  /**
   * Says why the last configuration is not in force.
   *
   * @return the reason; empty when it is
   */
  public String refused() {
    return refused;
  }

  /**
   * Takes a configuration, if it is good. Never throws.
   *
   * @param config by key, as it comes from Config Admin
   */
  public void change(Map<String, ?> config) {
    ConfigValues values = ConfigValues.of(config);
    try {
      settings = reader.apply(values);
      refused = "";
    } catch (RuntimeException e) {
      refused = "configuration " + pid + " refused, the last good one stays: " + e.getMessage();
      report.accept(refused);
      return;
    }
    tell(values.unknown());
  }

  private void tell(List<String> now) {
    List<String> news = now.stream().filter(key -> !unknown.contains(key)).toList();
    unknown = now;
    if (!news.isEmpty()) {
      report.accept(
          "configuration "
              + pid
              + " has keys that are no settings and change nothing: "
              + ConfigValues.shown(String.join(", ", news)));
    }
  }
}
