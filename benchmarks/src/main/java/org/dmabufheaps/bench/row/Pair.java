// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.source.Source;

/** Two threads, each on a CPU of its own, that do the same at the same time. */
final class Pair implements AutoCloseable {
  private static final long WINDOW_NANOS = 1_000_000;
  private static final long SPIN_ROUNDS = 300_000;
  private static final Path STATUS = Path.of("/proc/thread-self/status");

  private final Bench bench;
  private final ExecutorService[] threads = new ExecutorService[2];
  private final Source[] sources = new Source[2];
  private final Use[] uses = new Use[2];
  private long size;

  Pair(Bench bench) throws IOException {
    this.bench = bench;
    for (int cpu = 0; cpu < threads.length; cpu++) {
      int mine = cpu;
      threads[cpu] = Executors.newSingleThreadExecutor();
      await(threads[cpu].submit(() -> bench.floor().pin(mine)));
    }
  }

  void open(String subject, long bytes) throws IOException {
    size = bytes;
    for (int i = 0; i < sources.length; i++) {
      sources[i] = Subjects.open(bench, subject);
      uses[i] = new Use(new Random(bench.options().seed() + i), BurstCell.burstOf(size));
    }
  }

  void closeSources() {
    for (Source source : sources) {
      source.settle(0);
      source.close();
    }
  }

  /** How much more two threads do than one, with work for the CPU alone. */
  double spin() throws IOException {
    double one = together(1, i -> (double) bench.floor().spin(SPIN_ROUNDS));
    double two = together(2, i -> (double) bench.floor().spin(SPIN_ROUNDS));
    return 2 * one / (two / 2);
  }

  /** One thread's part of a window. */
  private interface Part {
    double run(int thread) throws Exception;
  }

  /** Runs the part on some threads, which begin at the same time; returns the sum. */
  private double together(int count, Part part) throws IOException {
    AtomicInteger arrived = new AtomicInteger();
    Callable<?>[] calls = new Callable<?>[count];
    Future<?>[] results = new Future<?>[count];
    for (int i = 0; i < count; i++) {
      int mine = i;
      calls[i] =
          () -> {
            arrived.incrementAndGet();
            while (arrived.get() < count) {
              Thread.onSpinWait();
            }
            return part.run(mine);
          };
      results[i] = threads[i].submit(calls[i]);
    }
    double sum = 0;
    for (Future<?> result : results) {
      sum += (double) await(result);
    }
    return sum;
  }

  /**
   * Runs a window.
   *
   * @return buffers in a second, of all threads; negative when one was interrupted
   */
  double window(int count) throws IOException {
    int burst = BurstCell.burstOf(size);
    for (int i = 0; i < count; i++) {
      sources[i].settle(burst * size * count);
    }
    boolean[] disturbed = new boolean[count];
    double sum =
        together(
            count,
            i -> {
              long before = interruptions();
              double rate = rate(sources[i], uses[i], burst);
              disturbed[i] = interruptions() != before;
              return rate;
            });
    for (boolean d : disturbed) {
      sum = d ? -Math.abs(sum) : sum;
    }
    return sum;
  }

  /** Bursts until the window is over; allocating, one byte to each page, and closing is timed. */
  private double rate(Source source, Use use, int burst) throws IOException {
    long done = 0;
    long begun = System.nanoTime();
    long now = begun;
    // Larger buffers come from what was ready before: one burst.
    boolean one = size > (64 << 10);
    do {
      source.allocate(0, burst, size);
      for (int slot = 0; slot < burst && !one; slot++) {
        use.touch(source, slot);
      }
      source.free(0, burst);
      done += burst;
      now = System.nanoTime();
    } while (!one && now - begun < WINDOW_NANOS);
    return done * 1e9 / (now - begun);
  }

  private static long interruptions() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("nonvoluntary_ctxt_switches:")) {
        return Long.parseLong(line.substring(line.indexOf(':') + 1).trim());
      }
    }
    return 0;
  }

  private static Object await(Future<?> result) throws IOException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw new IOException("in a thread", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    for (ExecutorService thread : threads) {
      thread.shutdown();
    }
  }
}
