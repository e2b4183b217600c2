// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;

/**
 * Many clients of the broker in a process of their own, which do what clients do, whole messages
 * and parts of them, until they are killed. One class, no container.
 */
final class BrokerCrowd {
  private static final String[] MESSAGES = {
    "{\"method\":\"org.dmabufheaps.Allocate\",\"parameters\":{\"heap\":\"system\",\"size\":65536}}\0",
    "{\"method\":\"org.dmabufheaps.Allocate\",\"parameters\":{\"heap\":\"system\",\"size\":5000}}\0",
    "{\"method\":\"org.dmabufheaps.Import\",\"parameters\":{\"fileDescriptor\":0}}\0",
    "{\"method\":\"org.dmabufheaps.ListHeaps\"}\0",
    "{\"method\":\"org.dmabufheaps.Release\",\"parameters\":{\"id\":7}}\0",
    "{\"method\":\"org.dmabufheaps.Allocate\",\"parameters\":{\"heap\":\"sys"
  };

  private BrokerCrowd() {}

  /** Takes the socket and the number of clients. */
  public static void main(String[] arguments) throws IOException {
    LinuxMemory linux = LinuxMemory.open();
    List<FdSocket> clients = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      clients.add(linux.connect(Path.of(arguments[0])));
    }
    System.out.println("ready");
    Random random = new Random();
    OwnedFd last = null;
    while (true) {
      FdSocket client = clients.get(random.nextInt(clients.size()));
      String message = MESSAGES[random.nextInt(MESSAGES.length)];
      try {
        ByteBuffer bytes = ByteBuffer.wrap(message.getBytes(UTF_8));
        if (last != null && message.contains("Import")) {
          client.trySend(bytes, last);
        } else {
          client.trySend(bytes);
        }
        List<OwnedFd> came = client.tryReceive(ByteBuffer.allocate(4096), 4);
        last = came == null || came.isEmpty() ? last : came.get(0);
      } catch (IOException e) {
        // What is no message ends the connection; another one takes its place.
        client.close();
        clients.remove(client);
        clients.add(linux.connect(Path.of(arguments[0])));
      }
    }
  }
}
