// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.io.PrintStream;
import java.util.List;
import java.util.OptionalLong;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.QuotaInfo;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The command on quotas. A component of its own, so that the others are there without Configuration
 * Admin, whose package is imported optionally.
 */
@Component(
    service = QuotaCommand.class,
    property = {"osgi.command.scope=heap", "osgi.command.function=quota"})
public final class QuotaCommand {
  private static final String USAGE = "heap:quota [heap:NAME|bundle:NAME|account:NAME SIZE|none]";

  /** Configuration Admin tells core on a thread of its own. */
  private static final long EFFECT_LIMIT_MS = 5_000;

  private static final long POLL_MS = 10;

  private final HeapRegistry registry;
  private final QuotaSettings settings;
  private final boolean temporary;

  /**
   * Activates.
   *
   * @param registry has the books
   * @param admin keeps the settings
   * @param context tells whether they are kept when the container stops
   */
  @Activate
  public QuotaCommand(
      @Reference HeapRegistry registry,
      @Reference ConfigurationAdmin admin,
      BundleContext context) {
    this.registry = registry;
    settings = new QuotaSettings(admin);
    temporary =
        context.getProperty("dmabuf.state") != null && context.getProperty("felix.cm.dir") == null;
  }

  /**
   * Shows the quotas, or sets one.
   *
   * @param session the shell
   * @param given nothing; or what the quota is of, and a size or {@code none}
   * @throws Exception when there is no such quota, or core does not take it
   */
  @Descriptor("shows the quotas, or sets one")
  public void quota(
      CommandSession session,
      @Descriptor("KIND:NAME SIZE, such as bundle:com.acme.camera 64m; none takes it away")
          String... given)
      throws Exception {
    Arguments arguments = Arguments.of(USAGE, 0, 2, given);
    PrintStream out = session.getConsole();
    switch (arguments.count()) {
      case 0 -> table(registry.quotas()).lines().forEach(out::println);
      case 1 -> throw new CommandFailed("usage: " + USAGE);
      default -> CommandFailed.oneLine(() -> set(arguments, out));
    }
  }

  private static Table table(List<QuotaInfo> quotas) {
    Table table = new Table("KIND", "NAME", ">USED", ">LIMIT");
    for (QuotaInfo quota : quotas) {
      table.row(quota.kind, quota.name, new Bytes(quota.usedBytes), Bytes.orNone(quota.limitBytes));
    }
    return table;
  }

  private void set(Arguments arguments, PrintStream out) throws Exception {
    String key = arguments.text(0);
    if (!key.matches("(heap|bundle|account):[^=\\p{Cntrl}]+")) {
      throw new CommandFailed("\"" + key + "\" is not what has a quota; usage: " + USAGE);
    }
    boolean none = arguments.text(1).equals("none");
    long limit = none ? settings.general(key) : arguments.bytes(1);
    String file = none ? settings.remove(key) : settings.put(key, limit);
    awaitEffect(key, limit, none);
    out.println("quota of " + key.replaceFirst(":", " ") + ": " + Bytes.orNone(limit));
    if (file != null) {
      out.println("until the next start, when " + file + " is read again: set it there to keep it");
    } else if (temporary) {
      out.println("until the container stops: DMABUF_HEAPS_STATE names no directory to keep it in");
    }
  }

  /** What has no quota of its own, and nothing open, core doesn't list. */
  private void awaitEffect(String key, long limit, boolean maybeUnlisted)
      throws CommandFailed, InterruptedException {
    long deadline = System.nanoTime() + EFFECT_LIMIT_MS * 1_000_000;
    OptionalLong now = limit(key);
    while (now.isEmpty() ? !maybeUnlisted : now.getAsLong() != limit) {
      if (System.nanoTime() - deadline > 0) {
        throw new CommandFailed("core has not taken the quota of " + key + "; the log says why");
      }
      Thread.sleep(POLL_MS);
      now = limit(key);
    }
  }

  private OptionalLong limit(String key) {
    return registry.quotas().stream()
        .filter(quota -> key.equals(quota.kind + ":" + quota.name))
        .mapToLong(quota -> quota.limitBytes)
        .findFirst();
  }
}
