// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.FdListener;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.itest.VarlinkClient.Answer;
import org.junit.Before;
import org.junit.Test;

/** What somebody still has is charged to the user for whom it was made, whoever has it. */
public class BrokerQuotaIT extends BrokerTest {
  private static final long MIB = 1 << 20;

  @Before
  public void setQuota() throws Exception {
    configure("uid.max.bytes", MIB);
    await("the quota is set", () -> !fits(MIB + 1));
  }

  private boolean fits(long size) throws IOException {
    try (VarlinkClient client = connect();
        Answer answer = client.allocate("system", size)) {
      return !answer.isError("QuotaExceeded");
    }
  }

  /** Waits until so much was given back and is held, and sees that nothing more fits. */
  private void isOutstanding(long size) throws IOException {
    try (VarlinkClient client = connect()) {
      await(
          "it was given back, and is held",
          () -> {
            try (Answer stats = client.call("org.dmabufheaps.Stats", "{}")) {
              return stats.number("releasedBytes") == size;
            }
          });
    }
    for (int i = 0; i < 3; i++) {
      assertFalse(fits(MIB - size + 1));
    }
  }

  private void awaitAll() {
    await("all of the quota is there again", () -> fits(MIB));
    await("all is given back", () -> books().atZero());
  }

  /** Gets all of the quota, and ends the connection. */
  private Answer getAll() throws IOException {
    try (VarlinkClient client = connect()) {
      await("nothing is charged", () -> charged(client) == 0);
      Answer answer = client.allocate("system", MIB);
      assertEquals(answer.text(), 1, answer.fds().size());
      return answer;
    }
  }

  @Test
  public void aDescriptorThatIsKeptAfterReleaseStaysCharged() throws Exception {
    try (VarlinkClient client = connect();
        Answer answer = client.allocate("system", MIB)) {
      client.release(answer.number("id")).close();
      isOutstanding(MIB);
    }
    awaitAll();
  }

  @Test
  public void manyConnectionsThatEndGetNoMoreThanOne() throws Exception {
    List<OwnedFd> kept = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      try (VarlinkClient client = connect()) {
        kept.addAll(client.allocate("system", MIB / 4).fds());
      }
    }
    assertEquals(4, kept.size());
    isOutstanding(MIB);
    kept.forEach(OwnedFd::close);
    awaitAll();
  }

  @Test
  @SuppressWarnings("try") // nobody accepts
  public void aDescriptorInFlightStaysCharged() throws Exception {
    FdSockets sockets = service(FdSockets.class, null);
    Path path = directory.resolve("flight");
    try (FdListener listener = sockets.listen(path);
        FdSocket from = sockets.connect(path)) {
      try (Answer answer = getAll()) {
        from.send(ByteBuffer.allocate(1), answer.fds().get(0));
      }
      isOutstanding(MIB);
    }
    awaitAll();
  }

  /** Gives another process all of the quota's memory. */
  private void give(Peer peer) throws Exception {
    try (Answer answer = getAll()) {
      OwnedFd fd = answer.fds().get(0);
      peer.take(path -> Gift.give(service(FdSockets.class, null), path, fd));
    }
  }

  @Test
  public void whatAnotherProcessHasStaysCharged() throws Exception {
    try (Peer peer = Peer.start()) {
      give(peer);
      isOutstanding(MIB);
      peer.map();
      isOutstanding(MIB);
    }
    awaitAll();
  }

  @Test
  public void whatIsHeldKeepsItsBytes() throws Exception {
    try (Peer peer = Peer.start()) {
      give(peer);
      peer.put(8, 0x5ec0);
      isOutstanding(MIB);
      assertEquals(0x5ec0, peer.get(8));
      peer.drop();
      awaitAll();
    }
  }

  @Test
  public void theMakerOfWhatIsPublishedPaysUntilNobodyHasIt() throws Exception {
    try (VarlinkClient from = connect();
        VarlinkClient to = connect();
        Answer given = from.allocate("system", MIB / 4)) {
      publish(from, given.number("id"), "quarter");
      Answer opened = open(to, "quarter");
      assertEquals("whoever opens it pays, too", MIB / 2, charged(to));
      given.fds().get(0).close();
      opened.fds().get(0).close();
      from.release(given.number("id")).close();
      isOutstanding(MIB / 4);
      publish(to, opened.number("id"), "again");
      try (Answer third = open(from, "again")) {
        from.release(third.number("id")).close();
        to.release(opened.number("id")).close();
        isOutstanding(MIB / 4);
      }
      await("nobody has it", () -> charged(to) == 0);
    }
    awaitAll();
  }

  private static void publish(VarlinkClient client, long id, String name) throws IOException {
    client.call("org.dmabufheaps.Publish", "{\"id\":" + id + ",\"name\":\"" + name + "\"}").close();
  }

  private static Answer open(VarlinkClient client, String name) throws IOException {
    Answer opened = client.call("org.dmabufheaps.Open", "{\"name\":\"" + name + "\"}");
    assertEquals(opened.text(), 1, opened.fds().size());
    return opened;
  }

  private static long charged(VarlinkClient client) throws IOException {
    try (Answer stats = client.call("org.dmabufheaps.Stats", "{}")) {
      return stats.number("bytes");
    }
  }

  @Test
  public void whatIsOutstandingCountsAmongAUsersBuffers() throws Exception {
    configure("uid.buffers.max", 2);
    await("the quota is set", () -> fits(MIB + 1));
    try (Answer kept = getAll();
        VarlinkClient client = connect()) {
      client.allocate("system", 1).close();
      try (Answer third = client.allocate("system", 1)) {
        assertTrue(third.text(), third.isError("QuotaExceeded"));
      }
      kept.fds().get(0).close();
      await("it is nobody's", () -> fits(1));
    }
  }

  @Test
  public void whatThePoolHadBeforeIsCountedLikewise() throws Exception {
    install("heap-pagepool");
    install("heap-deferred-free");
    for (int i = 0; i < 4; i++) {
      try (Answer kept = getAll()) {
        isOutstanding(MIB);
        assertTrue(kept.fds().get(0).isOpen());
      }
    }
  }

  @Test
  public void aHeapThatLeavesTakesItsChargesAlong() throws Exception {
    try (Answer kept = getAll()) {
      isOutstanding(MIB);
      installed(HEAP_SYSTEM).stop();
      installed(HEAP_SYSTEM).start();
      awaitStartSet();
      await("nothing is charged", () -> fits(MIB));
      assertTrue(kept.fds().get(0).isOpen());
    }
  }
}
