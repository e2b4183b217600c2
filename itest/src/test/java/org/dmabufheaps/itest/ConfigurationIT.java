// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;

/** Configurations change at run time, to good values and to bad ones. */
public class ConfigurationIT extends ContainerTest {
  private static final String CORE_PID = "org.dmabufheaps.core";
  private static final String HEAP_PID = "org.dmabufheaps.heap.system";
  private static final String SYSTEM = "(dmabuf.heap.name=system)";
  private static final long MIB = 1 << 20;
  private static final long PATTERN = 0x0c0f1605e77195edL;

  private LogLines log;

  @Before
  public void openLog() {
    log = LogLines.open(context);
  }

  @After
  public void restoreDefaults() throws Exception {
    configuration(CORE_PID).delete();
    configuration(HEAP_PID).delete();
    await(
        "the defaults are back",
        () ->
            ofSystem("limitBytes").equals(Long.MAX_VALUE)
                && ofSystem("maxBytes").equals(Long.MAX_VALUE)
                && !ofSystem("reason").toString().contains("refused"));
    log.close();
  }

  private Configuration configuration(String pid) throws Exception {
    return service(ConfigurationAdmin.class, null).getConfiguration(pid, "?");
  }

  private void configure(String pid, Map<String, ?> values) throws Exception {
    configuration(pid).update(FrameworkUtil.asDictionary(new TreeMap<String, Object>(values)));
  }

  private Object ofSystem(String field) {
    return books().ofHeap("system", field);
  }

  private Object idOf(String type, String filter) throws Exception {
    var found = context.getAllServiceReferences(type, filter);
    assertEquals(type, 1, found.length);
    return found[0].getProperty(Constants.SERVICE_ID);
  }

  private List<Object> ids() throws Exception {
    return List.of(
        idOf(Books.REGISTRY, null),
        idOf(AllocationService.class.getName(), null),
        idOf(HeapAllocator.class.getName(), SYSTEM));
  }

  /** Something that changes the configuration, or tries to. */
  private interface Change {
    void run() throws Exception;
  }

  /** Books, services and buffers are the same before and after a change. */
  private void assertNothingIsLost(Change change) throws Exception {
    List<Object> ids = ids();
    try (DmaBuf buffer = service(HeapAllocator.class, SYSTEM).allocate(MIB);
        OwnedFd fd = buffer.exportFd();
        Peer peer = Peer.start()) {
      var bytes = buffer.beginCpuAccess(Access.READ_WRITE).bytes();
      BusyReader.fill(bytes, PATTERN);
      peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
      Object allocations = ofSystem("allocations");
      try (BusyReader reader = BusyReader.start(bytes, PATTERN)) {
        change.run();
        reader.assertReads();
      }
      assertTrue(buffer.isOpen());
      assertEquals(ids, ids());
      assertEquals(MIB, ofSystem("liveBytes"));
      assertEquals(allocations, ofSystem("allocations"));
      assertEquals(PATTERN, peer.get(MIB - 8));
    }
  }

  @Test
  public void aGoodConfigurationOfCoreIsTakenAndNothingIsLost() throws Exception {
    assertNothingIsLost(
        () -> {
          configure(CORE_PID, Map.of("heap.max.bytes", 4 * MIB, "quotas", "bundle:nobody=1"));
          await("it is taken", () -> ofSystem("limitBytes").equals(4 * MIB));
        });
    AllocationService allocations = service(AllocationService.class, null);
    HeapException refused =
        assertThrows(HeapException.class, () -> allocations.allocate("system", 8 * MIB));
    assertTrue(refused.getMessage(), Errno.EDQUOT.is(refused));
    assertTrue(refused.getMessage(), refused.getMessage().contains("quota of heap system"));
    log.assertNone("refused");
  }

