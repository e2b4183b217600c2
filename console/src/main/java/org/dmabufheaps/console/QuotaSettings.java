// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** The quotas by name in core's configuration. */
final class QuotaSettings {
  private static final String PID = "org.dmabufheaps.core";
  private static final String QUOTAS = "quotas";

  private static final Pattern BETWEEN = Pattern.compile(",(?=\\s*(?:heap|bundle|account):)");

  /** File Install's mark on what it read from a file. */
  private static final String FILE = "felix.fileinstall.filename";

  private final ConfigurationAdmin admin;

  QuotaSettings(ConfigurationAdmin admin) {
    this.admin = admin;
  }

  /** Sets a quota; returns the file that the configuration came from, or null. */
  String put(String key, long bytes) throws IOException {
    return update(key, key + "=" + bytes);
  }

  /** Takes a quota away, so that the general one counts again. */
  String remove(String key) throws IOException {
    return update(key, null);
  }

  /** Returns what counts for those of its kind that have no quota of their own, in bytes. */
  long general(String key) throws IOException, CommandFailed {
    Dictionary<String, Object> given = admin.getConfiguration(PID, "?").getProperties();
    String property = key.substring(0, key.indexOf(':')) + ".max.bytes";
    Object limit = given == null ? null : given.get(property);
    try {
      long bytes = limit == null ? 0 : Long.parseLong(limit.toString().strip());
      return bytes == 0 ? Long.MAX_VALUE : bytes;
    } catch (NumberFormatException e) {
      throw new CommandFailed(property + " of " + PID + " is no number of bytes: " + limit);
    }
  }

  private String update(String key, String entry) throws IOException {
    Configuration configuration = admin.getConfiguration(PID, "?");
    Dictionary<String, Object> given = configuration.getProperties();
    Map<String, Object> properties = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (given != null) {
      properties.putAll(FrameworkUtil.asMap(given));
    }
    List<String> quotas = new ArrayList<>(entries(properties.get(QUOTAS)));
    quotas.removeIf(other -> other.strip().startsWith(key + "="));
    if (entry != null) {
      quotas.add(entry);
    }
    properties.put(QUOTAS, quotas.toArray(new String[0]));
    configuration.update(FrameworkUtil.asDictionary(properties));
    Object file = properties.get(FILE);
    return file == null ? null : file.toString();
  }

  /** A file has them in one text, with commas between them; a name may have commas of its own. */
  private static List<String> entries(Object quotas) {
    String all =
        quotas instanceof String[] several
            ? String.join(",", several)
            : quotas == null ? "" : quotas.toString();
    return BETWEEN.splitAsStream(all).filter(entry -> !entry.isBlank()).toList();
  }
}
