// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapAllocator;
import org.junit.Test;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;

/**
 * Random configurations of all our bundles: wrong types, numbers beyond every limit, keys that
 * nobody knows, names that lead elsewhere. {@code -Dconfigurations=100000} is the long form, {@code
 * -Dconfigurations.seed=N} repeats one.
 */
public class ConfigurationFuzzIT extends ContainerTest {
  private static final int CONFIGURATIONS = Integer.getInteger("configurations", 1_000);
  private static final long SEED = Long.getLong("configurations.seed", System.nanoTime());
  private static final int BATCH = 50;
  private static final long PATTERN = 0x0c0f_1605_e77a_b1e5L;
  private static final String SYSTEM = "(dmabuf.heap.name=system)";

  /** The settings of each PID, and what is good for each. */
  private static final Map<String, Map<String, Object>> GOOD =
      new TreeMap<>(
          Map.of(
              "org.dmabufheaps.core",
              Map.of(
                  "total.max.bytes",
                  1L << 40,
                  "reserve.bytes",
                  1L << 20,
                  "heap.max.bytes",
                  1L << 30,
                  "bundle.max.bytes",
                  1L << 30,
                  "account.max.bytes",
                  0,
                  "quotas",
                  new String[] {"heap:system=1073741824"},
                  "call.limit.millis",
                  "5000",
                  "leak.stacks",
                  true),
              "org.dmabufheaps.heap.system",
              Map.of("backing", "auto", "node", "system", "max.bytes", 1L << 30),
              "org.dmabufheaps.heap.system.contig",
              Map.of("page.bytes", 2 << 20, "max.bytes", "0"),
              "org.dmabufheaps.heap.cma",
              Map.of("nodes", "reserved  video@4", "region.bytes", 0, "page.bytes", 0L),
              "org.dmabufheaps.pagepool",
              Map.of(
                  "high.bytes",
                  1 << 20,
                  "refill.max.bytes",
                  0,
                  "max.age.millis",
                  50,
                  "keep.ready",
                  "4096*2"),
              "org.dmabufheaps.deferredfree",
              Map.of("max.bytes", 1 << 20, "poll.millis", 5),
              "org.dmabufheaps.pressure",
              Map.of("stall.millis", 100, "window.millis", 1000, "least.available.percent", 0)));

  /** Bad as the value of any setting. */
  private static final List<Object> BAD =
      List.of(
          -1L,
          Long.MIN_VALUE,
          1.5,
          Float.NaN,
          'x',
          new Long[] {1L, 2L},
          new int[] {3},
          List.of(1, 2),
          "../../etc/passwd\n[ERROR] forged",
          "x".repeat(100_000),
          "\u202e\u0000nul",
          "heap:=1",
          "system/..",
          "-9223372036854775808",
          "99999999999999999999",
          "1e3");

  /** Without those that are names. */
  private static final List<Object> BAD_NAMES = BAD.subList(0, BAD.size() - 3);

  private static final List<String> BUNDLES =
      List.of("heap-system-contig", "heap-cma", "heap-pagepool", "heap-deferred-free");

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final Map<String, Configuration> configurations = new TreeMap<>();
  private int refusals;
  private int unknowns;

  @Test
  public void noConfigurationHurts() throws Exception {
    System.out.println("configurations: seed " + SEED);
    long begun = System.nanoTime();
    for (String artifact : BUNDLES) {
      install(artifact);
    }
    for (String pid : GOOD.keySet()) {
      configurations.put(pid, service(ConfigurationAdmin.class, null).getConfiguration(pid, "?"));
    }
    try (ConfigurationLines lines = new ConfigurationLines(context);
        DmaBuf held = service(HeapAllocator.class, SYSTEM).allocate(8192)) {
      write(held);
      await("the heap has a pool", () -> ofSystem("statistics").toString().contains("pool hits"));
      Map<String, Long> components = components();
      for (int done = 0; done < CONFIGURATIONS; done += BATCH) {
        batch(lines);
        assertEquals("still the same components", components, components());
        assertHolds(held);
      }
    } finally {
      for (Configuration configuration : configurations.values()) {
        configuration.delete();
      }
    }
    await("the defaults are back", () -> ofSystem("limitBytes").equals(Long.MAX_VALUE));
    System.out.printf(
        Locale.ROOT,
        "configurations: %d in %.1f s, %d refused, %d with unknown keys%n",
        CONFIGURATIONS,
        (System.nanoTime() - begun) / 1e9,
        refusals,
        unknowns);
  }

