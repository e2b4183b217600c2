// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.io.IOException;
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
  private final Places places;
  private final Calls calls;
  private final Turns turns;
  private final Supplier<Settings> settings;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Queue<Connection> finished = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean ended;
  private boolean paused;
  private long looked = System.nanoTime();

  Loop(
      Logger log,
      FdListener listener,
      FdPoll poll,
      Accounts accounts,
      Places places,
      Calls calls,
      Supplier<Settings> settings) {
    this.log = log;
    this.listener = listener;
    this.poll = poll;
    this.accounts = accounts;
    this.places = places;
    this.calls = calls;
    turns = new Turns(calls, places, this::finished);
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

  /** A connection's call has been answered, or what it sent is closed. By any thread. */
  void finished(Connection connection) {
    finished.add(connection);
    poll.wake();
    if (ended) {
      leaveAll();
    }
  }

  private void leaveAll() {
    for (Connection one = finished.poll(); one != null; one = finished.poll()) {
      leave(one);
    }
  }

  /** Whatever ends it, nobody is left waiting for an answer. */
  private void run() {
    door.want(true, false);
    try {
      while (!stopping) {
        turn();
      }
    } catch (BufferClosedException e) {
      if (!stopping) {
        log.error("the broker's sockets were closed, it serves nobody: {}", e.getMessage());
      }
    } catch (Throwable e) {
      log.error("the broker serves nobody until it is started again", e);
    } finally {
      listener.close();
      connections.forEach(connection -> drop(connection, "the broker stops"));
      ended = true;
      leaveAll();
    }
  }

  private void turn() {
    List<FdPoll.Watched> ready;
    try {
      ready = poll.await(paused ? PAUSE_MILLIS : accounts.isEmpty() ? 0 : LOOK_MILLIS);
    } catch (HeapException e) {
      log.warn("waiting for clients failed: {}", e.getMessage());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
      return;
    }
    for (FdPoll.Watched watched : ready) {
      if (watched.key() instanceof Connection connection) {
        on(connection, () -> turns.event(watched, connection));
      } else {
        accept();
      }
    }
    turns.takeBehind().forEach(connection -> on(connection, () -> goOn(connection)));
    for (Connection one = finished.poll(); one != null; one = finished.poll()) {
      Connection connection = one;
      on(connection, () -> goOn(connection));
    }
    if (turns.isBehind()) {
      poll.wake();
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
    } catch (IOException e) {
      over = String.valueOf(e.getMessage());
    } catch (Throwable e) {
      // Also an Error: a peer's bytes must not end the others' service.
      over = e.toString();
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
      } catch (BufferClosedException e) {
        throw e;
      } catch (Throwable e) {
        log.warn("a client can't connect for now: {}", e.toString());
        paused = true;
        door.want(false, false);
        return;
      }
    }
  }

  private void welcome(FdSocket socket) throws HeapException {
    Account account = null;
    boolean done = false;
    try {
      account = places.take(socket.peer().uid(), settings.get());
      if (account != null) {
        Connection connection = new Connection(socket, Client.of(socket, account));
        connection.watched(poll.watch(socket, connection));
        connections.add(connection);
        done = true;
      }
    } finally {
      if (!done) {
        places.refuse(socket, account);
      }
    }
  }

  /** A call was done, here or there. */
  private String goOn(Connection connection) throws IOException {
    if (!connections.contains(connection)) {
      leave(connection);
      return null;
    }
    if (connection.isAtWork()) {
      connection.busy(false);
    }
    return turns.goOn(connection);
  }

  /**
   * Looks after what has been silent for too long, and shows changes to those who wait for them.
   */
  private void look(long now) {
    looked = now;
    calls.lookAtOutstanding();
    if (paused) {
      paused = false;
      door.want(true, false);
    }
    Settings limits = settings.get();
    for (Connection connection : connections) {
      if (connection.isAtWork()) {
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
    turns.forget(connection);
    Client client = connection.client();
    log.debug("process {} of user {}: {}", client.peer().pid(), client.peer().uid(), why);
    try {
      calls.giveBack(client, connection.end());
    } catch (Throwable e) {
      log.error("giving back what a client had", e);
    }
    if (!connection.isAtWork()) {
      places.leave(connection);
    }
  }

  /** A connection that was dropped while its call was at work has its call done. */
  private void leave(Connection connection) {
    if (connection.isAtWork()) {
      connection.left();
      places.leave(connection);
    }
  }
}
