// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NamesTest {
  private static final int ROOT = 0;
  private final Names names = new Names();

  private static Held buffer(long id) {
    return new Held(id, null, "h", "memfd", 1, new Lent(), true);
  }

  private void isNotThere(String name, int uid) {
    Failure e = assertThrows(Failure.class, () -> names.find(name, uid));
    assertTrue(e.getMessage().contains("NoSuchName"), e.getMessage());
  }

  private void isTaken(String name, long id, int uid, boolean forAll) {
    Failure e = assertThrows(Failure.class, () -> names.publish(name, buffer(id), uid, forAll));
    assertTrue(e.getMessage().contains("NameTaken"), e.getMessage());
  }

  @Test
  void aUsersNamesAreNoOtherUsersBusiness() throws Exception {
    names.publish("frame", buffer(1), 1000, false);
    isNotThere("frame", 1001);
    names.publish("frame", buffer(2), 1001, false);
    names.publish("frame", buffer(3), 1002, true);
    assertEquals(1, names.find("frame", 1000).id());
    assertEquals(2, names.find("frame", 1001).id());
    assertEquals(3, names.find("frame", 1003).id());
    isTaken("frame", 4, 1000, false);
    isTaken("frame", 4, 1000, true);
  }

  @Test
  void rootOpensThatOfTheOneUserWhoHasIt() throws Exception {
    names.publish("frame", buffer(1), 1000, false);
    assertEquals(1, names.find("frame", ROOT).id());
    names.publish("frame", buffer(2), 1001, false);
    isNotThere("frame", ROOT);
  }

  @Test
  void aBufferHasOneNameUntilItIsWithdrawn() throws Exception {
    Held buffer = buffer(1);
    names.publish("a", buffer, 1000, false);
    isTaken("b", 1, 1000, false);
    isTaken("b", 1, 1000, true);
    names.withdraw(buffer);
    isNotThere("a", 1000);
    names.publish("b", buffer, 1000, true);
    names.withdraw(buffer);
    isNotThere("b", 1000);
  }
}
