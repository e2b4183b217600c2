// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.LastGood;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Serves other processes, over Varlink. Where its socket can't be made it says so and serves
 * nobody.
 */
@Component(service = Broker.class, immediate = true, configurationPid = Broker.PID)
@Designate(ocd = BrokerConfig.class)
public final class Broker {
  /** The PID of its configuration. */
  static final String PID = "org.dmabufheaps.broker";

  /** What the service manager calls the socket. */
  private static final String SOCKET_NAME = "org.dmabufheaps";

  private final Logger log;
  private final FdSockets sockets;
  private final LinuxMemory linux;
  private final Accounts accounts = new Accounts();
  private final Lanes lanes = new Lanes("dmabuf-broker");
  private final Lanes closing = new Lanes("dmabuf-broker-closing");
  private final Map<ServiceReference<HeapAllocator>, ServedHeap> heaps = new ConcurrentHashMap<>();
  private final Outstanding outstanding;
  private final Calls calls;
  private volatile SelfTests selfTests = SelfTests.NONE;
  private final LastGood<Settings> settings;
  private volatile Loop loop;
  private volatile String where = "";

  /**
   * Made by Declarative Services.
   *
   * @param log takes what clients and the system do wrong
   * @param context knows the bundle's version
   * @param config the configuration, as it is at the start; with a bad one nobody is allowed
   *     anything until there is a good one
   * @param allocations makes the buffers
   * @param sockets makes the sockets
   * @param linux knows descriptors and the service manager
   */
  @Activate
  public Broker(
      @Reference(service = LoggerFactory.class) Logger log,
      BundleContext context,
      Map<String, Object> config,
      @Reference AllocationService allocations,
      @Reference FdSockets sockets,
      @Reference LinuxMemory linux) {
    this.log = log;
    this.sockets = sockets;
    this.linux = linux;
    settings = new LastGood<>(PID, log::error, Settings.AT_FIRST, Settings::of);
    settings.change(config);
    Names names = new Names();
    outstanding = new Outstanding(linux, accounts);
    Buffers buffers =
        new Buffers(allocations, linux, names, outstanding, () -> settings.get().policy());
    Methods methods =
        new Methods(
            new Interfaces(context.getBundle().getVersion().toString()),
            buffers,
            names,
            () -> settings.get().policy(),
            () -> List.copyOf(heaps.values()),
            uid -> loop.stats(uid),
            (who, heap) -> selfTests.run(who, heap));
    calls = new Calls(log, methods, buffers, outstanding, lanes);
  }

  @Activate
  void activate() {
    String status;
    try {
      serve();
      status = "Serving clients at " + where;
      log.info("serving clients at {}", where);
    } catch (HeapException | IllegalArgumentException e) {
      where = "nowhere: " + e.getMessage();
      status = "Serving no clients: " + e.getMessage();
      log.info("serving no clients: {}", e.getMessage());
    }
    tell("READY=1\nSTATUS=" + status.replace('\n', ' '));
  }

  private void serve() throws HeapException {
    Settings now = settings.get();
    FdListener listener = sockets.inherited(SOCKET_NAME);
    where = "the service manager's socket " + SOCKET_NAME;
    if (listener == null) {
      listener = sockets.listen(now.socket(), now.mode(), now.group());
      where = now.socket().toString();
    }
    boolean done = false;
    FdPoll poll = null;
    try {
      poll = sockets.poll();
      Places places = new Places(accounts, closing);
      Loop made = new Loop(log, listener, poll, accounts, places, calls, settings);
      loop = made;
      made.start();
      done = true;
    } finally {
      if (!done) {
        loop = null;
        listener.close();
        if (poll != null) {
          poll.close();
        }
      }
    }
  }

  private void tell(String state) {
    try {
      linux.notifyManager(state);
    } catch (HeapException e) {
      log.warn("the service manager can't be told: {}", e.getMessage());
    }
  }

  @Deactivate
  void deactivate() {
    if (loop != null) {
      loop.close();
    }
    lanes.close();
    outstanding.close();
    closing.end();
  }

  @Modified
  void configure(Map<String, Object> config) {
    settings.change(config);
  }

  @Reference(
      service = HeapAllocator.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindHeap(ServiceReference<HeapAllocator> heap) {
    heaps.put(heap, ServedHeap.of(heap));
  }

  void updatedHeap(ServiceReference<HeapAllocator> heap) {
    heaps.replace(heap, ServedHeap.of(heap));
  }

  void unbindHeap(ServiceReference<HeapAllocator> heap) {
    heaps.remove(heap);
  }

  @Reference(
      service = SelfTests.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindSelfTests(SelfTests service) {
    selfTests = service;
  }

  void unbindSelfTests(SelfTests service) {
    if (selfTests == service) {
      selfTests = SelfTests.NONE;
    }
  }

  /** Returns where clients connect, or why nowhere. */
  String where() {
    return where;
  }

  /** Returns the users who have anything. */
  List<Account> users() {
    return accounts.all();
  }

  /** Returns the clients as they stand. */
  List<ClientInfo> clients() {
    Loop now = loop;
    return now == null ? List.of() : now.clients().stream().map(Client::info).toList();
  }
}