  /** What all components of ours are: the same ones, in the same state, whatever comes. */
  private Map<String, Long> components() {
    Map<String, Long> ids = new TreeMap<>();
    ServiceComponentRuntime runtime = service(ServiceComponentRuntime.class, null);
    runtime.getComponentDescriptionDTOs().stream()
        .filter(component -> component.name.startsWith("org.dmabufheaps."))
        .forEach(
            component -> {
              for (ComponentConfigurationDTO one :
                  runtime.getComponentConfigurationDTOs(component)) {
                ids.put(component.name + " " + one.id, (long) one.state);
              }
            });
    return ids;
  }

  private Object ofSystem(String field) {
    return books().ofHeap("system", field);
  }

  /** Some configurations of one PID, one after the other, each of which is refused or taken. */
  private void batch(ConfigurationLines lines) throws Exception {
    List<String> pids = List.copyOf(GOOD.keySet());
    String pid = pids.get(random.nextInt(pids.size()));
    for (int i = 0; i < BATCH; i++) {
      Map<String, Object> values = random(pid);
      int refused = lines.refused(pid);
      int strange = lines.strange(pid);
      if (makeBad(pid, values)) {
        refusals++;
        refused++;
      } else {
        // So that it can be seen when it has been taken: of several at once only the last may be.
        values.put("no.such.key." + random.nextInt(1 << 30), "../x");
        unknowns++;
        strange++;
      }
      configurations.get(pid).update(FrameworkUtil.asDictionary(values));
      awaitLines(lines, pid, refused, strange, values);
    }
    configurations.get(pid).update(FrameworkUtil.asDictionary(GOOD.get(pid)));
  }

  /** One line for each: it is bad, or it has a key that nobody knows. */
  private static void awaitLines(
      ConfigurationLines lines, String pid, int refused, int strange, Map<String, ?> values)
      throws InterruptedException {
    long until = System.nanoTime() + 20_000_000_000L;
    while (lines.refused(pid) < refused || lines.strange(pid) < strange) {
      assertTrue(pid + " is told of " + values.keySet(), System.nanoTime() - until < 0);
      Thread.sleep(0, 200_000);
    }
    assertEquals("", lines.wrong());
    assertEquals(pid + " refused", refused, lines.refused(pid));
    assertEquals(pid + " strange", strange, lines.strange(pid));
  }

  /** Some of the good values. */
  private Map<String, Object> random(String pid) {
    Map<String, Object> values = new HashMap<>();
    GOOD.get(pid)
        .forEach(
            (key, value) -> {
              if (random.nextBoolean()) {
                values.put(key, value);
              }
            });
    return values;
  }

  private boolean makeBad(String pid, Map<String, Object> values) {
    if (random.nextBoolean()) {
      return false;
    }
    List<String> keys = new ArrayList<>(new TreeMap<>(GOOD.get(pid)).keySet());
    String key = keys.get(random.nextInt(keys.size()));
    List<Object> bad = key.startsWith("node") ? BAD_NAMES : BAD;
    values.put(key, bad.get(random.nextInt(bad.size())));
    return true;
  }

  private static void write(DmaBuf held) throws Exception {
    try (CpuAccess cpu = held.beginCpuAccess(Access.WRITE)) {
      cpu.bytes().putLong(0, PATTERN).putLong(8184, PATTERN);
    }
  }

  /** Neither the buffer nor the books know of what was configured, and the heap serves. */
  private void assertHolds(DmaBuf held) throws Exception {
    assertTrue(held.isOpen());
    try (CpuAccess cpu = held.beginCpuAccess(Access.READ)) {
      assertEquals(PATTERN, cpu.bytes().getLong(0));
      assertEquals(PATTERN, cpu.bytes().getLong(8184));
    }
    assertEquals(8192L, ofSystem("liveBytes"));
    service(HeapAllocator.class, SYSTEM).allocate(4096).close();
  }
}