  @Test
  public void aBadConfigurationOfCoreIsRefusedInOneLineAndTheLastGoodOneStays() throws Exception {
    configure(CORE_PID, Map.of("heap.max.bytes", 64 * MIB));
    await("it is taken", () -> ofSystem("limitBytes").equals(64 * MIB));
    List<Map<String, ?>> bad =
        List.of(
            Map.of("heap.max.bytes", "a lot"),
            Map.of("heap.max.bytes", -1L),
            Map.of("heap.max.bytes", "99999999999999999999"),
            Map.of("heap.max.bytes", 32 * MIB, "total.max.bytes", Long.MIN_VALUE),
            Map.of("heap.max.bytes", 32 * MIB, "reserve.bytes", "-5"),
            Map.of("heap.max.bytes", 32 * MIB, "call.limit.millis", 9),
            Map.of("heap.max.bytes", 32 * MIB, "call.limit.millis", Long.MAX_VALUE),
            Map.of("heap.max.bytes", 32 * MIB, "quotas", new String[] {"system=5"}),
            Map.of("heap.max.bytes", 32 * MIB, "quotas", new String[] {"heap:system=many"}));
    assertNothingIsLost(
        () -> {
          int refused = 0;
          for (Map<String, ?> values : bad) {
            configure(CORE_PID, values);
            refused++;
            log.await("configuration org.dmabufheaps.core refused", refused);
            assertEquals(values.toString(), 64 * MIB, ofSystem("limitBytes"));
          }
        });
    log.await("configuration org.dmabufheaps.core refused", bad.size());
  }

  @Test
  public void aGoodConfigurationOfTheHeapIsTakenAndNothingIsLost() throws Exception {
    assertNothingIsLost(
        () -> {
          configure(HEAP_PID, Map.of("max.bytes", 2 * MIB));
          await("it is taken", () -> ofSystem("maxBytes").equals(2 * MIB));
        });
    assertEquals(1, serviceCount(HeapAllocator.class, "(dmabuf.heap.max.bytes=2097152)"));
    HeapAllocator heap = service(HeapAllocator.class, SYSTEM);
    HeapException refused = assertThrows(HeapException.class, () -> heap.allocate(2 * MIB + 1));
    assertTrue(refused.getMessage(), Errno.EINVAL.is(refused));
    heap.allocate(2 * MIB).close();
  }

  @Test
  public void aBadConfigurationOfTheHeapIsRefusedInOneLineAndTheLastGoodOneStays()
      throws Exception {
    configure(HEAP_PID, Map.of("max.bytes", 64 * MIB));
    await("it is taken", () -> ofSystem("maxBytes").equals(64 * MIB));
    List<Map<String, ?>> bad =
        List.of(
            Map.of("max.bytes", -1L),
            Map.of("max.bytes", "much"),
            Map.of("max.bytes", "99999999999999999999"),
            Map.of("max.bytes", Long.MAX_VALUE),
            Map.of("max.bytes", new Long[] {1L, 2L}),
            Map.of("max.bytes", true),
            Map.of("backing", "floppy"),
            Map.of("backing", ""),
            Map.of("node", "../mem"),
            Map.of("node", ".."));
    assertNothingIsLost(
        () -> {
          int refused = 0;
          for (Map<String, ?> values : bad) {
            configure(HEAP_PID, values);
            refused++;
            log.await("configuration " + HEAP_PID + " refused", refused);
            assertEquals(values.toString(), 64 * MIB, ofSystem("maxBytes"));
            await(
                "the books say so: " + values,
                () -> ofSystem("reason").toString().contains(values.keySet().iterator().next()));
          }
        });
    configure(HEAP_PID, Map.of("max.bytes", 32 * MIB));
    await("a good one is taken", () -> ofSystem("maxBytes").equals(32 * MIB));
    assertFalse(ofSystem("reason").toString().contains("refused"));
    log.await("refused", bad.size());
  }

