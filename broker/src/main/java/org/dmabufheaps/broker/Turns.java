// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.dmabufheaps.FdPoll;

/** What a connection does when it has its turn. For the loop's thread alone. */
final class Turns {
  /** So many messages of one connection, then the others have their turn. */
  private static final int MESSAGES_AT_ONCE = 16;

  private final Calls calls;
  private final Places places;
  private final Consumer<Connection> finished;
  private final Set<Connection> behind = new LinkedHashSet<>();

  Turns(Calls calls, Places places, Consumer<Connection> finished) {
    this.calls = calls;
    this.places = places;
    this.finished = finished;
  }

  /** Tells whether there are connections with messages left from their last turn. */
  boolean isBehind() {
    return !behind.isEmpty();
  }

  /** Returns those connections; they are to have their turn. */
  List<Connection> takeBehind() {
    List<Connection> all = List.copyOf(behind);
    behind.clear();
    return all;
  }

  void forget(Connection connection) {
    behind.remove(connection);
  }

  /** Does what the socket is ready for; returns why it is over, {@code null} when it goes on. */
  String event(FdPoll.Watched watched, Connection connection) throws IOException {
    if (watched.hungUp()) {
      return "the client has gone";
    }
    if (connection.isAtWork() || behind.contains(connection)) {
      return null;
    }
    if (connection.isSending()) {
      connection.flush();
    } else if (watched.readable() && !connection.receive()) {
      return "the client has ended the stream";
    }
    return goOn(connection);
  }

  /** Does what has come, message by message; returns as {@link #event}. */
  String goOn(Connection connection) throws IOException {
    String over = connection.excess();
    for (int i = 0; over == null && i < MESSAGES_AT_ONCE && isFree(connection); i++) {
      ByteBuffer message = connection.next();
      if (message == null) {
        break;
      }
      over = connection.excess();
      if (over == null) {
        calls.take(connection, Call.of(message), finished);
      }
    }
    connection.again();
    if (over == null && isFree(connection) && connection.hasNext()) {
      behind.add(connection);
    }
    return over;
  }

  /** Tells whether the next message may be taken; first what came with the last one is closed. */
  private boolean isFree(Connection connection) {
    if (connection.isBusy() || connection.isSending()) {
      return false;
    }
    if (connection.hasUnwanted()) {
      connection.busy(true);
      places.closeUnwanted(connection, () -> finished.accept(connection));
      return false;
    }
    connection.closeTaken();
    return true;
  }
}
