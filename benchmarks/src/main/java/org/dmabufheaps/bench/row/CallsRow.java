// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.row;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dmabufheaps.bench.Bench;
import org.dmabufheaps.bench.floor.FloorKind;
import org.dmabufheaps.bench.report.Key;
import org.dmabufheaps.bench.report.Results;
import org.dmabufheaps.bench.report.Sizes;
import org.dmabufheaps.bench.source.Source;
import org.dmabufheaps.linux.MeasuredCalls;

/** System calls through JNA's functions and as linux-memory makes them, beside the same from C. */
public final class CallsRow implements Row {
  /** Its name. */
  public static final String NAME = "calls";

  private static final int F_GETFD = 1;
  private static final long DMA_BUF_IOCTL_SYNC = 0x40086200L;
  private static final int STDOUT = 1;
  private static final Path DEVICE = Path.of("/dev/dma_heap/system");

  @Override
  public String name() {
    return NAME;
  }

  /** Names the series of what a call from Java costs more than from C. */
  public static Key more(String call) {
    return new Key(NAME, call, 0, "ns more than C");
  }

  /** Names the series of a call's time. */
  public static Key key(String subject) {
    return new Key(NAME, subject, 0, "ns");
  }

  /** A call from Java. */
  private interface Call {
    int make();
  }

  @Override
  public void run(Bench bench) throws IOException {
    bench.say(NAME);
    NativeLibrary c = NativeLibrary.getProcess();
    Function getppid = c.getFunction("getppid");
    Function fcntl = c.getFunction("fcntl");
    Function ioctl = c.getFunction("ioctl");
    Memory flags = new Memory(Long.BYTES);
    flags.setLong(0, 0);
    Rounds rounds = new Rounds(bench, NAME, 0);
    for (FloorKind kind : List.of(FloorKind.GETPPID, FloorKind.FCNTL, FloorKind.IOCTL)) {
      rounds.add(new FloorCell(bench.floor(), kind, Sizes.B4K));
    }
    rounds.add(new CallCell("getppid", () -> getppid.invokeInt(new Object[0])));
    rounds.add(new CallCell("fcntl", () -> fcntl.invokeInt(new Object[] {STDOUT, F_GETFD, 0})));
    rounds.add(
        new CallCell(
            "ioctl", () -> ioctl.invokeInt(new Object[] {STDOUT, DMA_BUF_IOCTL_SYNC, flags})));
    MeasuredCalls product = new MeasuredCalls();
    String fcntlOfProduct = by("fcntl", product.way());
    String ioctlOfProduct = by("ioctl", product.way());
    ByteBuffer argument = ByteBuffer.allocateDirect(Long.BYTES);
    rounds.add(new CallCell(fcntlOfProduct, () -> product.fcntl(STDOUT, F_GETFD)));
    rounds.add(
        new CallCell(ioctlOfProduct, () -> product.ioctl(STDOUT, DMA_BUF_IOCTL_SYNC, argument)));
    bracket(bench, rounds);
    rounds.run();
    for (FloorKind kind : List.of(FloorKind.GETPPID, FloorKind.FCNTL, FloorKind.IOCTL)) {
      compare(bench, kind.title().substring("C ".length()), kind);
    }
    compare(bench, fcntlOfProduct, FloorKind.FCNTL);
    compare(bench, ioctlOfProduct, FloorKind.IOCTL);
  }

  /** Names a call as linux-memory makes it. */
  public static String by(String call, String way) {
    return call + " by linux-memory, " + way;
  }

  private static void compare(Bench bench, String call, FloorKind kind) throws IOException {
    Results results = bench.results();
    List<Double> java = results.figures(key(call));
    List<Double> floor = results.figures(key(kind.title()));
    for (int round = 0; round < Math.min(java.size(), floor.size()); round++) {
      bench.add(more(call), java.get(round) - floor.get(round));
    }
  }

  /** Begin and end of CPU access to a dma-buf, where there are any. */
  private static void bracket(Bench bench, Rounds rounds) throws IOException {
    if (!Files.isReadable(DEVICE)) {
      bench.results().leaveOut(NAME + " of begin+end: there is no " + DEVICE);
      return;
    }
    Source source = bench.plain().source();
    source.allocate(0, 1, Sizes.B4K);
    rounds.add(new FloorCell(bench.floor(), FloorKind.SYNC, Sizes.B4K));
    rounds.add(
        new CallCell(
            "begin+end",
            () -> {
              try {
                int capacity = source.view(0).capacity();
                source.endView(0);
                return capacity;
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            }));
  }

  /** Batches of a call. */
  private record CallCell(String subject, Call call) implements Cell {
    private static final int BATCH = 500;
    private static final int MIN_SAMPLES = 10;

    @Override
    public double[] run(long nanos) {
      Samples samples = new Samples();
      long errnos = 0;
      for (long timed = 0; timed < nanos || samples.count() < MIN_SAMPLES; ) {
        long begun = System.nanoTime();
        for (int i = 0; i < BATCH; i++) {
          if (call.make() == -1) {
            errnos += Native.getLastError();
          }
        }
        long ns = System.nanoTime() - begun;
        timed += ns;
        samples.add((double) ns / BATCH);
      }
      return errnos < 0 ? new double[0] : samples.toArray();
    }
  }
}
