// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.log.Logger;

/**
 * The ledger: every bundle that uses core, and what it has open. Ownership ends when the bundle has
 * stopped, not when it ungets a service, since a rebind must not close a live bundle's buffers.
 */
final class Owners implements SynchronousBundleListener {
  private static final int MOST_REPORTS = 20;
  private static final int RUNNING = Bundle.STARTING | Bundle.ACTIVE | Bundle.STOPPING;

  private final Map<Long, Owner> owners = new ConcurrentHashMap<>();
  private final Accounts accounts;

  /** Those that have stopped, until the last of what they had open is closed. */
  private final Set<Owner> leaving = ConcurrentHashMap.newKeySet();

  /** What stopped bundles left open, the latest last. Guarded by itself. */
  private final Deque<String> reports = new ArrayDeque<>();

  private final Supplier<Settings> settings;
  private final BoundedCalls calls;
  private final Logger log;

  /** Whether core has stopped: who comes now owns nothing. */
  private volatile boolean stopped;

  Owners(Supplier<Settings> settings, BoundedCalls calls, Logger log) {
    this.settings = settings;
    accounts = new Accounts(settings);
    this.calls = calls;
    this.log = log;
  }

  /** Returns a bundle's ledger; one that is closed already if the bundle, or core, has stopped. */
  Owner of(Bundle bundle) {
    Owner owner = owners.computeIfAbsent(bundle.getBundleId(), id -> owner(id, nameOf(bundle)));
    // Looked at after it was put: either this sees that the bundle or core has stopped, or whoever
    // stops it finds the ledger.
    if (stopped || (bundle.getState() & RUNNING) == 0) {
      stop(owner);
    }
    return owner;
  }

  private Owner owner(long id, String name) {
    Quota quota =
        new Quota(
            "quota of bundle " + name, () -> settings.get().quotaOfBundle(name), Errno.EDQUOT);
    return new Owner(id, name, quota, leaving::remove);
  }

  private static String nameOf(Bundle bundle) {
    String name = bundle.getSymbolicName();
    return name == null ? bundle.getLocation() : name;
  }

  /** Charges a bundle, and an account besides if it is named. */
  Charge charge(Operation operation, long bytes, Owner owner, String account) throws HeapException {
    return account.isEmpty()
        ? Charge.take(operation, bytes, owner.quotas())
        : accounts.charge(operation, bytes, owner.quota(), account);
  }

  /** The accounts that were charged, by name. */
  Map<String, Quota> accounts() {
    return accounts.quotas();
  }

  Stream<Owner> all() {
    return Stream.concat(owners.values().stream(), leaving.stream()).distinct();
  }

  Stream<Handle> handles() {
    return all().flatMap(Owner::handles);
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

  /** Core stops: all ownership ends, and devices are told as they are when a heap leaves. */
  void stopAll() {
    stopped = true;
    Deadline deadline = deadline();
    List<Owner> all = List.copyOf(owners.values());
    all.forEach(this::leave);
    Revocation.of(all.stream().flatMap(Owner::handles), "core has stopped", calls, deadline);
    closeAll("closing what was open when core stopped", all.stream(), deadline);
  }

  private void stop(Owner owner) {
    List<Owned> left = leave(owner);
    if (!left.isEmpty()) {
      String report = LeakReport.of(owner.name(), left);
      keep(report);
      log.warn("{}", report);
      closeAll("closing what bundle " + owner.name() + " left open", Stream.of(owner), deadline());
    }
  }

  private void keep(String report) {
    synchronized (reports) {
      if (reports.size() == MOST_REPORTS) {
        reports.removeFirst();
      }
      reports.addLast(report);
    }
  }

  /** The latest reports of what bundles left open, oldest first. */
  List<String> reports() {
    synchronized (reports) {
      return List.copyOf(reports);
    }
  }

  private Deadline deadline() {
    return Deadline.inMillis(settings.get().callLimitMillis());
  }

  /** Its handles are found in one place or the other, all the time. */
  private List<Owned> leave(Owner owner) {
    leaving.add(owner);
    owners.remove(owner.bundleId(), owner);
    List<Owned> left = owner.stop();
    if (left.isEmpty()) {
      leaving.remove(owner);
    }
    return left;
  }

  /** By heap, so that one that is stuck doesn't keep the others' buffers open. */
  private void closeAll(String what, Stream<Owner> stopped, Deadline deadline) {
    Map<String, List<Owned>> byHeap =
        stopped
            .flatMap(owner -> owner.all().stream())
            .collect(Collectors.groupingBy(Owned::heapName));
    calls.runAll(what, byHeap.values().stream().map(this::closings).toList(), deadline);
  }

  private List<Runnable> closings(List<Owned> things) {
    return things.stream().<Runnable>map(thing -> () -> close(thing)).toList();
  }

  private void close(Owned thing) {
    try {
      thing.closeForOwner();
    } catch (Throwable t) {
      log.error("closing {} failed", thing.describe(), t);
    }
  }
}
