// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.itest.VendorHeap.Misdeed;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Vendors' jars come and go in the {@code deploy/} of a container that runs as a process. */
public class HotDeployIT {
  private static final int ROUNDS = Integer.getInteger("hot.deploy.rounds", 4);

  @Rule public final TemporaryFolder folder = new TemporaryFolder();
  private Path directory;

  @Before
  public void directory() {
    directory = folder.getRoot().toPath();
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static InputStream version(String version, Path jar) throws IOException {
    return TestBundle.of(jar).version(version).jar();
  }

  @Test
  public void aHeapIsUsedUpdatedAndRemovedWhileAProcessHoldsItsMemory() throws Exception {
    Path socket = directory.resolve("socket");
    try (Container container =
            Container.start(directory, "-D" + DeployedClient.SOCKET + "=" + socket, "--headless");
        Peer peer = Peer.start()) {
      String wanted = "(&(dmabuf.heap.name=acme)(dmabuf.heap.max.bytes>=1048576))";
      container.drop("client.jar", Components.deployedClient(wanted).jar());
      container.drop("com.acme.heap-acme.cfg", text("dmabuf.heap.name=acme\n"));
      for (int round = 1; round <= ROUNDS; round++) {
        oneLifeOfTheHeap(container, peer, socket, round);
      }
      peer.drop();
      container.awaitNoBufferDescriptors();
      assertEquals("", container.errors());
      container.stop();
    }
  }

  private static void oneLifeOfTheHeap(Container container, Peer peer, Path socket, int round)
      throws Exception {
    container.drop("acme.jar", version("1.0.0", Vendor.template()));
    container.awaitOutput("client: got acme 1, all zero", round);
    peer.takeFrom(socket);
    assertEquals(1, peer.get(0));
    container.drop("acme.jar", version("2.0.0", Vendor.template()));
    container.awaitOutput("client: lost it, and could still read 1", round);
    container.awaitOutput("client: got acme 2, all zero", round);
    assertEquals("its memory is as it was", 1, peer.get(DeployedClient.SIZE - 8));
    peer.put(0, 4711);
    container.remove("acme.jar");
    container.awaitOutput("client: lost it, and could still read 2", round);
    assertEquals(4711, peer.get(0));
  }

  @Test
  public void theShellInstallsUpdatesAndUninstalls() throws Exception {
    Path one = folder.newFile("one.jar").toPath();
    Path two = folder.newFile("two.jar").toPath();
    write(one, version("1.0.0", Vendor.carveout()));
    write(two, version("2.0.0", Vendor.carveout()));
    Container.drop(
        directory, "com.acme.carveout-video.cfg", text("dmabuf.heap.name=video\nbytes=8388608\n"));
    String id = exec("install file:" + one).replaceAll("(?s).*Bundle ID: ([0-9]+).*", "$1");
    String told =
        exec(
            """
            install file:%1$s; start %3$s; heap:alloc video 1m;
            update %3$s file:%2$s; heap:buffers; heap:alloc video 1m;
            uninstall %3$s; heap:buffers; heap:list
            """
                .formatted(one, two, id)
                .replace("\n", " "));
    assertEquals(told, 3, told.split("of heap video", -1).length);
    assertEquals(told, 3, told.split("No buffer is open.", -1).length);
    String last = told.substring(told.lastIndexOf("NAME"));
    assertTrue(told, last.contains("system") && !last.contains("video"));
  }

  /** Runs a line of the shell in a container of its own. */
  private String exec(String line) throws Exception {
    try (Container container = Container.start(directory, "", "exec", line)) {
      container.awaitEnd(0);
      return container.output();
    }
  }

  private static void write(Path file, InputStream content) throws IOException {
    try (content) {
      Files.write(file, content.readAllBytes());
    }
  }

  void directoryForDump(Path d) {
    directory = d;
  }

  private void dropBadBundles() throws IOException {
    Container.drop(directory, "gate.jar", TestBundle.named("gate").activator(Gate.class).jar());
    Container.drop(directory, "garbage.jar", text("no archive at all"));
    Container.drop(
        directory,
        "no-name.jar",
        TestBundle.named("no-name").header("Bundle-SymbolicName", null).jar());
    Container.drop(
        directory, "bad-version.jar", TestBundle.named("bad-version").version("one").jar());
    Container.drop(
        directory, "bad-header.jar", TestBundle.named("bad-header").imports(";;=\"").jar());
    Container.drop(
        directory, "missing.jar", TestBundle.named("missing").imports("com.acme.nowhere").jar());
    Container.drop(
        directory, "throws.jar", TestBundle.named("throws").activator(Gate.Broken.class).jar());
    for (Misdeed misdeed :
        List.of(
            Misdeed.THROWS_IN_ACTIVATE,
            Misdeed.THROWS_IN_STATUS,
            Misdeed.BLOCKS_IN_STATUS,
            Misdeed.GIVES_NULL,
            Misdeed.TELLS_TOO_SMALL_A_SIZE,
            Misdeed.THROWS_ERROR)) {
      Container.drop(
          directory, misdeed + ".jar", Components.vendorHeap(misdeed.name(), misdeed).jar());
    }
  }

  @Test
  public void badBundlesHurtNeitherOtherHeapsNorTheShellAndAreReported() throws Exception {
    dropBadBundles();
    String script =
        "heap:list; heap:selftest system 'is zero'; (try { heap:alloc GIVES_NULL 1m }"
            + " { echo $exception })";
    try (Container container = Container.start(directory, "", "exec", script)) {
      container.awaitEnd(0);
      String told = container.output();
      assertTrue(container.toString(), told.contains("PASS memory is zero on arrival"));
      for (String reported :
          List.of(
              "garbage.jar",
              "no-name.jar",
              "bad-version",
              "bad-header",
              "com.acme.nowhere",
              "on purpose",
              "THROWS_IN_ACTIVATE",
              "THROWS_IN_STATUS",
              "BLOCKS_IN_STATUS",
              "GIVES_NULL")) {
        assertTrue(reported + container, container.toString().contains(reported));
      }
    }
  }
}
