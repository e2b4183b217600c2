// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertFalse;
import static org.ops4j.pax.exam.CoreOptions.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.dmabufheaps.FdSockets;
import org.junit.After;
import org.junit.Before;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** A container with the broker, at a socket of the test's own. */
public abstract class BrokerTest extends ContainerTest {
  /** The bundle, and its configuration. */
  protected static final String PID = "org.dmabufheaps.broker";

  /** The test's own. */
  protected Path directory;

  /** Where the broker serves. */
  protected Path socket;

  private Configuration configuration;

  @Override
  protected Option[] more() {
    return options(built("gson"), built("conformance"));
  }

  @Before
  public void startBroker() throws Exception {
    directory = Files.createTempDirectory("itest-broker-");
    socket = directory.resolve("s");
    configuration = service(ConfigurationAdmin.class, null).getConfiguration(PID, "?");
    configure();
    install("broker");
    await("the broker serves", () -> Files.exists(socket));
  }

  /** Sets names and values, by turns, besides the socket. */
  final void configure(Object... set) throws IOException {
    Map<String, Object> values = new HashMap<>();
    values.put("socket", socket.toString());
    for (int i = 0; i < set.length; i += 2) {
      values.put((String) set[i], set[i + 1]);
    }
    configuration.update(FrameworkUtil.asDictionary(values));
  }

  @After
  public void stopBroker() throws Exception {
    installed(PID).uninstall();
    configuration.delete();
    assertFalse("its socket has gone", Files.exists(socket));
    Peer.delete(directory);
  }

  final VarlinkClient connect() throws IOException {
    return new VarlinkClient(service(FdSockets.class, null).connect(socket));
  }
}
