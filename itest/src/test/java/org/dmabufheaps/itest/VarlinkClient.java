// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/** A client of the broker's, with messages as text. */
final class VarlinkClient implements AutoCloseable {
  private static final int LIMIT_MILLIS = 20_000;

  private final FdSocket socket;
  private final ByteBuffer in = ByteBuffer.allocate(1 << 20);

  VarlinkClient(FdSocket socket) {
    this.socket = socket;
  }

  /**
   * An answer.
   *
   * @param text the message
   * @param fds came with it
   */
  record Answer(String text, List<OwnedFd> fds) implements AutoCloseable {
    boolean isError(String name) {
      return text.contains("\"error\":\"org.dmabufheaps." + name + "\"");
    }

    /** Returns a number among the parameters. */
    long number(String name) {
      Matcher matcher = Pattern.compile("\"" + name + "\":(-?[0-9]+)").matcher(text);
      if (!matcher.find()) {
        throw new AssertionError("no " + name + " in " + text);
      }
      return Long.parseLong(matcher.group(1));
    }

    @Override
    public void close() {
      fds.forEach(OwnedFd::close);
    }
  }

  Answer call(String method, String parameters, OwnedFd... fds) throws IOException {
    send("{\"method\":\"" + method + "\",\"parameters\":" + parameters + "}\0", fds);
    return receive();
  }

  Answer allocate(String heap, long size) throws IOException {
    return call("org.dmabufheaps.Allocate", "{\"heap\":\"" + heap + "\",\"size\":" + size + "}");
  }

  Answer release(long id) throws IOException {
    return call("org.dmabufheaps.Release", "{\"id\":" + id + "}");
  }

  void send(String bytes, OwnedFd... fds) throws HeapException {
    socket.send(ByteBuffer.wrap(bytes.getBytes(UTF_8)), fds);
  }

  void send(byte[] bytes) throws HeapException {
    socket.send(ByteBuffer.wrap(bytes));
  }

  Answer receive() throws IOException {
    List<OwnedFd> fds = new ArrayList<>();
    while (true) {
      for (int at = 0; at < in.position(); at++) {
        if (in.get(at) == 0) {
          String text = UTF_8.decode(in.duplicate().flip().limit(at)).toString();
          in.flip().position(at + 1);
          in.compact();
          return new Answer(text, fds);
        }
      }
      List<OwnedFd> came = socket.receive(in, 4, LIMIT_MILLIS);
      if (came == null) {
        throw new IOException("the broker has ended the connection");
      }
      fds.addAll(came);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
