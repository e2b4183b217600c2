// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.osgi.framework.launch.Framework;

/**
 * {@link Cycles} on Felix and on Equinox. {@code -Dcycles.rounds=10000} is the long form, {@code
 * -Dcycles.bundles=heap-pagepool,console} chooses bundles.
 */
public class CyclesIT {
  private static final String ROUNDS = System.getProperty("cycles.rounds", "10");
  private static final String BUNDLES = System.getProperty("cycles.bundles", "");

  @Test
  public void onFelixBundlesLeaveNothingHoweverOftenTheyComeAndGo() throws Exception {
    run(new File(Framework.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
  }

  @Test
  public void onEquinoxBundlesLeaveNothingHoweverOftenTheyComeAndGo() throws Exception {
    run(new File(System.getProperty("equinox.jar")));
  }

  private static void run(File framework) throws Exception {
    Path errors = Files.createTempFile("cycles", "errors");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    // Most classes live for one round, and are not worth the second compiler.
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dvendor.dir=" + System.getProperty("vendor.dir"),
            "-cp",
            framework + File.pathSeparator + testClasses(),
            Cycles.class.getName(),
            System.getProperty("bundles.dir"),
            ROUNDS));
    command.addAll(BUNDLES.isEmpty() ? List.of() : List.of(BUNDLES.split(",")));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(errors.toFile())
            .start();
    try {
      int status = process.waitFor();
      assertEquals(Files.readString(errors), 0, status);
    } finally {
      process.destroyForcibly();
      Files.delete(errors);
    }
  }

  private static File testClasses() throws URISyntaxException {
    return new File(CyclesIT.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
