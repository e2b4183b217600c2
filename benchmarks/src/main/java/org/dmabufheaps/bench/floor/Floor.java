// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.floor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;

/** The C floor, loaded into this VM. Thread-safe, but for {@link #trim}. */
public final class Floor {
  private final Function time;
  private final Function loop;
  private final Function alloc;
  private final Function free;
  private final Function trim;
  private final Function pin;
  private final Function spin;

  /**
   * Loads it.
   *
   * @param library the shared object
   */
  public Floor(Path library) {
    NativeLibrary c = NativeLibrary.getInstance(library.toAbsolutePath().toString());
    time = c.getFunction("floor_time");
    loop = c.getFunction("floor_loop");
    alloc = c.getFunction("floor_alloc");
    free = c.getFunction("floor_free");
    trim = c.getFunction("floor_trim");
    pin = c.getFunction("floor_pin");
    spin = c.getFunction("floor_spin");
  }

  private static long check(long result, String what) throws IOException {
    if (result < 0) {
      throw new IOException(what + ": errno " + -result);
    }
    return result;
  }

  /**
   * Times batches of operations.
   *
   * @param kind what is done
   * @param size of the memory, in bytes
   * @param batch operations in a batch
   * @param samples how many batches
   * @return nanoseconds of each whole batch
   * @throws IOException when the system refuses
   */
  public long[] time(FloorKind kind, long size, int batch, int samples) throws IOException {
    long[] ns = new long[samples];
    Object[] arguments = {kind.number(), size, batch, samples, ns};
    check(time.invokeInt(arguments), kind.title());
    return ns;
  }

  /**
   * Does operations for a time.
   *
   * @param kind what is done
   * @param size of the memory, in bytes
   * @param nanos how long
   * @return how many were done
   * @throws IOException when the system refuses
   */
  public long loop(FloorKind kind, long size, long nanos) throws IOException {
    return check(loop.invokeLong(new Object[] {kind.number(), size, nanos}), kind.title());
  }

  /**
   * Allocates resident memory.
   *
   * @param kind how it becomes resident
   * @param size in bytes
   * @param address takes the address
   * @return the descriptor
   * @throws IOException when the system refuses
   */
  int alloc(FloorKind kind, long size, long[] address) throws IOException {
    Object[] arguments = {kind.number(), size, address};
    return (int) check(alloc.invokeInt(arguments), kind.title());
  }

  void free(int fd, long size, long address) {
    free.invokeVoid(new Object[] {fd, size, address});
  }

  /** Gives the memory of the controls back. */
  public void trim() {
    trim.invokeVoid(new Object[0]);
  }

  /**
   * Keeps the calling thread on a CPU.
   *
   * @param cpu its number; below 0 for any
   * @return whether the system agreed
   */
  public boolean pin(int cpu) {
    return pin.invokeInt(new Object[] {cpu}) == 0;
  }

  /**
   * Keeps the CPU busy.
   *
   * @param rounds how much
   * @return nanoseconds that it took
   */
  public long spin(long rounds) {
    return spin.invokeLong(new Object[] {rounds});
  }
}
