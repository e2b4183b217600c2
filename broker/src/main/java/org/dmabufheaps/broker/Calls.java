// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.OwnedFd;
import org.osgi.service.log.Logger;

/** Takes calls, has them done and answers them. */
final class Calls {
  private static final String MONITOR = "org.dmabufheaps.Monitor";

  private final Logger log;
  private final Methods methods;
  private final Buffers buffers;
  private final Outstanding outstanding;
  private final Lanes lanes;

  Calls(Logger log, Methods methods, Buffers buffers, Outstanding outstanding, Lanes lanes) {
    this.log = log;
    this.methods = methods;
    this.buffers = buffers;
    this.outstanding = outstanding;
    this.lanes = lanes;
  }

  /**
   * Takes a call. When it may have to wait, the connection is busy until it was answered.
   *
   * @param finished told then, by another thread
   */
  void take(Connection connection, Call call, Consumer<Connection> finished) throws HeapException {
    Task task;
    try {
      task = methods.of(call, connection.client(), connection.fds());
      if (call.method().equals(MONITOR) && !call.more()) {
        throw Failure.expectedMore();
      }
    } catch (Failure e) {
      answer(connection, call, e.message(), List.of());
      return;
    }
    if (call.method().equals(MONITOR)) {
      connection.monitor(call);
      connection.busy(true);
      connection.show(now(task));
    } else if (task.lane() == null) {
      perform(connection, call, task);
    } else {
      connection.busy(true);
      lanes.run(task.lane(), () -> performElsewhere(connection, call, task, finished));
    }
  }

  private static Map<String, Object> now(Task task) throws HeapException {
    try {
      return task.body().run().parameters();
    } catch (Failure e) {
      throw new HeapException(e.getMessage(), Errno.EIO);
    }
  }

  private void performElsewhere(
      Connection connection, Call call, Task task, Consumer<Connection> finished) {
    try {
      if (!connection.client().hasEnded()) {
        perform(connection, call, task);
      }
    } catch (HeapException | BufferClosedException e) {
      // The loop sees the end of the connection, too.
      log.debug("answering {}: {}", call.method(), e.getMessage());
    } finally {
      finished.accept(connection);
    }
  }

  private void perform(Connection connection, Call call, Task task) throws HeapException {
    Reply reply;
    try {
      reply = task.body().run();
    } catch (Failure e) {
      answer(connection, call, e.message(), List.of());
      return;
    } catch (HeapException e) {
      answer(connection, call, Failure.of(e).message(), List.of());
      return;
    } catch (RuntimeException e) {
      Failure failure =
          Failure.of("Failed", Errno.EIO, call.method() + ": " + String.valueOf(e.getMessage()));
      answer(connection, call, failure.message(), List.of());
      return;
    }
    answer(connection, call, Map.of("parameters", reply.parameters()), reply.fds());
  }

  private static void answer(
      Connection connection, Call call, Map<String, Object> message, List<OwnedFd> fds)
      throws HeapException {
    if (call.oneway()) {
      fds.forEach(OwnedFd::close);
    } else {
      connection.send(message, fds);
    }
  }

  /** Gives back what a client had whose connection has ended; the names at once. */
  void giveBack(Client client, List<Held> held) {
    held.forEach(buffers::withdraw);
    for (Held buffer : held) {
      lanes.run(buffer.heap(), () -> buffers.giveBack(client, buffer));
    }
  }

  /** Has it found out, now and then, whether somebody still has what was given back. */
  void lookAtOutstanding() {
    for (String heap : outstanding.due()) {
      lanes.run(heap, () -> outstanding.look(heap));
    }
  }
}
