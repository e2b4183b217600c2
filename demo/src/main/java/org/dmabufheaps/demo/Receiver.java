// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.dmabufheaps.Access;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.linux.LinuxMemory;

/**
 * The second process. No container, no common memory but what comes as descriptors: it checks each
 * frame against what it knows of it, and leaves a mark behind the pixels.
 */
final class Receiver implements AutoCloseable {
  /** The most buffers that it takes. */
  private static final int MAX_SLOTS = 16;

  private final LinuxMemory linux;
  private final Channel channel;
  private final Frames frames;
  private final Path png;
  private final long before = Descriptors.ofBuffers();
  private final long pid = ProcessHandle.current().pid();
  private final Map<Integer, Slot> slots = new TreeMap<>();

  private Receiver(LinuxMemory linux, Channel channel, Frames frames, Path png) throws IOException {
    this.linux = linux;
    this.channel = channel;
    this.frames = frames;
    this.png = png;
  }

  /** A buffer of the ring, with the descriptor that brought it. */
  private record Slot(OwnedFd fd, SharedBuffer buffer) implements AutoCloseable {
    @Override
    public void close() {
      buffer.close();
      fd.close();
    }
  }

  /**
   * Connects to the sender, and ends when it does.
   *
   * @param args the path of the sender's socket, where the picture is to be written, and what the
   *     frames are
   */
  public static void main(String[] args) {
    if (args.length != 3) {
      System.err.println("usage: Receiver SOCKET PNG SOURCE");
      System.exit(2);
    }
    try {
      LinuxMemory linux = LinuxMemory.open();
      Frames frames = Options.Source.valueOf(args[2]).frames();
      try (Channel channel = new Channel(linux.connect(Path.of(args[0])));
          Receiver receiver = new Receiver(linux, channel, frames, Path.of(args[1]))) {
        receiver.run();
      }
    } catch (FileSystemException e) {
      fail("can't write " + e); // its message is but the file's name
    } catch (IOException e) {
      fail(e.getMessage());
    } catch (RuntimeException e) {
      fail(e.toString());
    }
  }

  private static void fail(String why) {
    System.err.println("receiver " + ProcessHandle.current().pid() + ": FAILED: " + why);
    System.exit(1);
  }

  private void run() throws IOException {
    if (channel.peerPid() != ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L)) {
      throw new IOException("the sender is process " + channel.peerPid() + ", not the parent");
    }
    channel.send(new Message(Message.Kind.HELLO, 0, 0, 0, pid));
    boolean more = true;
    while (more) {
      Channel.Received received = channel.receive(0);
      if (received == null) {
        throw new IOException("the sender left before the end");
      }
      more = answer(received.message(), received.fds().toArray(new OwnedFd[0]));
    }
  }

  private boolean answer(Message said, OwnedFd... fds) throws IOException {
    if (fds.length != (said.kind() == Message.Kind.BUFFER ? 1 : 0)) {
      for (OwnedFd fd : fds) {
        fd.close();
      }
      throw new IOException(said + " came with " + fds.length + " descriptors");
    }
    switch (said.kind()) {
      case BUFFER -> take(said.slot(), fds[0]);
      case FRAME -> check(said, slot(said).buffer());
      case ORPHAN -> checkAnew(said, slot(said));
      case LAST -> last(said, slot(said).buffer());
      case END -> end();
      default -> throw new IOException("a sender does not say " + said);
    }
    return said.kind() != Message.Kind.END;
  }

  private Slot slot(Message said) throws IOException {
    Slot slot = slots.get(said.slot());
    if (slot == null) {
      throw new IOException(said + " for a slot without a buffer");
    }
    return slot;
  }

  private void take(int number, OwnedFd fd) throws IOException {
    Slot slot = null;
    try {
      if (number >= MAX_SLOTS) {
        throw new IOException("slot " + number + " of at most " + MAX_SLOTS);
      }
      slot = new Slot(fd, SharedBuffer.take(linux, fd, frames.bufferBytes()));
    } finally {
      if (slot == null) {
        fd.close();
      }
    }
    Slot former = slots.put(number, slot);
    if (former != null) {
      former.close();
    }
    SharedBuffer buffer = slot.buffer();
    System.out.printf(
        "receiver %d: slot %d has a %s of %d bytes, inode %d%n",
        pid, number, buffer.info().kind(), buffer.size(), buffer.info().inode());
    channel.send(new Message(Message.Kind.TAKEN, number, 0, buffer.info().inode(), buffer.size()));
  }

  private void check(Message said, SharedBuffer buffer) throws IOException {
    int differing =
        buffer.access(
            Access.READ_WRITE,
            bytes -> {
              bytes.putLong(frames.frameBytes(), Message.mark(pid, said.frame()));
              return frames.differingPixels(bytes, said.frame());
            });
    channel.send(
        new Message(
            Message.Kind.CHECKED, said.slot(), said.frame(), buffer.info().inode(), differing));
  }

  /** Proves that the descriptor is still good, not only the mapping. */
  private void checkAnew(Message said, Slot slot) throws IOException {
    try (SharedBuffer anew = SharedBuffer.take(linux, slot.fd(), frames.bufferBytes())) {
      check(said, anew);
    }
  }

  private void last(Message said, SharedBuffer buffer) throws IOException {
    buffer.access(
        Access.READ,
        bytes -> {
          frames.writePng(bytes, png);
          return png;
        });
    check(said, buffer);
  }

  private void end() throws IOException {
    close();
    channel.send(new Message(Message.Kind.BYE, 0, 0, 0, Descriptors.ofBuffers() - before));
  }

  @Override
  public void close() {
    slots.values().forEach(Slot::close);
    slots.clear();
  }
}
