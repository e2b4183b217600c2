// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may have how much. */
class PolicyTest {
  private static final Who CAMERA = new Who(1000, Set.of(1000, 44));
  private static final Who OTHER = new Who(1001, Set.of(1001));

  private static Policy policy(String... rules) {
    return new Policy(Stream.of(rules).map(Rule::of).toList(), Policy.UNLIMITED, 1);
  }

  @Test
  void theFirstRuleThatMatchesDecides() {
    Policy policy = policy("uid:1000 cma 0", "gid:44 * 8192", "* system any");
    assertEquals(0, policy.heapLimit(CAMERA, "cma"));
    assertEquals(8192, policy.heapLimit(CAMERA, "system"));
    assertEquals(Policy.UNLIMITED, policy.heapLimit(OTHER, "system"));
    assertEquals(0, policy.heapLimit(OTHER, "cma"), "no rule, no heap");
    assertEquals(0, policy().heapLimit(CAMERA, "system"));
  }

  @Test
  void usersAreNumbersWithoutASign() {
    Policy policy = policy("uid:4294967294 system any");
    assertTrue(policy.heapLimit(new Who(-2, Set.of()), "system") > 0);
    assertEquals("uid:4294967294", new Account(-2).name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "* system",
        "* system any more",
        "uid: system any",
        "uid:x system any",
        "uid:-1 system any",
        "user:root system any",
        "1000 system any",
        "* system -1",
        "* system 1k",
        "* system 9223372036854775808"
      })
  void whatIsNoRuleIsRefusedWithItsText(String text) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Rule.of(text));
    assertTrue(e.getMessage().contains("\"" + text + "\""), e.getMessage());
  }

  @Test
  void anAccountIsChargedToBothLimitsAndNoFurther() {
    Account account = new Account(1);
    assertTrue(account.charge("a", 60, 100, 150));
    assertFalse(account.charge("a", 41, 100, 150));
    assertTrue(account.charge("a", 40, 100, 150));
    assertFalse(account.charge("b", 51, 100, 150));
    assertTrue(account.charge("b", 50, 100, 150));
    assertFalse(account.charge("c", Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE), "no overflow");
    assertEquals(
        List.of(150L, 100L, 50L), List.of(account.bytes(), account.bytes("a"), account.bytes("b")));
    account.uncharge("a", 100);
    account.uncharge("b", 50);
    assertTrue(account.addBuffer(1));
    assertFalse(account.addBuffer(1), "each buffer is a descriptor");
    assertFalse(account.isEmpty());
    account.removeBuffer();
    assertTrue(account.isEmpty());
  }

  @Test
  void anAccountWithSomethingIsRemembered() {
    Accounts accounts = new Accounts();
    Account account = accounts.connect(7, 1);
    assertNull(accounts.connect(7, 1));
    accounts.forgetEmpty(account);
    assertEquals(List.of(account), accounts.all());
    account.charge("a", 1, 1, 1);
    account.disconnect();
    accounts.forgetEmpty(account);
    assertEquals(List.of(account), accounts.all(), "a buffer is still to be given back");
    account.uncharge("a", 1);
    accounts.forgetEmpty(account);
    assertEquals(List.of(), accounts.all());
  }

  @Test
  void settingsAreCheckedAndTheDefaultsAreGood() {
    Settings settings = Config.with();
    assertEquals(0660, settings.mode());
    assertEquals(Policy.UNLIMITED, settings.policy().heapLimit(OTHER, "system"));
    assertEquals(0, Settings.AT_FIRST.policy().heapLimit(OTHER, "system"));
    assertEquals(List.of(), Config.with("rules", new String[0]).policy().rules(), "set, but empty");
    assertEquals(256 << 20, settings.policy().limit());
    assertEquals(Policy.UNLIMITED, Config.with("uid.max.bytes", 0L).policy().limit());
    assertEquals(0666, Config.with("socket.mode", "666").mode());
    for (Object[] bad :
        new Object[][] {
          {"socket.mode", "0777"},
          {"socket.mode", "rw"},
          {"socket.mode", "0060"},
          {"uid.max.bytes", -1L},
          {"connections.max", 0},
          {"uid.buffers.max", 0},
          {"uid.connections.max", 10_001},
          {"idle.millis", -1L},
          {"message.millis", 99L},
          {"rules", new String[] {"everybody everything"}}
        }) {
      assertThrows(IllegalArgumentException.class, () -> Config.with(bad));
    }
  }
}
