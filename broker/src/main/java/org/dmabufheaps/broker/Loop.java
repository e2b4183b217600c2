// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.osgi.service.log.Logger;

/** One thread for all connections. It waits for nothing but their sockets. */
final class Loop {
  private static final int ACCEPTS_AT_ONCE = 16;
  private static final long LOOK_MILLIS = 1_000;
  private static final long PAUSE_MILLIS = 200;
  private static final long END_MILLIS = 5_000;

  private final Logger log;
  private final FdListener listener;
  private final FdPoll poll;
  private final FdPoll.Watched door;
  private final Accounts accounts;
  private final Calls calls;
  private final Supplier<Settings> settings;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Queue<Connection> finished = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean stopping;
  private boolean paused;
  private long looked = System.nanoTime();

  Loop(
      Logger log,
      FdListener listener,
      FdPoll poll,
      Accounts accounts,
      Calls calls,
      Supplier<Settings> settings) {
    this.log = log;
    this.listener = listener;
    this.poll = poll;
    this.accounts = accounts;
    this.calls = calls;
    this.settings = settings;
    door = poll.watch(listener, this);
    thread = new Thread(this::run, "dmabuf-broker");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Ends all connections, then the thread. */
  void close() {
    stopping = true;
    poll.wake();
    try {
      thread.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    poll.close();
    listener.close();
  }

  /** Returns the clients, for the books. */
  List<Client> clients() {
    return connections.stream().map(Connection::client).toList();
  }

  /** A call has been answered, by another thread than the loop's. */
  void finished(Connection connection) {
    finished.add(connection);
    poll.wake();
  }

  private void run() {
    door.want(true, false);
    try {
      while (!stopping) {
        turn();
      }
    } catch (BufferClosedException e) {
      log.debug("the broker's sockets were closed: {}", e.getMessage());
    } finally {
      connections.forEach(connection -> drop(connection, "the broker stops"));
    }
  }

  private void turn() {
    List<FdPoll.Watched> ready;
    try {
      ready = poll.await(paused ? PAUSE_MILLIS : connections.isEmpty() ? 0 : LOOK_MILLIS);
    } catch (HeapException e) {
      log.warn("waiting for clients failed: {}", e.getMessage());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
      return;
    }
    for (FdPoll.Watched watched : ready) {
      if (watched.key() instanceof Connection connection) {
        on(connection, () -> event(watched, connection));
      } else {
        accept();
      }
    }
    for (Connection one = finished.poll(); one != null; one = finished.poll()) {
      Connection connection = one;
      on(connection, () -> goOn(connection));
    }
    long now = System.nanoTime();
    if (now - looked > TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS)) {
      look(now);
    }
  }

  /** What a connection's turn does; returns why it is over, {@code null} when it goes on. */
  private interface Turn {
    String take() throws IOException;
  }

  /** Whatever one connection makes happen ends that one alone. */
  private void on(Connection connection, Turn turn) {
    String over;
    try {
      over = turn.take();
    } catch (IOException | RuntimeException e) {
      over = String.valueOf(e.getMessage());
    }
    if (over != null) {
      drop(connection, over);
    }
  }

  private void accept() {
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
      try {
        FdSocket socket = listener.tryAccept();
        if (socket == null) {
          return;
        }
        welcome(socket);
      } catch (HeapException e) {
        log.warn("a client can't connect for now: {}", e.getMessage());
        paused = true;
        door.want(false, false);
        return;
      }
    }
  }

  private void welcome(FdSocket socket) throws HeapException {
    Settings now = settings.get();
    Account account = accounts.of(socket.peer().uid());
    boolean room =
        connections.size() < now.connections() && account.connect(now.connectionsOfUser());
    boolean done = false;
    try {
      if (room) {
        Connection connection = new Connection(socket, Client.of(socket, account));
        connection.watched(poll.watch(socket, connection));
        connections.add(connection);
        done = true;
      }
    } finally {
      if (!done) {
        socket.close();
        if (room) {
          account.disconnect();
        }
        accounts.forgetEmpty(account);
      }
    }
  }

  private String event(FdPoll.Watched watched, Connection connection) throws IOException {
    if (watched.hungUp()) {
      return "the client has gone";
    }
    if (connection.isBusy() && !connection.isMonitor()) {
      return null;
    }
    if (connection.isSending()) {
      connection.flush();
      return goOn(connection);
    }
    if (watched.readable() && !connection.receive()) {
      return "the client has ended the stream";
    }
    return goOn(connection);
  }

  /** Does what has come, message by message. */
  private String goOn(Connection connection) throws IOException {
    if (!connections.contains(connection)) {
      connection.closeFds();
      return null;
    }
    if (connection.isBusy() && !connection.isMonitor()) {
      connection.busy(false);
    }
    while (!connection.isBusy() && !connection.isSending()) {
      ByteBuffer message = connection.next();
      if (message == null) {
        break;
      }
      calls.take(connection, Call.of(message), this::finished);
    }
    connection.again();
    if (!connection.isBusy()) {
      connection.closeUnwanted();
    }
    return connection.excess();
  }

  /**
   * Looks after what has been silent for too long, and shows changes to those who wait for them.
   */
  private void look(long now) {
    looked = now;
    if (paused) {
      paused = false;
      door.want(true, false);
    }
    Settings limits = settings.get();
    for (Connection connection : connections) {
      if (connection.isBusy() && !connection.isMonitor()) {
        continue;
      }
      if (connection.isLate(now, limits.messageMillis(), limits.idleMillis())) {
        drop(connection, "the client was silent for too long");
      } else if (connection.isMonitor()) {
        on(
            connection,
            () -> {
              connection.show(stats(connection.client().who().uid()));
              connection.again();
              return null;
            });
      }
    }
  }

  Map<String, Object> stats(int uid) {
    return Stats.of(clients(), accounts.all(), settings.get().policy(), uid);
  }

  private void drop(Connection connection, String why) {
    if (!connections.remove(connection)) {
      return;
    }
    Client client = connection.client();
    log.debug("process {} of user {}: {}", client.peer().pid(), client.peer().uid(), why);
    calls.giveBack(client, connection.end());
    if (!connection.isBusy() || connection.isMonitor()) {
      connection.closeFds();
    }
    client.account().disconnect();
    accounts.forgetEmpty(client.account());
  }
}
