// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.dmabufheaps.QuotaInfo;
import org.dmabufheaps.spi.Shrinker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.framework.FrameworkUtil;

class QuotaCommandTest {
  private final Shell shell = new Shell();

  @AfterEach
  void stop() {
    shell.close();
  }

  private QuotaInfo quota(String kind, String name, long used, long limit) {
    QuotaInfo info = new QuotaInfo();
    info.kind = kind;
    info.name = name;
    info.usedBytes = used;
    info.limitBytes = limit;
    shell.core.quotas.add(info);
    return info;
  }

  private String[] configured() {
    return (String[]) shell.core.configuration.get("quotas");
  }

  @Test
  void quotasAreShown() throws Exception {
    quota("bundle", "com.acme.camera", 4096, 1 << 20);
    quota("heap", "system", 4096, Long.MAX_VALUE);
    assertEquals(
        """
        KIND    NAME                USED    LIMIT
        bundle  com.acme.camera  4.0 KiB  1.0 MiB
        heap    system           4.0 KiB     none
        """,
        shell.run("heap:quota"));
  }

  @Test
  void aQuotaIsSetBesidesTheOthersAndTakenAway() throws Exception {
    QuotaInfo camera = quota("bundle", "com.acme.camera", 0, Long.MAX_VALUE);
    shell.core.configuration = FrameworkUtil.asDictionary(new HashMap<>());
    shell.core.configuration.put("leak.stacks", true);
    shell.core.configuration.put("quotas", "heap:a,b=1, bundle:com.acme.camera=7,heap:x=2");
    shell.core.whenConfigured = () -> camera.limitBytes = 65536;
    assertEquals(
        "quota of bundle com.acme.camera: 64.0 KiB\n",
        shell.run("heap:quota bundle:com.acme.camera 64k"));
    String[] set = {"heap:a,b=1", "heap:x=2", "bundle:com.acme.camera=65536"};
    assertArrayEquals(set, configured());
    shell.core.whenConfigured = () -> camera.limitBytes = Long.MAX_VALUE;
    assertEquals(
        "quota of bundle com.acme.camera: none\n",
        shell.run("heap:quota bundle:com.acme.camera none"));
    assertArrayEquals(new String[] {"heap:a,b=1", "heap:x=2"}, configured());
    assertEquals(true, shell.core.configuration.get("leak.stacks"));
  }

  @Test
  void aQuotaOfWhatAFileSetSaysThatTheFileIsReadAgain() throws Exception {
    quota("heap", "system", 0, 4096);
    shell.core.configuration = FrameworkUtil.asDictionary(new HashMap<>());
    shell.core.configuration.put("felix.fileinstall.filename", "file:/conf/core.cfg");
    String told = shell.run("heap:quota heap:system 4k");
    assertTrue(told.contains("until the next start, when file:/conf/core.cfg is read"), told);
  }

  @Test
  void whatCanHaveNoQuotaIsRefusedAndChangesNothing() {
    for (String line : new String[] {"system 4k", "disk:x 4k", "heap:a=b 4k", "heap: 4k"}) {
      String told = shell.fail("heap:quota " + line);
      assertTrue(told.contains("is not what has a quota; usage: heap:quota [heap:NAME"), told);
    }
    assertTrue(shell.fail("heap:quota heap:system").startsWith("usage: heap:quota"));
    assertEquals(
        "\"much\" is no size: write 4096, 4k, 16m or 1GiB",
        shell.fail("heap:quota heap:system much"));
    assertNull(shell.core.configuration);
  }

  @Test
  void whatCoreDoesNotTakeIsAFailure() {
    assertEquals(
        "core has not taken the quota of heap:system; the log says why",
        shell.fail("heap:quota heap:system 4k"));
  }

  @Test
  void aQuotaIsAwayWhenTheGeneralOneCounts() throws Exception {
    QuotaInfo system = quota("heap", "system", 0, 4096);
    shell.core.configuration = FrameworkUtil.asDictionary(new HashMap<>());
    shell.core.configuration.put("heap.max.bytes", "8192");
    assertEquals(
        "core has not taken the quota of heap:system; the log says why",
        shell.fail("heap:quota heap:system none"));
    shell.core.whenConfigured = () -> system.limitBytes = 8192;
    assertEquals("quota of heap system: 8.0 KiB\n", shell.run("heap:quota heap:system none"));
    assertEquals("quota of heap gone: 8.0 KiB\n", shell.run("heap:quota heap:gone none"));
  }

  @Test
  void aGeneralQuotaThatIsNoNumberIsToldAndNothingIsTakenAway() throws Exception {
    quota("heap", "system", 0, 4096);
    shell.core.configuration = FrameworkUtil.asDictionary(new HashMap<>());
    shell.core.configuration.put("heap.max.bytes", "much");
    shell.core.configuration.put("quotas", "heap:system=4096");
    assertEquals(
        "heap.max.bytes of org.dmabufheaps.core is no number of bytes: much",
        shell.fail("heap:quota heap:system none"));
    assertEquals("heap:system=4096", shell.core.configuration.get("quotas"));
  }

  @Test
  void trimmingAsksOneAfterTheOtherUntilThereIsEnough() throws Exception {
    assertEquals("No bundle keeps idle memory: there is no page pool.\n", shell.run("heap:trim"));
    shell.trimCommand.bindShrinker(new Ranked(1), new Idle(8192));
    shell.trimCommand.bindShrinker(new Ranked(2), new Idle(4096));
    assertEquals("gave back 4.0 KiB\n", shell.run("heap:trim 4k"));
    assertEquals("gave back 8.0 KiB\n", shell.run("heap:trim"));
    assertEquals("gave back 0 B\n", shell.run("heap:trim"));
  }

  /** Keeps idle memory; gives all of it when asked for any. */
  private static final class Idle implements Shrinker {
    private long bytes;

    Idle(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public long count() {
      return bytes;
    }

    @Override
    public long scan(long wanted) {
      long all = bytes;
      bytes = 0;
      return all;
    }
  }

  @Test
  void leaksAreShownAsTheyWereLogged() throws Exception {
    assertEquals("No bundle has stopped and left anything open.\n", shell.run("heap:leaks"));
    shell.core.leaks.add("bundle a stopped and left open, closed now:\n  4096 bytes");
    assertEquals(shell.core.leaks.get(0) + "\n", shell.run("heap:leaks"));
  }

  @Test
  void statisticsAreOfOneHeapOrOfAll() throws Exception {
    shell.core.heap("system").failures = 3;
    shell.core.heap("cma").statistics = Map.of("pool hits", 7L);
    assertTrue(shell.run("heap:stat cma").matches("(?s)name +cma\n.*pool hits +7\n"));
    String all = shell.run("heap:stat");
    assertTrue(all.matches("(?s)name +system\n.*of which 3 failed.*name +cma\n.*"), all);
    assertEquals(
        "there is no heap x; heap:list shows the heaps that there are", shell.fail("heap:stat x"));
  }
}
