// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertTrue;

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Core or {@code linux-memory} is restarted, updated or refreshed while everything is in use. All
 * returns by itself.
 *
 * <p>Has no type of ours: the client is a bundle of its own, which talks in types of the JDK.
 */
public class CoreRestartsIT extends ContainerTest {
  private static final String LET_GO = "0x" + Long.toHexString(Holder.PATTERN);

  private Map<?, ?> client;

  private interface Step {
    void run() throws Exception;
  }

  @Before
  public void startClient() throws Exception {
    Components.holder().start(context);
    client = holder();
    assertEquals(true, client.get("zero"));
  }

  private Map<?, ?> holder() {
    return service(Map.class, "(client=holder)");
  }

  @After
  public void thisBundleWasNotRefreshed() {
    assertTrue(
        context.getBundle().adapt(BundleWiring.class).getRequiredWires(null).stream()
            .noneMatch(wire -> wire.getProvider().getBundle().equals(installed(CORE))));
  }

  @Test
  public void coreStopsAndStarts() throws Exception {
    allIsRevokedAndComesBack(
        () -> {
          installed(CORE).stop();
          assertEquals(0, serviceCount("org.dmabufheaps.AllocationService", null));
          assertEquals(0, serviceCount("org.dmabufheaps.HeapAllocator", null));
          assertEquals(0, serviceCount(Books.REGISTRY, null));
        },
        installed(CORE)::start);
  }

  @Test
  public void coreIsUpdated() throws Exception {
    allIsRevokedAndComesBack(() -> update(installed(CORE)), () -> refresh(installed(CORE)));
  }

  @Test
  public void coreIsRefreshed() throws Exception {
    allIsRefreshed(installed(CORE));
  }

  @Test
  public void linuxMemoryStopsAndStarts() throws Exception {
    allIsRevokedAndComesBack(
        () -> {
          installed(LINUX_MEMORY).stop();
          assertEquals(0, serviceCount("org.dmabufheaps.FdSockets", null));
          assertEquals(0, serviceCount("org.dmabufheaps.HeapAllocator", null));
          assertEquals(1, serviceCount("org.dmabufheaps.AllocationService", null));
        },
        installed(LINUX_MEMORY)::start);
  }

  @Test
  public void linuxMemoryIsUpdated() throws Exception {
    allIsRevokedAndComesBack(
        () -> update(installed(LINUX_MEMORY)), () -> refresh(installed(LINUX_MEMORY)));
  }

  @Test
  public void everythingIsRefreshedAtOnce() throws Exception {
    allIsRefreshed(installed(HEAP_SYSTEM), installed(LINUX_MEMORY), installed(CORE));
  }

  /** What each of them comes to. */
  private void allIsRevokedAndComesBack(Step leave, Step comeBack) throws Exception {
    allIsRevokedAndComesBack(leave, comeBack, Set.of(List.of(LET_GO)));
  }

  /**
   * A refresh stops the client too, before core or after it, as the framework likes. Before it,
   * what the client attached ends with it, and nobody is told.
   */
  private void allIsRefreshed(Bundle... bundles) throws Exception {
    allIsRevokedAndComesBack(() -> refresh(bundles), () -> {}, Set.of(List.of(LET_GO), List.of()));
  }

  /**
   * The same.
   *
   * @param letGo what the device of the client's attachment may see when it is told to let go
   */
  private void allIsRevokedAndComesBack(Step leave, Step comeBack, Set<List<String>> letGo)
      throws Exception {
    long bundle = installed(CORE).getBundleId();
    try (Peer peer = Peer.start();
        BusyReader reader = reader(client, "bytes");
        BusyReader other = reader(client, "importedBytes")) {
      peer.take(giver(client));
      leave.run();
      reader.awaitZeros();
      other.awaitZeros();
      await("its handle is closed", () -> !call(client, "open"));
      await("its import is closed", () -> !call(client, "importedOpen"));
      assertTrue(
          "its device let go while the memory was there: " + client.get("revoked"),
          letGo.contains(client.get("revoked")));
      assertEquals("BufferClosedException", text(client, "use"));
      assertEquals("BufferClosedException", text(client, "useImported"));
      assertEquals(Holder.PATTERN, peer.get(Holder.SIZE - 8));
      comeBack.run();
      awaitStartSet();
      Map<?, ?> back = awaitAnother(client);
      assertEquals("new memory is zero", true, back.get("zero"));
      assertEquals("0x" + Long.toHexString(Holder.PATTERN), text(back, "use"));
      assertEquals("two handles are open", 2, books().buffers().size());
      peer.put(0, 1);
      reader.awaitZeros();
      peer.take(giver(back));
      assertEquals(Holder.PATTERN, peer.get(0));
    }
    assertEquals(bundle, installed(CORE).getBundleId());
  }

  private Map<?, ?> awaitAnother(Map<?, ?> former) {
    await("the client is back", () -> holder() != former);
    Map<?, ?> back = holder();
    assertNotSame(former, back);
    return back;
  }

  private static BusyReader reader(Map<?, ?> client, String bytes) {
    return BusyReader.start((ByteBuffer) client.get(bytes), Holder.PATTERN);
  }

  @SuppressWarnings("unchecked")
  private static Peer.Giver giver(Map<?, ?> client) {
    return ((Consumer<Path>) client.get("give"))::accept;
  }

  private static boolean call(Map<?, ?> client, String question) throws Exception {
    return (Boolean) ((Callable<?>) client.get(question)).call();
  }

  private static String text(Map<?, ?> client, String question) throws Exception {
    return (String) ((Callable<?>) client.get(question)).call();
  }

  private static void update(Bundle bundle) throws Exception {
    String file = URI.create(bundle.getLocation().replaceFirst("^reference:", "")).getPath();
    try (InputStream jar = new FileInputStream(file)) {
      bundle.update(jar);
    }
  }

  private void refresh(Bundle... bundles) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    context
        .getBundle(0)
        .adapt(FrameworkWiring.class)
        .refreshBundles(List.of(bundles), event -> done.countDown());
    assertTrue("the framework is refreshed", done.await(20, TimeUnit.SECONDS));
  }

  @Test
  public void aRetiredViewIsStillFollowedByTheNextLinuxMemory() throws Exception {
    long before = settledStaleViews(client);
    ByteBuffer stale = (ByteBuffer) client.get("bytes");
    client = null;
    update(installed(LINUX_MEMORY));
    refresh(installed(LINUX_MEMORY));
    awaitStartSet();
    client = holder();
    assertTrue("the view that is held waits", settledStaleViews(client) >= 1);
    update(installed(LINUX_MEMORY));
    refresh(installed(LINUX_MEMORY));
    awaitStartSet();
    Map<?, ?> last = holder();
    for (int offset = 0; offset < stale.capacity(); offset += 8) {
      assertEquals(0, stale.getLong(offset));
      stale.putLong(offset, offset);
    }
    assertEquals(
        "its bytes are nobody else's", "0x" + Long.toHexString(Holder.PATTERN), text(last, "use"));
    long kept = stale.capacity();
    stale = null;
    client = null;
    await(
        "the address space of " + kept + " bytes is given back",
        () -> settledStaleViews(last) <= before);
  }

  /** How many there are after a collection, and after somebody looked. */
  private static long settledStaleViews(Map<?, ?> client) throws Exception {
    System.gc();
    text(client, "allocateAndClose");
    return StaleViews.count();
  }
}
