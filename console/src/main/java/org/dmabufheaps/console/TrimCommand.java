// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The command that gives idle memory back, as a shortage of memory does by itself. */
@Component(
    service = TrimCommand.class,
    property = {"osgi.command.scope=heap", "osgi.command.function=trim"})
public final class TrimCommand {
  private final Map<ServiceReference<Shrinker>, Shrinker> shrinkers = new ConcurrentHashMap<>();

  @Reference(
      service = Shrinker.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindShrinker(ServiceReference<Shrinker> reference, Shrinker shrinker) {
    shrinkers.put(reference, shrinker);
  }

  void unbindShrinker(ServiceReference<Shrinker> reference) {
    shrinkers.remove(reference);
  }

  /**
   * Gives idle memory back to the system, never memory in use.
   *
   * @param session the shell
   * @param given how much at most; all of it if nothing is given
   * @throws Exception when that is no size
   */
  @Descriptor("gives idle memory back to the system")
  public void trim(CommandSession session, @Descriptor("SIZE, or all of it") String... given)
      throws Exception {
    Arguments arguments = Arguments.of("heap:trim [SIZE]", 0, 1, given);
    if (shrinkers.isEmpty()) {
      session.getConsole().println("No bundle keeps idle memory: there is no page pool.");
      return;
    }
    CommandFailed.oneLine(
        () -> {
          long wanted = arguments.count() == 0 ? Long.MAX_VALUE : arguments.bytes(0);
          session.getConsole().println("gave back " + new Bytes(scan(wanted)));
        });
  }

  /** The highest service ranking first, as core does. */
  private long scan(long wanted) {
    Comparator<ServiceReference<Shrinker>> byRanking = Comparator.naturalOrder();
    List<ServiceReference<Shrinker>> order =
        shrinkers.keySet().stream().sorted(byRanking.reversed()).toList();
    long freed = 0;
    for (ServiceReference<Shrinker> reference : order) {
      Shrinker shrinker = shrinkers.get(reference);
      if (shrinker != null && freed < wanted) {
        freed += Math.max(0, shrinker.scan(wanted - freed));
      }
    }
    return freed;
  }
}
