// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.dmabufheaps.BudgetInfo;
import org.dmabufheaps.BufferInfo;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapInfo;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.QuotaInfo;
import org.dmabufheaps.spi.HeapStatus;
import org.dmabufheaps.spi.HeapUsage;

/** Copies the books for tools. */
final class Registry implements HeapRegistry {
  private final HeapDirectory heaps;
  private final Owners owners;
  private final Admission admission;
  private final BoundedCalls calls;
  private final Supplier<Settings> settings;

  Registry(
      HeapDirectory heaps,
      Owners owners,
      Admission admission,
      BoundedCalls calls,
      Supplier<Settings> settings) {
    this.heaps = heaps;
    this.owners = owners;
    this.admission = admission;
    this.calls = calls;
    this.settings = settings;
  }

  @Override
  public List<HeapInfo> heaps() {
    Comparator<PublishedHeap> byName = Comparator.comparing(heap -> heap.heap().name());
    Comparator<PublishedHeap> byRanking = Comparator.comparing(heap -> heap.heap().reference());
    return heaps.all().stream()
        .sorted(byName.thenComparing(byRanking.reversed()))
        .map(this::info)
        .toList();
  }

  @Override
  public List<BufferInfo> buffers() {
    return owners
        .handles()
        .map(Handle::info)
        .sorted(Comparator.comparingLong(info -> info.handleId))
        .toList();
  }

  @Override
  public BudgetInfo budget() {
    return admission.info();
  }

  @Override
  public List<QuotaInfo> quotas() {
    Map<String, QuotaInfo> quotas = new TreeMap<>();
    settings.get().quotas().keySet().forEach(key -> named(key, quotas));
    heaps.all().forEach(heap -> add("heap", heap.heap().name(), heap.heap().quota(), quotas));
    owners.all().forEach(owner -> add("bundle", owner.name(), owner.quota(), quotas));
    owners.accounts().forEach((name, quota) -> add("account", name, quota, quotas));
    return List.copyOf(quotas.values());
  }

  /** What the configuration names, whether it is there or not. */
  private void named(String key, Map<String, QuotaInfo> quotas) {
    String kind = key.substring(0, key.indexOf(':'));
    quota(kind, key.substring(kind.length() + 1), quotas).limitBytes =
        settings.get().quotas().getOrDefault(key, Long.MAX_VALUE);
  }

  /** Two heaps or bundles of one name have one limit, and each its own books. */
  private static void add(String kind, String name, Quota quota, Map<String, QuotaInfo> quotas) {
    QuotaInfo info = quota(kind, name, quotas);
    info.usedBytes += quota.usedBytes();
    info.limitBytes = quota.limitBytes();
  }

  private static QuotaInfo quota(String kind, String name, Map<String, QuotaInfo> quotas) {
    QuotaInfo info = quotas.computeIfAbsent(kind + ":" + name, key -> new QuotaInfo());
    info.kind = kind;
    info.name = name;
    return info;
  }

  @Override
  public List<String> leaks() {
    return owners.reports();
  }

  private HeapInfo info(PublishedHeap published) {
    BoundHeap heap = published.heap();
    HeapStatus status = heap.status();
    HeapInfo info = new HeapInfo();
    info.name = heap.name();
    info.aliases =
        heap.properties().aliases().stream()
            .filter(alias -> !published.isPublished() || heaps.serves(published, alias))
            .toArray(String[]::new);
    info.available = published.isPublished();
    info.reason = status.reason();
    info.properties = published.properties();
    info.backing = string(info.properties.get(HeapAllocator.BACKING));
    info.exports = string(info.properties.get(HeapAllocator.EXPORTS));
    Object claimed = heap.reference().getProperty(HeapAllocator.CONTIGUOUS);
    info.contiguous =
        Boolean.TRUE.equals(info.properties.getOrDefault(HeapAllocator.CONTIGUOUS, claimed));
    if (info.properties.get(HeapAllocator.MAX_BYTES) instanceof Long max) {
      info.maxBytes = max;
    }
    info.bundle = published.bundle();
    info.ranking = published.ranking();
    books(heap, info);
    return info;
  }

  private void books(BoundHeap heap, HeapInfo info) {
    HeapUsage usage = heap.usage(calls, Math.min(1_000, settings.get().callLimitMillis()));
    info.limitBytes = heap.quota().limitBytes();
    info.liveBytes = heap.quota().usedBytes();
    info.peakBytes = heap.quota().peakBytes();
    info.liveBuffers = heap.exporter().liveBuffers();
    info.allocations = heap.allocations.sum();
    info.failures = heap.failures.sum();
    info.pooledBytes = usage.pooledBytes();
    info.pendingFreeBytes = usage.pendingFreeBytes();
    info.quarantinedBytes = usage.quarantinedBytes();
    info.statistics = usage.statistics();
  }

  private static String string(Object value) {
    return value == null ? "" : value.toString();
  }
}
