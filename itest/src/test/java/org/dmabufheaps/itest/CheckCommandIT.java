// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.dmabufheaps.itest.VendorHeap.Misdeed;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** A vendor's jar is checked by one command, which leaves nothing of it in the container. */
public class CheckCommandIT extends VendorTest {
  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private Path jarOf(TestBundle bundle) throws IOException {
    Path file = folder.newFolder().toPath().resolve("vendor 1.jar");
    try (InputStream jar = bundle.jar()) {
      Files.copy(jar, file);
    }
    return file;
  }

  private String check(Path... jars) throws Exception {
    StringBuilder command = new StringBuilder("heap:check");
    for (Path jar : jars) {
      command.append(" '").append(jar).append("'");
    }
    try {
      return shell(command.toString());
    } finally {
      assertEquals(
          "nothing of it is installed any more",
          0,
          Arrays.stream(context.getBundles())
              .filter(bundle -> bundle.getLocation().startsWith("file:" + folder.getRoot()))
              .count());
      assertOthersWork();
    }
  }

  private String refusal(Path... jars) {
    return assertThrows(Exception.class, () -> check(jars)).getMessage();
  }

  @Test
  public void everyHeapOfEachJarIsCheckedAndOneThatFailsFailsTheCommand() throws Exception {
    Path good = jarOf(Components.vendorHeap("good", Misdeed.NONE));
    String told = check(good);
    assertTrue(told, told.contains("Checking heap good\n"));
    assertTrue(
        told, told.lines().anyMatch(line -> line.startsWith("good ") && line.endsWith("  ok")));
    Path bad = jarOf(Components.vendorHeap("bad", Misdeed.GIVES_NULL));
    assertTrue(refusal(bad), refusal(bad).startsWith("failed: bad ("));
  }

  @Test
  public void aJarThatDoesNotResolveIsRefusedWithWhatIsMissing() throws Exception {
    Path jar = jarOf(Components.vendorHeap("acme", Misdeed.NONE).imports("com.acme.nowhere"));
    String refusal = refusal(jar);
    assertTrue(refusal, refusal.contains("can't be started"));
    assertTrue(refusal, refusal.contains("com.acme.nowhere"));
  }

  @Test
  public void aJarThatBringsNoHeapIsRefusedWithTheReason() throws Exception {
    assertTrue(
        refusal(jarOf(Components.vendorHeap("acme", Misdeed.THROWS_IN_ACTIVATE)))
            .contains("could not be activated; the log says why"));
    assertTrue(
        refusal(jarOf(TestBundle.named("empty"))).contains("none of its components is satisfied"));
  }

  @Test
  public void aHeapThatIsUnavailableOrNotAloneIsNotChecked() throws Exception {
    String unavailable = refusal(jarOf(Components.vendorHeap("acme", Misdeed.THROWS_IN_STATUS)));
    assertTrue(unavailable, unavailable.contains("heap acme is unavailable: "));
    String twin = refusal(jarOf(Components.vendorHeap("twin", "system", Misdeed.NONE, 5)));
    assertTrue(twin, twin.contains("org.dmabufheaps.heap-system has one of that name, too"));
  }

  @Test
  public void whatIsNoFileOrInstalledAlreadyIsRefused() throws Exception {
    assertTrue(refusal(folder.getRoot().toPath().resolve("no.jar")).contains("there is no file"));
    Path jar = jarOf(Components.vendorHeap("acme", Misdeed.NONE));
    Path same = jarOf(Components.vendorHeap("acme", Misdeed.NONE));
    assertTrue(refusal(jar, same).contains("can't be installed"));
    assertTrue(refusal(jar, jar).contains("is installed already"));
  }
}
