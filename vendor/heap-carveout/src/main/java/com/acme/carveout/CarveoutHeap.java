// SPDX-License-Identifier: Apache-2.0
package com.acme.carveout;

import java.nio.file.Path;
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
 * A carveout: memory that is set aside when the heap comes, cut by first fit. What ION's carveout
 * heap was; one heap for each configuration. A slice is zeroed when it is freed, at once: a late
 * one would only fragment the region.
 */
@Component(
    service = Heap.class,
    configurationPid = "com.acme.carveout",
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = CarveoutConfig.class, factory = true)
public final class CarveoutHeap implements HeapOverRegion {
  private final RegionHeap memory;

  /** Made by Declarative Services. */
  @Activate
  public CarveoutHeap(
      CarveoutConfig config,
      @Reference LinuxMemory linux,
      @Reference MemoryBudget budget,
      @Reference(service = LoggerFactory.class) Logger log) {
    memory = new RegionHeap(linux, budget, log::warn);
    configure(config);
  }

  @Modified
  void configure(CarveoutConfig config) {
    memory.configure(() -> source(config), Placement::firstFit);
  }

  @Deactivate
  void deactivate() {
    memory.close();
  }

  private static RegionSource source(CarveoutConfig config) {
    return switch (config.source()) {
      case "memfd" -> RegionSource.memfd(config.bytes());
      case "huge-pages" -> new RegionSource.HugePages(config.bytes(), 0, true);
      case "physical" -> {
        Path device = Path.of(config.device());
        yield RegionSource.physical(device, Long.decode(config.address()), config.bytes());
      }
      default -> throw new IllegalArgumentException("source = " + config.source());
    };
  }

  @Override
  public RegionHeap memory() {
    return memory;
  }
}
