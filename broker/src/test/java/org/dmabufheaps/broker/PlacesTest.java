// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dmabufheaps.FdSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A user whose descriptors take long to close has itself in the way, and nobody else. */
@Timeout(60)
class PlacesTest {
  private static final long SECONDS = 20;
  private static final int SLOW = 1000;
  private static final int OTHER = 1001;

  private final Accounts accounts = new Accounts();
  private final Lanes closing = new Lanes("test-closing");
  private final Places places = new Places(accounts, closing);
  private final Settings limits = Config.with("connections.max", 16, "uid.connections.max", 8);
  private final CountDownLatch stuck = new CountDownLatch(1);

  @AfterEach
  void end() {
    stuck.countDown();
    closing.close();
  }

  private Connection connects(int uid, Runnable close) throws Exception {
    Account account = places.take(uid, limits);
    assertNotNull(account);
    FdSocket socket = Fakes.socket(uid, close);
    Connection connection = new Connection(socket, Client.of(socket, account));
    connection.watched(Fakes.watched());
    return connection;
  }

  private void sticks() {
    try {
      assertTrue(stuck.await(SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aPlaceIsTakenUntilAllIsClosedWhichTheCallerDoesNotDo() throws Exception {
    List<Connection> slow = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      slow.add(connects(SLOW, this::sticks));
    }
    // Would wait for ever if it were done here.
    slow.forEach(places::leave);
    assertNull(places.take(SLOW, limits), "its places are not free yet");
    CountDownLatch closed = new CountDownLatch(1);
    places.leave(connects(OTHER, closed::countDown));
    assertTrue(closed.await(SECONDS, TimeUnit.SECONDS));
    stuck.countDown();
    closing.end();
    assertEquals(0, places.taken());
    assertEquals(List.of(), accounts.all());
  }

  @Test
  void whoIsRefusedIsClosedElsewhereToo() {
    places.refuse(Fakes.socket(SLOW, this::sticks), places.take(SLOW, limits));
    places.refuse(Fakes.socket(SLOW, this::sticks), null);
    assertEquals(1, places.taken());
    stuck.countDown();
    closing.end();
    assertEquals(0, places.taken());
  }
}
