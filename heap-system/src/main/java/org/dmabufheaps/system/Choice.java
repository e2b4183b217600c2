// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.system;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.linux.DeviceNode;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.HeapStatus;

/**
 * The backing that was chosen.
 *
 * @param settings what was allowed
 * @param backing the first that can be used; empty when none can
 * @param maxBytes the largest buffer; {@link Long#MAX_VALUE} for no limit
 * @param reason why better ones were not taken; empty when the best was
 */
record Choice(Settings settings, Optional<Backing> backing, long maxBytes, String reason) {
  /** Before anything was chosen. */
  static final Choice NONE =
      new Choice(Settings.DEFAULT, Optional.empty(), Long.MAX_VALUE, "nothing was chosen yet");

  /** Whether memory of the one may be used for the other. */
  boolean isSameMemory(Choice other) {
    boolean sameNode = settings.node().equals(other.settings.node());
    return backing.equals(other.backing)
        && (sameNode || !backing.equals(Optional.of(Backing.DMA_HEAP)));
  }

  /** Says what the largest buffer is, and what would raise it. */
  String limit() {
    boolean own = maxBytes == settings.maxBytes();
    return "limit "
        + maxBytes
        + ": see "
        + (own
            ? "max.bytes of the heap's configuration"
            : "the parameter size_limit_mb of udmabuf");
  }

  /** Tries the backings that the settings allow, best first. */
  static Choice of(LinuxMemory linux, Settings settings) {
    List<String> reasons = new ArrayList<>();
    for (Backing backing : settings.backings()) {
      String refusal = refusal(linux, settings, backing);
      if (refusal.isEmpty()) {
        long cap = settings.maxBytes() == 0 ? Long.MAX_VALUE : settings.maxBytes();
        long limit = backing == Backing.UDMABUF ? linux.udmabufMaxBytes() : Long.MAX_VALUE;
        return new Choice(
            settings, Optional.of(backing), Math.min(cap, limit), String.join("; ", reasons));
      }
      reasons.add(backing.text + ": " + refusal);
    }
    return new Choice(settings, Optional.empty(), Long.MAX_VALUE, String.join("; ", reasons));
  }

  /** Returns why a backing can't be used; empty when it can. */
  private static String refusal(LinuxMemory linux, Settings settings, Backing backing) {
    if (backing == Backing.MEMFD) {
      return "";
    }
    Path path =
        backing == Backing.DMA_HEAP
            ? LinuxMemory.DMA_HEAPS.resolve(settings.node())
            : LinuxMemory.UDMABUF;
    DeviceNode node = linux.probe(path);
    return node.usable() ? "" : path + ": " + node.reason();
  }

  /** Says the choice to core. */
  HeapStatus status(String problem) {
    String why = problem.isEmpty() || reason.isEmpty() ? problem + reason : problem + "; " + reason;
    if (backing.isEmpty()) {
      return HeapStatus.unusable(why);
    }
    HeapStatus status =
        new HeapStatus(true, why, HeapStatus.usable().properties())
            .with(HeapAllocator.BACKING, backing.get().text)
            .with(HeapAllocator.EXPORTS, backing.get().exports);
    return maxBytes == Long.MAX_VALUE ? status : status.with(HeapAllocator.MAX_BYTES, maxBytes);
  }
}
