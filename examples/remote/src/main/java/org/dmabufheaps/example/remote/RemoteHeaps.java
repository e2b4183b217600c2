// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.remote;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;

/**
 * A connection to the broker of another VM. Buffers that come from there are imported here, and
 * used like any other; the broker counts them until this is closed. For one thread.
 */
public final class RemoteHeaps implements AutoCloseable {
  private static final int MESSAGE_BYTES = 64 << 10;
  private static final int MOST_FDS = 4;
  private static final long PATIENCE_MILLIS = 10_000;

  private final FdSocket broker;
  private final AllocationService allocations;
  private final ByteBuffer message = ByteBuffer.allocate(MESSAGE_BYTES);

  /**
   * Connects.
   *
   * @param sockets connects
   * @param allocations imports what is received
   * @param socket the broker's
   * @throws HeapException when nobody listens there, or not to this user
   */
  public RemoteHeaps(FdSockets sockets, AllocationService allocations, Path socket)
      throws HeapException {
    this.broker = sockets.connect(socket);
    this.allocations = allocations;
  }

  /**
   * Allocates there.
   *
   * @param heap a name, an alias or a filter
   * @param size in bytes
   * @return the buffer, imported here; all zero
   * @throws HeapException with the broker's errno and message
   */
  public DmaBuf allocate(String heap, long size) throws HeapException {
    JsonObject wish = new JsonObject();
    wish.addProperty("heap", heap);
    wish.addProperty("size", size);
    List<OwnedFd> fds = new ArrayList<>();
    try {
      JsonObject answer = call("org.dmabufheaps.Allocate", wish, fds);
      return allocations.importFd(fds.get(answer.get("fileDescriptor").getAsInt()));
    } catch (RuntimeException e) {
      throw new HeapException("allocating " + size + " bytes from heap " + heap, Errno.EIO, e);
    } finally {
      fds.forEach(OwnedFd::close);
    }
  }

  /** Sends a call, and waits for its answer: JSON that ends with a zero byte. */
  private JsonObject call(String method, JsonObject parameters, List<OwnedFd> fds)
      throws HeapException {
    JsonObject call = new JsonObject();
    call.addProperty("method", method);
    call.add("parameters", parameters);
    boolean answered = false;
    try {
      exchange(method, call + "\0", fds);
      answered = true;
    } finally {
      if (!answered) {
        // What comes later would be taken for the next call's answer.
        broker.close();
      }
    }
    return answer(new String(message.array(), 0, message.position() - 1, StandardCharsets.UTF_8));
  }

  private void exchange(String method, String call, List<OwnedFd> fds) throws HeapException {
    broker.send(ByteBuffer.wrap(call.getBytes(StandardCharsets.UTF_8)));
    message.clear();
    do {
      List<OwnedFd> more = broker.receive(message, MOST_FDS, PATIENCE_MILLIS);
      if (more == null || !message.hasRemaining()) {
        throw new HeapException(method + ": the broker broke off", Errno.ECONNRESET);
      }
      fds.addAll(more);
    } while (message.get(message.position() - 1) != 0);
  }

  private static JsonObject answer(String text) throws HeapException {
    JsonObject answer = JsonParser.parseString(text).getAsJsonObject();
    JsonObject parameters = answer.getAsJsonObject("parameters");
    if (answer.has("error")) {
      throw refused(answer.get("error").getAsString(), parameters);
    }
    if (parameters == null) {
      throw new JsonParseException("no parameters: " + text);
    }
    return parameters;
  }

  /** The errors of the interface org.dmabufheaps have both; those of Varlink itself don't. */
  private static HeapException refused(String error, JsonObject parameters) {
    if (parameters == null || !parameters.has("errno") || !parameters.has("message")) {
      return new HeapException(error, Errno.EIO);
    }
    int errno = parameters.get("errno").getAsInt();
    return new HeapException(parameters.get("message").getAsString(), error, errno);
  }

  @Override
  public void close() {
    broker.close();
  }
}
