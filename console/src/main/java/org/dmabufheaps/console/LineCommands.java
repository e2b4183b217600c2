// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The commands of a line that components provide. Those follow the services that they work on, a
 * moment after their bundle has started.
 */
final class LineCommands {
  private static final Pattern COMMAND = Pattern.compile("\\b([a-zA-Z]\\w*):(\\w+)");

  private final List<Command> commands;

  private LineCommands(List<Command> commands) {
    this.commands = commands;
  }

  private record Command(String scope, String function) {
    boolean isOf(Map<String, Object> properties) {
      return scope.equals(properties.get("osgi.command.scope"))
          && names(properties.get("osgi.command.function")).contains(function);
    }

    private static List<?> names(Object property) {
      return property instanceof Object[] several ? Arrays.asList(several) : List.of("" + property);
    }

    String filter() {
      return "(&(osgi.command.scope=" + scope + ")(osgi.command.function=" + function + "))";
    }
  }

  /**
   * Finds the commands that will be there, so that waiting for them makes sense.
   *
   * @param line what is to be run
   * @param components the properties of those that there are, satisfied or not
   */
  static LineCommands of(String line, Collection<Map<String, Object>> components) {
    return new LineCommands(
        COMMAND
            .matcher(line)
            .results()
            .map(match -> new Command(match.group(1), match.group(2)))
            .filter(command -> components.stream().anyMatch(command::isOf))
            .distinct()
            .toList());
  }

  /** Filters over services, each of which matches one of the commands. */
  List<String> filters() {
    return commands.stream().map(Command::filter).toList();
  }
}
