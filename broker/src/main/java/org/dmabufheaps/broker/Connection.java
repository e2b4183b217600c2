// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/**
 * A client's messages, ended by NUL, and the answers to them. One thread at a time has it in hand:
 * the loop's, or while a call is at work the one that does it.
 */
final class Connection {
  /** The longest message. */
  static final int MAX_MESSAGE = 64 * 1024;

  /** Descriptors that may come before the message is whole that they belong to. */
  static final int MAX_FDS = 4;

  private static final int FIRST_BYTES = 2048;

  private final FdSocket socket;
  private final Client client;
  private FdPoll.Watched watched;
  private ByteBuffer in = ByteBuffer.allocateDirect(FIRST_BYTES);

  /** Up to where there is no NUL in what was received. */
  private int scanned;

  private final List<OwnedFd> fds = new ArrayList<>();
  private ByteBuffer out;
  private List<OwnedFd> outFds = List.of();
  private long since = System.nanoTime();
  private boolean busy;
  private Call monitor;
  private String shown = "";

  Connection(FdSocket socket, Client client) {
    this.socket = socket;
    this.client = client;
  }

  Client client() {
    return client;
  }

  void watched(FdPoll.Watched by) {
    watched = by;
    wait(true);
  }

  /** A call is at work: nothing is read meanwhile. */
  void busy(boolean now) {
    busy = now;
    wait(!now);
  }

  boolean isBusy() {
    return busy;
  }

  private void wait(boolean read) {
    watched.want(read && out == null, out != null);
  }

  /**
   * Takes what is there.
   *
   * @return whether the stream goes on
   * @throws HeapException {@code EMSGSIZE} for too many descriptors, and what the system refuses
   */
  boolean receive() throws HeapException {
    if (!in.hasRemaining()) {
      in = ByteBuffer.allocateDirect(Math.min(MAX_MESSAGE, 4 * in.capacity())).put(in.flip());
    }
    boolean first = in.position() == 0;
    List<OwnedFd> came = socket.tryReceive(in, MAX_FDS);
    if (came == null) {
      return false;
    }
    fds.addAll(came);
    if (first) {
      since = System.nanoTime();
    }
    return true;
  }

  /**
   * Takes the next message out of what was received.
   *
   * @return {@code null} when there is no whole one
   */
  ByteBuffer next() {
    for (int at = scanned; at < in.position(); at++) {
      if (in.get(at) == 0) {
        return cut(at);
      }
    }
    scanned = in.position();
    return null;
  }

  private ByteBuffer cut(int end) {
    ByteBuffer message = ByteBuffer.allocate(end).put(0, in, 0, end);
    in.flip().position(end + 1);
    in.compact();
    scanned = 0;
    since = System.nanoTime();
    return message;
  }

  /** Tells why what has come, and is no whole message, can't go on; {@code null} if it can. */
  String excess() {
    if (in.position() == MAX_MESSAGE) {
      return "a message of more than " + MAX_MESSAGE + " bytes";
    }
    return fds.size() > MAX_FDS ? fds.size() + " descriptors with one message" : null;
  }

  /** Returns the descriptors that have come and were not taken. */
  List<OwnedFd> fds() {
    return fds;
  }

  /**
   * Closes the descriptors that nobody wanted, once there is no message that they may belong to.
   */
  void closeUnwanted() {
    if (in.position() == 0) {
      fds.forEach(OwnedFd::close);
      fds.clear();
    }
  }

  /** Sends a message with its descriptors, which are closed when they have gone. */
  void send(Map<String, Object> message, List<OwnedFd> with) throws HeapException {
    byte[] text = (Json.write(message) + '\0').getBytes(StandardCharsets.UTF_8);
    out = ByteBuffer.wrap(text);
    outFds = with;
    since = System.nanoTime();
    flush();
  }

  /** Sends what is left, as far as there is room. */
  void flush() throws HeapException {
    boolean more = true;
    while (more) {
      more = socket.trySend(out, outFds.toArray(OwnedFd[]::new)) > 0;
      if (more) {
        outFds.forEach(OwnedFd::close);
        outFds = List.of();
      }
      if (!out.hasRemaining()) {
        out = null;
        more = false;
      }
    }
  }

  boolean isSending() {
    return out != null;
  }

  /** Sets what is waited for anew, after {@link #send} or {@link #flush}. */
  void again() {
    wait(!busy);
  }

  /** Tells whether a message has taken too long, or nothing has come for too long. */
  boolean isLate(long now, long messageMillis, long idleMillis) {
    long millis = (now - since) / 1_000_000;
    if (out != null || (in.position() > 0 && !busy)) {
      return millis > messageMillis;
    }
    return !busy && idleMillis > 0 && millis > idleMillis && !client.hasBuffers();
  }

  /** Goes on sending what a call asks for, until the connection ends. */
  void monitor(Call call) {
    monitor = call;
  }

  boolean isMonitor() {
    return monitor != null;
  }

  /** Sends statistics, if they have changed and the last ones have gone. */
  void show(Map<String, Object> stats) throws HeapException {
    // Time goes on without anything having changed.
    String now = Json.write(stats).replaceAll("\"ageMillis\":[0-9]+", "");
    if (out == null && !now.equals(shown)) {
      shown = now;
      Map<String, Object> message = new LinkedHashMap<>();
      message.put("parameters", stats);
      message.put("continues", true);
      send(message, List.of());
    }
  }

  /** Ends it; returns the buffers that the client had. */
  List<Held> end() {
    watched.close();
    socket.close();
    return client.end();
  }

  /** Closes the descriptors that it has in hand; when no call is at work any more. */
  void closeFds() {
    fds.forEach(OwnedFd::close);
    fds.clear();
    outFds.forEach(OwnedFd::close);
    outFds = List.of();
  }
}
