// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.dmabufheaps.Access;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.OwnedFd;
import org.junit.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Vendors' bundles are deployed, used, updated and undeployed again and again, while readers read
 * what they got, another process holds memory, and a third bundle's buffers must not change.
 *
 * <p>{@code -Dvendor.rounds=1000} is the long form.
 */
public class VendorRoundsIT extends VendorTest {
  private static final int ROUNDS = Integer.getInteger("vendor.rounds", 25);

  /** After so many rounds, what grows only once has grown. */
  private static final int SETTLED = Math.max(ROUNDS / 10, Math.min(10, ROUNDS / 2));

  private static final int SIZE = 1 << 20;
  private static final boolean UDMABUF = Files.exists(Path.of("/dev/udmabuf"));

  private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
  private long heldAndBack;

  /** One vendor's bundle: its jar, the heap that it brings, and whether others can hold memory. */
  private record Part(String bundle, Path jar, String heap, boolean exports) {}

  private static final List<Part> PARTS =
      List.of(
          new Part("template", Vendor.template(), "acme", true),
          new Part("carveout", Vendor.carveout(), "video", UDMABUF),
          new Part("chunk", Vendor.chunk(), "tiles", UDMABUF));

  @Test
  public void nothingCrashesLeaksOrChangesOthersMemory() throws Exception {
    TestBundle.named(Canaries.NAME)
        .classes(BusyReader.class)
        .activator(Canaries.class)
        .start(context);
    Callable<?> canaries = service(Callable.class, "(client=" + Canaries.NAME + ")");
    try (FactoryConfigurations configurations = new FactoryConfigurations(context)) {
      configurations.add("com.acme.heap", Map.of("dmabuf.heap.name", "acme"));
      configurations.add(
          "com.acme.carveout", Map.of("dmabuf.heap.name", "video", "bytes", 4L * SIZE));
      configurations.add(
          "com.acme.chunk",
          Map.of("dmabuf.heap.name", "tiles", "bytes", 4L * SIZE, "chunk.bytes", 65536L));
      long descriptors = 0;
      long mappings = 0;
      for (int round = 1; round <= ROUNDS; round++) {
        for (Part part : PARTS) {
          round(part, round, canaries);
        }
        if (round == SETTLED) {
          descriptors = descriptors();
          mappings = mappings();
        }
      }
      settle("descriptors", this::descriptors, descriptors);
      settle("mappings", this::mappings, mappings);
      settle("class loaders", this::loaders, 0);
    }
    System.out.println(
        ROUNDS + " rounds of " + PARTS.size() + " bundles; slices held and back: " + heldAndBack);
  }

  private void round(Part part, int round, Callable<?> canaries) throws Exception {
    Bundle vendor = version(part, "1." + round).start(context);
    DmaBuf first = allocateZeroed(part);
    try (Peer peer = part.exports && round % 25 == 1 ? Peer.start() : null;
        BusyReader reader = BusyReader.start(fill(first, round), round)) {
      hold(peer, first);
      noteLoader(vendor);
      try (var jar = version(part, "2." + round).jar()) {
        vendor.update(jar);
      }
      reader.awaitZeros();
      assertFalse(first.isOpen());
      noteLoader(vendor);
      DmaBuf second = allocateZeroed(part);
      try (BusyReader other = BusyReader.start(fill(second, -round), -round)) {
        if (peer != null) {
          comesBackWhenItsHolderDies(part, second, peer, round);
        }
        canaries.call();
        vendor.uninstall();
        refresh(vendor);
        other.awaitZeros();
      }
      assertFalse(second.isOpen());
    }
    canaries.call();
    assertEquals(0, serviceCount("org.dmabufheaps.HeapAllocator", named(part.heap)));
    assertEquals("only the system heap is left", 1, books().heaps().size());
  }

  private static TestBundle version(Part part, String version) throws IOException {
    return TestBundle.of(part.jar).version(version);
  }

  private DmaBuf allocateZeroed(Part part) throws Exception {
    DmaBuf buffer = allocations().allocate(part.heap, SIZE);
    ByteBuffer bytes = buffer.beginCpuAccess(Access.READ).bytes();
    assertEquals("fresh memory is zero", -1, bytes.mismatch(ByteBuffer.allocate(SIZE)));
    return buffer;
  }

  private static ByteBuffer fill(DmaBuf buffer, long pattern) throws Exception {
    ByteBuffer bytes = buffer.beginCpuAccess(Access.READ_WRITE).bytes();
    BusyReader.fill(bytes, pattern);
    return bytes;
  }

  private void hold(Peer peer, DmaBuf buffer) throws Exception {
    if (peer != null) {
      try (OwnedFd fd = buffer.exportFd()) {
        peer.take(socket -> Gift.give(service(FdSockets.class, null), socket, fd));
      }
    }
  }

  /** The heap was updated: the process has what it had. Then it holds a slice of this version. */
  private void comesBackWhenItsHolderDies(Part part, DmaBuf live, Peer peer, int round)
      throws Exception {
    assertEquals("the memory of the former version", round, peer.get(SIZE - 8));
    if (part.heap.equals("acme")) {
      return;
    }
    DmaBuf held = allocateZeroed(part);
    fill(held, 77);
    hold(peer, held);
    held.close();
    assertEquals(77, peer.get(0));
    assertEquals((long) SIZE, books().ofHeap(part.heap, "quarantinedBytes"));
    peer.kill();
    await("it is back", () -> books().ofHeap(part.heap, "quarantinedBytes").equals(0L));
    assertTrue(live.isOpen());
    heldAndBack++;
  }

  private void refresh(Bundle bundle) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    context
        .getBundle(0)
        .adapt(FrameworkWiring.class)
        .refreshBundles(List.of(bundle), event -> done.countDown());
    assertTrue("the framework is refreshed", done.await(20, TimeUnit.SECONDS));
  }

  private void noteLoader(Bundle vendor) {
    loaders.add(new WeakReference<>(vendor.adapt(BundleWiring.class).getClassLoader()));
  }

  private interface Count {
    long now() throws Exception;
  }

  private static void settle(String what, Count count, long most) {
    Await.await(
        () -> what + ": more than " + most,
        () -> {
          System.gc();
          return count.now() <= most;
        });
  }

  private long loaders() {
    return loaders.stream().filter(loader -> loader.get() != null).count();
  }

  private long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  /** Those of files: others come and go with the VM's own memory. */
  private long mappings() throws IOException {
    try (Stream<String> all = Files.lines(Path.of("/proc/self/maps"))) {
      return all.filter(line -> line.contains(" /")).count();
    }
  }
}
