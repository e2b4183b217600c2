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

  /** Where in what was received the next message begins. */
  private int begin;

  /** Up to where there is no NUL behind that. */
  private int scanned;

  /** Descriptors whose message was not taken yet: all belong to the one with that byte. */
  private final List<OwnedFd> coming = new ArrayList<>();

  private int comingAt;

  /** The descriptors of the message that was taken last. */
  private final List<OwnedFd> taken = new ArrayList<>();

  private ByteBuffer out;
  private List<OwnedFd> outFds = List.of();
  private long since = System.nanoTime();
  private volatile boolean busy;
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

  /** Its call is done, after its end. */
  void left() {
    busy = false;
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
    makeRoom();
    boolean first = unread() == 0;
    // Too many are closed where that may take its time, not by the one who receives.
    List<OwnedFd> came = socket.tryReceive(in, FdSocket.MAX_FDS);
    if (came == null) {
      return false;
    }
    if (!came.isEmpty()) {
      // The kernel hands out nothing more behind the bytes that brought descriptors.
      comingAt = in.position() - 1;
      coming.addAll(came);
    }
    if (first) {
      since = System.nanoTime();
    }
    return true;
  }

  private int unread() {
    return in.position() - begin;
  }

  /** What was read makes room when there is none, or when nothing else is there. */
  private void makeRoom() {
    if (begin > 0 && (unread() == 0 || !in.hasRemaining())) {
      in.flip().position(begin);
      in.compact();
      scanned -= begin;
      comingAt -= begin;
      begin = 0;
    }
    if (!in.hasRemaining()) {
      in = ByteBuffer.allocateDirect(Math.min(MAX_MESSAGE, 4 * in.capacity())).put(in.flip());
    }
  }

  /**
   * Takes the next message out of what was received, with its descriptors.
   *
   * @return {@code null} when there is no whole one
   */
  ByteBuffer next() {
    return hasNext() ? cut(scanned) : null;
  }

  /** Tells whether there is a whole message. */
  boolean hasNext() {
    while (scanned < in.position() && in.get(scanned) != 0) {
      scanned++;
    }
    return scanned < in.position();
  }

  private ByteBuffer cut(int end) {
    int length = end - begin;
    ByteBuffer message = ByteBuffer.allocate(length).put(0, in, begin, length);
    if (comingAt <= end) {
      taken.addAll(coming);
      coming.clear();
    }
    begin = end + 1;
    scanned = begin;
    since = System.nanoTime();
    return message;
  }

  /** Tells why what has come, and is no whole message, can't go on; {@code null} if it can. */
  String excess() {
    if (unread() == MAX_MESSAGE && !hasNext()) {
      return "a message of more than " + MAX_MESSAGE + " bytes";
    }
    int most = Math.max(coming.size(), taken.size());
    return most > MAX_FDS ? most + " descriptors with one message" : null;
  }

  /** Returns the descriptors that came with the message that was taken last. */
  List<OwnedFd> fds() {
    return taken;
  }

  /** Tells whether one of those is still open. */
  boolean hasUnwanted() {
    return taken.stream().anyMatch(OwnedFd::isOpen);
  }

  /** Closes those, which may take long. */
  void closeTaken() {
    taken.forEach(OwnedFd::close);
    taken.clear();
  }

  /** Sends a message with its descriptors, which are closed when they have gone. */
  void send(Map<String, Object> message, List<OwnedFd> with) throws HeapException {
    outFds = with;
    byte[] text = (Json.write(message) + '\0').getBytes(StandardCharsets.UTF_8);
    out = ByteBuffer.wrap(text);
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
    if (out != null || (unread() > 0 && !busy)) {
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

  /** Tells whether a thread other than the loop's has it in hand. */
  boolean isAtWork() {
    return busy && monitor == null;
  }

  /** Ends it; returns the buffers that the client had. It is still to be closed. */
  List<Held> end() {
    watched.close();
    return client.end();
  }

  /** Closes the socket and all descriptors, which may take long; when no call is at work. */
  void close() {
    socket.close();
    closeTaken();
    coming.forEach(OwnedFd::close);
    coming.clear();
    outFds.forEach(OwnedFd::close);
    outFds = List.of();
  }
}