  @Test
  public void aHeapWhoseConfigurationIsBadAtItsStartHasTheDefaults() throws Exception {
    installed(HEAP_SYSTEM).stop();
    configure(HEAP_PID, Map.of("max.bytes", "much"));
    installed(HEAP_SYSTEM).start();
    service(HeapAllocator.class, SYSTEM).allocate(MIB).close();
    assertEquals(Long.MAX_VALUE, ofSystem("maxBytes"));
    log.await("refused", 1);
  }

  @Test
  public void aBackingThatIsNotThereMakesTheHeapUnavailableAndSaysWhy() throws Exception {
    assumeFalse("there is one", Files.exists(Path.of("/dev/udmabuf")));
    DmaBuf buffer = service(HeapAllocator.class, SYSTEM).allocate(MIB);
    configure(HEAP_PID, Map.of("backing", "udmabuf"));
    await("it is unavailable", () -> ofSystem("available").equals(false));
    assertEquals(0, serviceCount(HeapAllocator.class, SYSTEM));
    String reason = ofSystem("reason").toString();
    assertTrue(reason, reason.contains("/dev/udmabuf"));
    AllocationService allocations = service(AllocationService.class, null);
    HeapException refused =
        assertThrows(HeapException.class, () -> allocations.allocate("system", MIB));
    assertTrue(refused.getMessage(), refused.getMessage().contains(reason));
    assertTrue("what was allocated stays", buffer.isOpen());
    buffer.beginCpuAccess(Access.READ).close();
    configure(HEAP_PID, Map.of("backing", "auto"));
    await("it is back", () -> ofSystem("available").equals(true));
    buffer.close();
  }

  @Test
  public void aTooSmallBudgetRefusesWithItsSizeInTheMessage() throws Exception {
    configure(CORE_PID, Map.of("total.max.bytes", 3 * MIB));
    await("it is taken", () -> books().ofBudget("budgetBytes").equals(3 * MIB));
    HeapAllocator heap = service(HeapAllocator.class, SYSTEM);
    try (DmaBuf first = heap.allocate(2 * MIB)) {
      HeapException refused = assertThrows(HeapException.class, () -> heap.allocate(2 * MIB));
      assertTrue(refused.getMessage(), Errno.ENOMEM.is(refused));
      assertTrue(refused.getMessage(), refused.getMessage().contains("budget of 3.0 MiB"));
      assertEquals(first.size(), books().ofBudget("takenBytes"));
    }
  }

  @Test
  public void theConfigurationsAreDescribed() {
    assertDescribed(
        CORE,
        CORE_PID,
        "account.max.bytes",
        "bundle.max.bytes",
        "call.limit.millis",
        "heap.max.bytes",
        "leak.stacks",
        "quotas",
        "reserve.bytes",
        "total.max.bytes");
    ObjectClassDefinition heap =
        assertDescribed(HEAP_SYSTEM, HEAP_PID, "backing", "max.bytes", "node");
    AttributeDefinition backing =
        attributes(heap).filter(a -> a.getID().equals("backing")).findFirst().orElseThrow();
    assertArrayEquals(
        new String[] {"auto", "dma-heap", "udmabuf", "memfd"}, backing.getOptionValues());
    assertEquals("an option is allowed", "", backing.validate("memfd"));
  }

  private ObjectClassDefinition assertDescribed(String bundle, String pid, String... keys) {
    var info = service(MetaTypeService.class, null).getMetaTypeInformation(installed(bundle));
    assertArrayEquals(new String[] {pid}, info.getPids());
    ObjectClassDefinition definition = info.getObjectClassDefinition(pid, null);
    assertEquals(
        List.of(keys), attributes(definition).map(AttributeDefinition::getID).sorted().toList());
    attributes(definition)
        .forEach(
            attribute -> {
              assertNotNull(attribute.getID(), attribute.getDescription());
              assertNotNull(attribute.getID(), attribute.getName());
            });
    return definition;
  }

  private static Stream<AttributeDefinition> attributes(ObjectClassDefinition definition) {
    return Arrays.stream(definition.getAttributeDefinitions(ObjectClassDefinition.ALL));
  }
}
