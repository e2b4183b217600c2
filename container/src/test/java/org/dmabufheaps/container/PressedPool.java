// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/**
 * A bundle with the commands {@code guest:fill}, which fills a heap's pool, and {@code
 * guest:pressed}, which looks at the pool and goes on allocating while a neighbour makes memory
 * short.
 */
public final class PressedPool implements BundleActivator {
  private static final int MIB = 1 << 20;
  private static final int SMALL = 64 << 10;
  private static final long LOOK_NANOS = 10_000_000;

  /**
   * A process that may have 8 MiB and takes more: it is made to wait at each page, which is a stall
   * for want of memory in the books of the machine, too.
   */
  private static final String NEIGHBOUR =
      "echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir -p /sys/fs/cgroup/neighbour"
          + " && echo 8M >/sys/fs/cgroup/neighbour/memory.high"
          + " && echo $$ >/sys/fs/cgroup/neighbour/cgroup.procs"
          + " && exec dd if=/dev/zero of=/dev/shm/neighbour bs=64k count=1600";

  private BundleContext context;

  @Override
  public void start(BundleContext bundle) {
    context = bundle;
    Map<String, Object> properties =
        Map.of(
            "osgi.command.scope",
            "guest",
            "osgi.command.function",
            new String[] {"fill", "pressed"});
    bundle.registerService(PressedPool.class, this, FrameworkUtil.asDictionary(properties));
  }

  @Override
  public void stop(BundleContext bundle) {}

  private <T> T service(Class<T> type) {
    return context.getService(context.getServiceReference(type));
  }

  private HeapInfo info(String heap) {
    return service(HeapRegistry.class).heaps().stream()
        .filter(info -> info.name.equals(heap))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Uses buffers of one MiB, and closes them all; prints whether all of them are pooled then.
   *
   * @param heap its name
   * @param count how many
   */
  public void fill(String heap, int count) throws HeapException {
    List<DmaBuf> buffers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      buffers.add(used(heap, MIB));
    }
    buffers.forEach(DmaBuf::close);
    while (info(heap).pendingFreeBytes > 0) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    long pooled = info(heap).pooledBytes / MIB;
    System.out.println((pooled >= count ? "all pooled, " : "only some pooled, ") + pooled + " MiB");
  }

  /** Allocates a buffer, which must be zero, and writes it. */
  private DmaBuf used(String heap, int size) throws HeapException {
    DmaBuf buffer = service(AllocationService.class).allocate(heap, size);
    try (CpuAccess cpu = buffer.beginCpuAccess(Access.READ_WRITE)) {
      ByteBuffer bytes = cpu.bytes();
      if (bytes.mismatch(ByteBuffer.allocate(size)) != -1) {
        throw new IllegalStateException("NOT ZERO");
      }
      bytes.put(0, (byte) 0xa5).put(size - 1, (byte) 0xa5);
    }
    return buffer;
  }

  /**
   * Looks at the pool while a neighbour makes memory short, and allocates all the time.
   *
   * @param heap its name
   * @param floorMib what the pool keeps, in MiB
   * @param stallMillis of which the kernel tells
   * @param seconds how long
   */
  public void pressed(String heap, int floorMib, long stallMillis, int seconds) throws IOException {
    Look look = new Look(floorMib * (long) MIB + SMALL, stallMillis);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    Process neighbour = new ProcessBuilder("sh", "-c", NEIGHBOUR).inheritIO().start();
    try {
      while (System.nanoTime() < end) {
        look.at(info(heap));
        try {
          used(heap, SMALL).close();
          look.allocated++;
        } catch (HeapException e) {
          look.refused++;
        }
        LockSupport.parkNanos(LOOK_NANOS);
      }
    } finally {
      neighbour.destroyForcibly();
      Files.deleteIfExists(Path.of("/dev/shm/neighbour"));
    }
    System.out.println(look);
  }

  /** What was seen. */
  private static final class Look {
    private final long floor;
    private final long stallMicros;
    private final long stalledBefore = stalledMicros();
    private long stalledAt;
    private long reachedAt;
    private long lowest = Long.MAX_VALUE;
    private long highestLater;
    private int allocated;
    private int refused;

    Look(long floor, long stallMillis) throws IOException {
      this.floor = floor;
      stallMicros = stallMillis * 1_000;
    }

    void at(HeapInfo info) throws IOException {
      lowest = Math.min(lowest, info.pooledBytes);
      if (stalledAt == 0 && stalledMicros() - stalledBefore >= stallMicros) {
        stalledAt = System.nanoTime();
      }
      if (stalledAt != 0 && reachedAt == 0 && info.pooledBytes <= floor) {
        reachedAt = System.nanoTime();
      }
      if (reachedAt != 0) {
        highestLater = Math.max(highestLater, info.pooledBytes);
      }
    }

    private static long stalledMicros() throws IOException {
      String some = Files.readAllLines(Path.of("/proc/pressure/memory")).get(0);
      return Long.parseLong(some.substring(some.lastIndexOf('=') + 1));
    }

    @Override
    public String toString() {
      return "stalled "
          + (stalledAt != 0)
          + ", at the floor after "
          + (reachedAt == 0 ? "never" : (reachedAt - stalledAt) / 1_000_000)
          + " ms, lowest "
          + lowest
          + " bytes, later "
          + (highestLater <= floor + MIB ? "still there" : "up to " + highestLater)
          + ", allocated "
          + (allocated > 0 ? "many" : "none")
          + ", refused "
          + refused;
    }
  }
}
