// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.FdPoll;
import org.dmabufheaps.FdSocket;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.unixfd.StreamOptions;

/** One {@code unixfdsrc}: what waits for it, what it has, what it says. In the loop's thread. */
final class Client implements PollLoop.Ready {
  private static final OwnedFd[] NONE = {};
  private static final int READ_BYTES = 1024;

  private final FdSocket socket;
  private final FdPoll.Watched watched;
  private final ClientFrames frames;
  private final StreamOptions options;
  private final CommandReader reader = new CommandReader();
  private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
  private final Deque<SharedFrame> queue = new ArrayDeque<>();
  private final Map<Long, SharedFrame> held = new HashMap<>();
  private ByteBuffer caps;
  private ByteBuffer out;

  /** The frame that {@link #out} is of, as long as no byte of it has gone. */
  private SharedFrame sending;

  private boolean ending;
  private boolean ended;
  private boolean gone;

  /** Of the stream, what a client needs. */
  interface ClientFrames {
    /** The caps that hold now, as a command. */
    ByteBuffer caps();

    void countSent();

    void countDropped();

    /** A client is gone, by itself or because of what it did. */
    void gone(Client client, String why);
  }

  Client(FdSocket socket, FdPoll poll, ClientFrames frames, StreamOptions options) {
    this.socket = socket;
    this.frames = frames;
    this.options = options;
    watched = poll.watch(socket, this);
    watched.want(true, false);
  }

  /** Hands it a frame; what waits longest makes room. */
  void offer(SharedFrame frame) {
    if (queue.size() >= options.queueFrames()) {
      drop(queue.remove());
    }
    frame.queued();
    queue.add(frame);
    flush();
  }

  /** There is no further frame. */
  void finish() {
    ending = true;
    flush();
  }

  @Override
  public void ready() {
    if (watched.readable() || watched.hungUp()) {
      read();
    }
    flush();
  }

  /** Sends what there is room for. */
  void flush() {
    try {
      while (!gone && pending()) {
        if (socket.trySend(out, sending == null ? NONE : sending.fds()) == 0) {
          watched.want(true, true);
          return;
        }
        sent();
      }
      if (!gone) {
        watched.want(true, false);
      }
      if (!gone && ended && held.isEmpty()) {
        leave("");
      }
    } catch (IOException e) {
      leave("");
    } catch (BufferClosedException e) {
      leave("");
    }
  }

  private void sent() {
    if (sending != null) {
      held.put(sending.id(), sending);
      sending.sent();
      sending = null;
      frames.countSent();
    }
  }

  /** Whether there is something to send; takes the next when the last has gone. */
  private boolean pending() {
    if (out == null || !out.hasRemaining()) {
      out = next();
    }
    return out != null;
  }

  private ByteBuffer next() {
    SharedFrame first = queue.peek();
    ByteBuffer wanted = first == null ? frames.caps() : first.caps();
    if (!wanted.equals(caps) && !ended) {
      caps = wanted;
      return caps.duplicate();
    }
    if (first == null) {
      boolean end = ending && !ended;
      ended |= end;
      return end ? Command.eos() : null;
    }
    if (held.size() >= options.heldFrames()) {
      return null;
    }
    sending = queue.remove();
    if (!sending.isWhole()) {
      drop(sending);
      sending = null;
      return next();
    }
    return sending.command();
  }

  private void drop(SharedFrame frame) {
    frame.dropped();
    frames.countDropped();
  }

  private void read() {
    try {
      in.clear();
      if (socket.tryReceive(in, 0) == null) {
        leave("");
        return;
      }
      in.flip();
      while (in.hasRemaining() && !gone) {
        Command command = reader.take(in);
        if (command != null) {
          obey(command);
        }
      }
    } catch (ProtocolException e) {
      leave(e.getMessage());
    } catch (IOException e) {
      boolean descriptors = e instanceof HeapException known && Errno.EMSGSIZE.is(known);
      leave(descriptors ? "a client sent descriptors" : "");
    } catch (BufferClosedException e) {
      leave("");
    }
  }

  private void obey(Command command) throws ProtocolException {
    switch (command.type()) {
      case Command.NEW_BUFFER, Command.CAPS ->
          throw new ProtocolException("a client sent command " + command.type());
      case Command.RELEASE_BUFFER -> {
        SharedFrame frame = held.remove(command.releasedId());
        if (frame == null) {
          throw new ProtocolException(
              "a client gave back " + command.releasedId() + ", which it doesn't have");
        }
        frame.returned();
      }
      default -> {
        // A later version of the protocol.
      }
    }
  }

  /**
   * Closes the connection; all frames are back.
   *
   * @param why what it did against the protocol; empty when it left
   */
  void leave(String why) {
    if (gone) {
      return;
    }
    gone = true;
    frames.gone(this, why);
    watched.close();
    socket.close();
    if (sending != null) {
      sending.forgotten();
      sending = null;
    }
    queue.forEach(SharedFrame::forgotten);
    queue.clear();
    held.values().forEach(SharedFrame::returned);
    held.clear();
  }

  @Override
  public String toString() {
    return "client " + socket.peer().pid();
  }
}
