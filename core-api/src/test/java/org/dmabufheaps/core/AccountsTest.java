// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.ConfigValues;
import org.junit.jupiter.api.Test;

class AccountsTest {
  private static final int THREADS = 4;
  private static final long LIMIT = 3;

  private final Settings settings =
      Settings.of(ConfigValues.of(Map.of("account.max.bytes", LIMIT)));
  private final Accounts accounts = new Accounts(() -> settings);
  private final Quota bundle = new Quota("quota of bundle b", () -> Long.MAX_VALUE, Errno.EDQUOT);

  private Charge charge(String account, long bytes) throws HeapException {
    return accounts.charge(Operation.on("charging", account), bytes, bundle, account);
  }

  @Test
  void anAccountIsForgottenWithItsLastCharge() throws HeapException {
    Charge first = charge("a", 1);
    Charge second = charge("a", 2);
    assertThrows(HeapException.class, () -> charge("a", 1));
    assertThrows(HeapException.class, () -> charge("b", LIMIT + 1));
    assertEquals(1, accounts.size(), "one that was refused is not kept");
    assertTrue(second.share());
    first.release();
    second.release();
    assertEquals(1, accounts.size(), "a descriptor holds it");
    assertThrows(HeapException.class, () -> charge("a", 2));
    second.unshare();
    assertEquals(0, accounts.size());
    charge("a", LIMIT).release();
    assertEquals(0, bundle.usedBytes());
  }

  /** If one were forgotten while it has charges, its quota would begin anew. */
  @Test
  void theQuotaHoldsWhileAccountsComeAndGo() throws Exception {
    AtomicLong charged = new AtomicLong();
    AtomicLong most = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> all = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      all.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 50_000; i++) {
                  chargeAndRelease(charged, most);
                }
              }));
    }
    threads.shutdown();
    for (Future<?> one : all) {
      one.get();
    }
    assertTrue(most.get() <= LIMIT, most + " bytes at once");
    assertEquals(0, accounts.size());
    assertEquals(0, bundle.usedBytes());
  }

  private void chargeAndRelease(AtomicLong charged, AtomicLong most) {
    try {
      Charge charge = charge("a", 1);
      most.accumulateAndGet(charged.incrementAndGet(), Math::max);
      charged.decrementAndGet();
      charge.release();
    } catch (HeapException refused) {
      assertTrue(Errno.EDQUOT.is(refused));
    }
  }
}
