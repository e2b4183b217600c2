// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.log.Logger;

/**
 * The ledger: every bundle that uses core, and what it has open. Ownership ends when the bundle has
 * stopped, not when it ungets a service, since a rebind must not close a live bundle's buffers.
 */
final class Owners implements SynchronousBundleListener {
  private final Map<Long, Owner> owners = new ConcurrentHashMap<>();
  private final Map<String, Quota> accounts = new ConcurrentHashMap<>();
  private final Set<Owner> leaving = ConcurrentHashMap.newKeySet();
  private final Supplier<Settings> settings;
  private final BoundedCalls calls;
  private final Logger log;

  Owners(Supplier<Settings> settings, BoundedCalls calls, Logger log) {
    this.settings = settings;
    this.calls = calls;
    this.log = log;
  }

  Owner of(Bundle bundle) {
    return owners.computeIfAbsent(bundle.getBundleId(), id -> owner(id, nameOf(bundle)));
  }

  private Owner owner(long id, String name) {
    Quota quota =
        new Quota(
            "quota of bundle " + name, () -> settings.get().quotaOfBundle(name), Errno.EDQUOT);
    return new Owner(id, name, quota);
  }

  private static String nameOf(Bundle bundle) {
    String name = bundle.getSymbolicName();
    return name == null ? bundle.getLocation() : name;
  }

  Quota account(String name) {
    return accounts.computeIfAbsent(
        name,
        key ->
            new Quota(
                "quota of account " + key, () -> settings.get().quotaOfAccount(key), Errno.EDQUOT));
  }

  Stream<Handle> handles() {
    return Stream.concat(owners.values().stream(), leaving.stream())
        .distinct()
        .flatMap(Owner::handles);
  }

  @Override
  public void bundleChanged(BundleEvent event) {
    if (event.getType() == BundleEvent.STOPPED) {
      Owner owner = owners.get(event.getBundle().getBundleId());
      if (owner != null) {
        stop(owner);
      }
    }
  }

  /** Core stops: all ownership ends. */
  void stopAll() {
    List.copyOf(owners.values()).forEach(this::stop);
  }

  /** Its handles are found in one place or the other, all the time. */
  private void stop(Owner owner) {
    leaving.add(owner);
    owners.remove(owner.bundleId(), owner);
    List<Owned> left = owner.stop();
    if (!left.isEmpty()) {
      log.warn("{}", LeakReport.of(owner.name(), left));
      closeAll(owner, left);
    }
    leaving.remove(owner);
  }

  /** A thread for each heap, so that one that is stuck doesn't keep the others' buffers open. */
  private void closeAll(Owner owner, List<Owned> left) {
    List<Runnable> byHeap =
        left.stream().collect(Collectors.groupingBy(Owned::heapName)).values().stream()
            .<Runnable>map(things -> () -> things.forEach(this::close))
            .toList();
    calls.runAll(
        "closing what bundle " + owner.name() + " left open",
        byHeap,
        Deadline.inMillis(settings.get().callLimitMillis()));
  }

  private void close(Owned thing) {
    try {
      thing.closeForOwner();
    } catch (Throwable t) {
      log.error("closing {} failed", thing.describe(), t);
    }
  }
}
