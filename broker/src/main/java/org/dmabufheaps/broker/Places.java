// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.FdSocket;

/**
 * The places for connections. A connection has one until its call is done and its descriptors are
 * closed. That may take long: closing what a peer has sent, or a socket with such descriptors in
 * it, waits for others (a file of FUSE, a TCP connection that lingers). So threads of the user's
 * own do it, never the loop's. Thread-safe.
 */
final class Places {
  private final Accounts accounts;
  private final Lanes closing;
  private final AtomicInteger taken = new AtomicInteger();

  Places(Accounts accounts, Lanes closing) {
    this.accounts = accounts;
    this.closing = closing;
  }

  /** Takes a place; {@code null} when there is none. For the loop's thread alone. */
  Account take(int uid, Settings limits) {
    if (taken.get() >= limits.connections()) {
      return null;
    }
    Account account = accounts.connect(uid, limits.connectionsOfUser());
    if (account != null) {
      taken.incrementAndGet();
    }
    return account;
  }

  int taken() {
    return taken.get();
  }

  /** Closes a socket that has no connection; gives the place back, if it had one. */
  void refuse(FdSocket socket, Account account) {
    close(
        socket.peer().uid(),
        () -> {
          socket.close();
          if (account != null) {
            free(account);
          }
        });
  }

  /** Closes what nobody wanted, then tells. */
  void closeUnwanted(Connection connection, Runnable then) {
    close(
        connection.client().who().uid(),
        () -> {
          connection.closeTaken();
          then.run();
        });
  }

  /** Closes all that a connection has, which has ended and has no call at work, once. */
  void leave(Connection connection) {
    close(
        connection.client().who().uid(),
        () -> {
          connection.close();
          free(connection.client().account());
        });
  }

  private void close(int uid, Runnable task) {
    closing.run(Integer.toUnsignedString(uid), task);
  }

  private void free(Account account) {
    taken.decrementAndGet();
    account.disconnect();
    accounts.forgetEmpty(account);
  }
}
