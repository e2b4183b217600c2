// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread whose system calls strace makes fail ({@code strace(1)}, "Syscall tampering"): the
 * kernel's real ones, and no other thread's of the VM.
 */
final class StruckThread implements AutoCloseable {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final int PR_SET_PTRACER = 0x59616d61;

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread daemon = new Thread(task);
            daemon.setDaemon(true);
            return daemon;
          });
  private final long id;
  private final Path trace;

  StruckThread(Path directory) throws Exception {
    trace = directory.resolve("trace");
    Path self = Path.of("/proc/thread-self");
    Callable<String> ownId = () -> Files.readSymbolicLink(self).getFileName().toString();
    id = Long.parseLong(thread.submit(ownId).get());
    // prctl(2): for kernels that let only the parent trace. Others know no such thing.
    Libc.call("prctl", PR_SET_PTRACER, -1L, 0L, 0L, 0L);
  }

  /** What came of it. */
  record Outcome(boolean struck, Throwable thrown) {}

  /** Does something while these calls fail so: {@code memfd_create:error=ENOMEM:when=1}, say. */
  Outcome run(List<String> injections, Callable<Void> what) throws Exception {
    List<String> command = new ArrayList<>(List.of("strace", "-qq", "-o", trace.toString()));
    command.addAll(List.of("-p", Long.toString(id)));
    for (String injection : injections) {
      command.add("-e");
      // Of a name that this CPU has not strace says nothing.
      command.add("inject=?" + injection);
    }
    Process strace = new ProcessBuilder(command).redirectErrorStream(true).start();
    Throwable thrown = null;
    try {
      awaitTracer(strace);
      thread.submit(what).get();
    } catch (ExecutionException e) {
      thrown = e.getCause();
    } finally {
      strace.destroy();
      strace.waitFor();
    }
    return new Outcome(Files.readString(trace).contains("(INJECTED)"), thrown);
  }

  /** Does something that nothing is done to. */
  void run(Callable<Void> what) throws Exception {
    thread.submit(what).get();
  }

  private void awaitTracer(Process strace) throws IOException {
    Path status = Path.of("/proc/self/task/" + id + "/status");
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (Files.readString(status).contains("TracerPid:\t0\n")) {
      if (!strace.isAlive() || System.nanoTime() > end) {
        byte[] said = strace.getInputStream().readAllBytes();
        throw new IOException("strace: " + new String(said, StandardCharsets.UTF_8));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
