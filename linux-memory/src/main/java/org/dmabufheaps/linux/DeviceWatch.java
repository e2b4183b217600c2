// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.dmabufheaps.linux.LinuxMemory.Watch;

/**
 * Watches device nodes from a thread of its own ({@code inotify(7)}).
 *
 * <p>Nodes that come and go are noticed at once. A change of owner or mode, and of what else is
 * looked at, is found by a look every few seconds: to be told of it would mean to be woken by every
 * write to {@code /dev/null}.
 */
final class DeviceWatch implements Watch {
  private static final String THREAD = "dmabuf-devices";
  private static final long LOOK_MILLIS = 5_000;

  /** udev sets owner and mode shortly after a node has come. */
  private static final long SETTLE_MILLIS = 200;

  private static final long JOIN_MILLIS = 2_000;

  private final List<Path> nodes;
  private final Path directory;
  private final Supplier<String> more;
  private final Runnable changed;
  private final WatchService service;
  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean again;
  private volatile boolean closed;

  /**
   * Starts watching.
   *
   * @param nodes single nodes, which may not exist
   * @param directory of which each node counts; may not exist, its parent does
   * @param more what else is looked at
   */
  DeviceWatch(List<Path> nodes, Path directory, Supplier<String> more, Runnable changed) {
    this.nodes = nodes;
    this.directory = directory;
    this.more = more;
    this.changed = changed;
    service = newService(directory);
    register();
    Map<String, String> before = look();
    thread = new Thread(() -> run(before), THREAD);
    thread.setDaemon(true);
    thread.start();
  }

  /** Returns null when the system has no inotify instance left; looking goes on without. */
  private static WatchService newService(Path directory) {
    try {
      return directory.getFileSystem().newWatchService();
    } catch (IOException e) {
      return null;
    }
  }

  /** Waits for an event. */
  private WatchKey next(long millis) throws InterruptedException {
    if (service != null) {
      return service.poll(millis, TimeUnit.MILLISECONDS);
    }
    ended.await(millis, TimeUnit.MILLISECONDS);
    return null;
  }

  /** Asks for events; of a directory that is not there yet when it has come. */
  private void register() {
    if (service == null) {
      return;
    }
    List<Path> directories = new ArrayList<>(List.of(directory.getParent(), directory));
    nodes.forEach(node -> directories.add(node.getParent()));
    for (Path watched : directories) {
      try {
        watched.register(service, ENTRY_CREATE, ENTRY_DELETE);
      } catch (IOException e) {
        // Not there, or no inotify watch left: the look every few seconds finds what changes.
      }
    }
  }

  private void run(Map<String, String> first) {
    Map<String, String> before = first;
    try {
      while (!closed) {
        WatchKey key = next(LOOK_MILLIS);
        settle(key);
        register();
        Map<String, String> now = look();
        if (!closed && (again || !now.equals(before))) {
          again = false;
          before = now;
          tell();
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      // Closed.
      closed = true;
    }
  }

  /** Takes all events, until none has come for a while. */
  private void settle(WatchKey first) throws InterruptedException {
    for (WatchKey key = first; key != null; ) {
      key.pollEvents();
      key.reset();
      key = next(SETTLE_MILLIS);
    }
  }

  private void tell() {
    try {
      changed.run();
    } catch (RuntimeException e) {
      // The watch goes on; the default handler reports it.
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }

  /** Returns what identifies each node, and its permissions. */
  private Map<String, String> look() {
    Map<String, String> facts = new TreeMap<>();
    facts.put("", more.get());
    nodes.forEach(node -> look(node, facts));
    try (Stream<Path> entries = Files.list(directory)) {
      entries.forEach(node -> look(node, facts));
    } catch (IOException | UncheckedIOException e) {
      return facts;
    }
    return facts;
  }

  private static void look(Path node, Map<String, String> facts) {
    try {
      Map<String, Object> seen =
          Files.readAttributes(node, "unix:ino,rdev,mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
      facts.put(node.toString(), new TreeMap<>(seen).toString());
    } catch (IOException e) {
      facts.remove(node.toString());
    }
  }

  @Override
  public void again() {
    again = true;
  }

  @Override
  public void close() {
    closed = true;
    ended.countDown();
    try {
      if (service != null) {
        service.close();
      }
    } catch (IOException e) {
      thread.interrupt();
    }
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
