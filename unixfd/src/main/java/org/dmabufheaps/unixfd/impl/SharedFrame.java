// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd.impl;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dmabufheaps.OwnedFd;
import org.dmabufheaps.unixfd.Delivery;

/**
 * A published frame, from the call until it is back. First its publisher's, then the loop's; no two
 * threads have it at a time.
 */
final class SharedFrame {
  private final long id;
  private final ByteBuffer caps;
  private final Message message;
  private final Runnable onBack;
  private final CompletableFuture<Delivery> back = new CompletableFuture<>();

  /** Who may yet send it or has it, and whoever hands it round. */
  private int uses = 1;

  private int waiting = 1;
  private int sent;
  private int dropped;

  /**
   * What is sent.
   *
   * @param command the bytes
   * @param fds what goes with them
   * @param exported those of them that are closed when nobody sends the frame any more
   */
  record Message(ByteBuffer command, List<OwnedFd> fds, List<OwnedFd> exported) {}

  /**
   * Makes a frame.
   *
   * @param caps the command that must come before it
   * @param onBack run when it is back, before its publisher is told
   */
  SharedFrame(long id, ByteBuffer caps, Message message, Runnable onBack) {
    this.id = id;
    this.caps = caps;
    this.message = message;
    this.onBack = onBack;
  }

  long id() {
    return id;
  }

  ByteBuffer caps() {
    return caps;
  }

  ByteBuffer command() {
    return message.command().duplicate();
  }

  OwnedFd[] fds() {
    return message.fds().toArray(OwnedFd[]::new);
  }

  /** Whether its descriptors are open; those that are its publisher's may have been closed. */
  boolean isWhole() {
    return message.fds().stream().allMatch(OwnedFd::isOpen);
  }

  CompletableFuture<Delivery> back() {
    return back;
  }

  /** It waits for one more client. */
  void queued() {
    uses++;
    waiting++;
  }

  /** It was sent to a client that it waited for, and is not back. */
  void sent() {
    sent++;
    notWaiting();
  }

  /** A client that it waited for does not get it. */
  void dropped() {
    dropped++;
    forgotten();
  }

  /** A client that it waited for is gone, or nobody hands it round any more. */
  void forgotten() {
    notWaiting();
    returned();
  }

  private void notWaiting() {
    waiting--;
    if (waiting == 0) {
      message.exported().forEach(OwnedFd::close);
    }
  }

  /** A client gave it back, or is gone. */
  void returned() {
    uses--;
    if (uses == 0) {
      onBack.run();
      back.complete(new Delivery(sent, dropped));
    }
  }
}
