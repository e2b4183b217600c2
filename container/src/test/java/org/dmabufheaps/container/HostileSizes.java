// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/**
 * A bundle with the command {@code guest:sizes}: asks a heap for sizes that nobody should ask for,
 * and prints what came of them. Each is refused, or right: not short, and zero.
 */
public final class HostileSizes implements BundleActivator {
  /** The first words of the line that tells that all was as it should be. */
  static final String GOOD = "every size was refused or right";

  private static final int PAGE = 4096;
  private static final int SMALL = 1 << 20;
  private static final long MEMORY = memoryBytes();

  private static final long[] EDGES = {
    0,
    1,
    PAGE,
    -1,
    -PAGE,
    1L << 31,
    1L << 32,
    (1L << 32) + 16,
    1L << 40,
    1L << 62,
    1L << 63,
    Integer.MAX_VALUE,
    Long.MAX_VALUE,
    Long.MAX_VALUE - PAGE + 1,
    MEMORY,
    8 * MEMORY
  };

  private final Map<String, LongAdder> outcomes = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> wrong = new ConcurrentHashMap<>();
  private BundleContext context;

  @Override
  public void start(BundleContext bundle) {
    context = bundle;
    Map<String, Object> properties =
        Map.of("osgi.command.scope", "guest", "osgi.command.function", "sizes");
    bundle.registerService(HostileSizes.class, this, FrameworkUtil.asDictionary(properties));
  }

  @Override
  public void stop(BundleContext bundle) {}

  private static long memoryBytes() {
    try {
      String line = Files.readAllLines(Path.of("/proc/meminfo")).get(0);
      return Long.parseLong(line.replaceAll("\\D", "")) << 10;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The command.
   *
   * @param heap its name
   * @param count how many sizes
   * @param threads how many ask at the same time
   * @param seed of the sizes
   */
  public void sizes(String heap, int count, int threads, long seed) throws InterruptedException {
    outcomes.clear();
    wrong.clear();
    AllocationService service =
        context.getService(context.getServiceReference(AllocationService.class));
    AtomicInteger next = new AtomicInteger();
    Thread[] crew = new Thread[threads];
    long begun = System.nanoTime();
    for (int i = 0; i < threads; i++) {
      crew[i] =
          new Thread(
              () -> {
                ByteBuffer zeros = ByteBuffer.allocateDirect(PAGE);
                for (int n = next.getAndIncrement(); n < count; n = next.getAndIncrement()) {
                  ask(service, heap, size(new SplittableRandom(seed + n)), zeros);
                }
              });
      crew[i].start();
    }
    for (Thread thread : crew) {
      thread.join();
    }
    print(System.out, count, threads, seed, (System.nanoTime() - begun) / 1_000_000);
  }

  /** Most are half of the machine's memory to eight times of it; few of these can be had. */
  private static long size(SplittableRandom random) {
    int kind = random.nextInt(100);
    if (kind < 75) {
      long least = kind < 10 ? MEMORY / 2 : MEMORY;
      return least + random.nextLong(8 * MEMORY - least);
    }
    if (kind < 85) {
      return EDGES[random.nextInt(EDGES.length)] + random.nextInt(-1, 2);
    }
    return kind < 95 ? random.nextLong() : 1 + random.nextInt(SMALL);
  }

  private void ask(AllocationService service, String heap, long size, ByteBuffer zeros) {
    try (DmaBuf buffer = service.allocate(heap, size)) {
      count(outcomes, size > MEMORY / 4 ? "given, more than a quarter of the memory" : "given");
      if (size <= 0 || buffer.size() < size) {
        count(wrong, size + " bytes asked for, " + buffer.size() + " given");
      }
      checkZeroAndWrite(buffer, zeros);
    } catch (IllegalArgumentException e) {
      count(size > 0 && size <= 1L << 62 ? wrong : outcomes, "misuse: no size of a buffer");
    } catch (HeapException e) {
      count(outcomes, reason(e));
    } catch (RuntimeException | Error e) {
      count(wrong, size + " bytes: " + e);
    }
  }

  private static String reason(HeapException e) {
    String errno = Errno.nameOf(e.errno());
    for (String known : new String[] {"over the budget", "the system has", "limit"}) {
      if (e.getMessage().contains(known)) {
        return errno + ": " + known;
      }
    }
    return "refused by the kernel: " + e.getMessage().replaceAll("\\d+", "N");
  }

  /** All of a small one, some pages of a large one, the last among them. */
  private void checkZeroAndWrite(DmaBuf buffer, ByteBuffer zeros) throws HeapException {
    long step = buffer.size() > MEMORY / 4 ? 16 * PAGE : PAGE;
    try (CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE)) {
      for (long at = buffer.size() - PAGE; at >= 0; at -= step) {
        ByteBuffer page = access.bytes(at, PAGE);
        if (page.mismatch(zeros.duplicate()) != -1) {
          count(wrong, "not zero");
        }
        page.putLong(0, -1).putLong(PAGE - 8, -1);
      }
    }
  }

  private static void count(Map<String, LongAdder> of, String what) {
    of.computeIfAbsent(what, w -> new LongAdder()).increment();
  }

  private void print(PrintStream out, int count, int threads, long seed, long millis) {
    out.printf(
        "%d sizes, %d threads, seed %d, %d MiB of memory, %d ms%n",
        count, threads, seed, MEMORY >> 20, millis);
    new TreeMap<>(outcomes).forEach((what, n) -> out.printf("  %7d  %s%n", n.sum(), what));
    new TreeMap<>(wrong).forEach((what, n) -> out.printf("  %7d  WRONG: %s%n", n.sum(), what));
    if (wrong.isEmpty()) {
      out.println(GOOD);
    }
  }
}
