// SPDX-License-Identifier: Apache-2.0
package com.acme.chunk;

import org.dmabufheaps.linux.HeapOverRegion;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.linux.Placement;
import org.dmabufheaps.linux.RegionHeap;
import org.dmabufheaps.linux.RegionSource;
import org.dmabufheaps.spi.Heap;
import org.dmabufheaps.spi.MemoryBudget;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Memory that is set aside when the heap comes, in equal chunks: any free ones make a buffer, so
 * that the region can't be fragmented. What ION's chunk heap was; one heap for each configuration.
 */
@Component(
    service = Heap.class,
    configurationPid = "com.acme.chunk",
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = ChunkConfig.class, factory = true)
public final class ChunkHeap implements HeapOverRegion {
  private final RegionHeap memory;

  /** Made by Declarative Services. */
  @Activate
  public ChunkHeap(
      ChunkConfig config,
      @Reference LinuxMemory linux,
      @Reference MemoryBudget budget,
      @Reference(service = LoggerFactory.class) Logger log) {
    memory = new RegionHeap(linux, budget, log::warn);
    configure(config);
  }

  @Modified
  void configure(ChunkConfig config) {
    memory.configure(() -> source(config), () -> Placement.chunks(config.chunk_bytes()));
  }

  @Deactivate
  void deactivate() {
    memory.close();
  }

  private static RegionSource source(ChunkConfig config) {
    return switch (config.source()) {
      case "memfd" -> RegionSource.memfd(config.bytes());
      case "huge-pages" -> RegionSource.hugePages(config.bytes());
      default -> throw new IllegalArgumentException("source = " + config.source());
    };
  }

  @Override
  public RegionHeap memory() {
    return memory;
  }
}
