// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Client;
import org.dmabufheaps.bench.source.Source;

/**
 * Each buffer goes to another process, which finds it all zero, writes it and lets go; then it is
 * written here and closed. Memory that somebody else could still see must not come again.
 */
public final class ExportRow implements Row {
  /** Its name. */
  public static final String NAME = "export";

  private static final String BORROWER = "org.dmabufheaps.bench.client.Borrower";
  private static final byte BORROWERS_MARK = 0x5A;
  private static final List<Long> SIZES = List.of(Sizes.B4K, Sizes.B1M, Sizes.RGBA);
  private static final long START_MILLIS = 30_000;
  private static final long END_SECONDS = 10;
  private static final long SECOND = 1_000_000_000L;

  /** After so many buffers everything has been compiled. */
  private static final int WARM = 50;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void run(Bench bench) throws IOException {
    for (String subject : Subjects.product(bench)) {
      Client client = subject.equals(Subjects.POOLED) ? bench.pooled() : bench.plain();
      Path directory = Files.createTempDirectory("benchmarks-export-");
      Path socket = directory.resolve("socket");
      Process process = null;
      try (Client.Peer peer = client.listen(socket)) {
        process = borrower(bench, socket);
        peer.accept(START_MILLIS);
        for (long size : bench.options().sizes(SIZES)) {
          bench.say(NAME + ", " + subject + ", " + Sizes.name(size));
          run(bench, subject, client.source(), peer, size);
        }
      } finally {
        if (process != null) {
          end(process);
        }
        Files.delete(directory);
      }
    }
  }

  private static Process borrower(Bench bench, Path socket) throws IOException {
    Path target = bench.options().home().resolve("target");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx128m", "-cp"));
    command.add(target.resolve("classes") + ":" + target.resolve("lib") + "/*");
    command.addAll(List.of(BORROWER, socket.toString()));
    return new ProcessBuilder(command).redirectErrorStream(true).inheritIO().start();
  }

  private static void end(Process process) throws IOException {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      throw new IOException("interrupted", e);
    }
  }

  private static void run(Bench bench, String subject, Source source, Client.Peer peer, long size)
      throws IOException {
    Histogram allocate = Percentiles.histogram();
    Histogram close = Percentiles.histogram();
    Use use = new Use(bench.random(), 1, false);
    long until = System.nanoTime() + bench.options().seconds() * SECOND;
    int count = 0;
    for (; System.nanoTime() < until || count <= WARM; count++) {
      long t0 = System.nanoTime();
      source.allocate(0, 1, size);
      long t1 = System.nanoTime();
      peer.lend(source, 0);
      gotBack(source);
      use.write(source, 0);
      long t2 = System.nanoTime();
      source.free(0, 1);
      long t3 = System.nanoTime();
      if (count >= WARM) {
        allocate.recordValue(t1 - t0);
        close.recordValue(t3 - t2);
      }
    }
    Percentiles.report(bench, NAME, subject + ", allocate", size, allocate);
    Percentiles.report(bench, NAME, subject + ", close", size, close);
    bench.count(new Key(NAME, subject, size, "checked"), count);
    source.settle(0);
    source.close();
  }

  private static void gotBack(Source source) throws IOException {
    ByteBuffer bytes = source.view(0);
    byte last = bytes.get(bytes.capacity() - 1);
    source.endView(0);
    if (last != BORROWERS_MARK) {
      throw new IOException("what the other process wrote is not there: " + last);
    }
  }
}
