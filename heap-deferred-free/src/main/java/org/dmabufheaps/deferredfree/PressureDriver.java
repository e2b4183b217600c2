// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.linux.LinuxMemory;
import org.dmabufheaps.spi.Headroom;
import org.dmabufheaps.spi.LastGood;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Listens to the system and asks the shrinkers: what memory pressure and {@code shrink_slab} are in
 * the kernel. By pressure stall information where the kernel has it ({@code
 * Documentation/accounting/psi.rst}), else by a look at the available memory once in a window.
 */
@Component(
    service = {},
    immediate = true,
    configurationPid = PressureDriver.PID)
@Designate(ocd = PressureConfig.class)
public final class PressureDriver {
  /** The PID of its configuration. */
  static final String PID = "org.dmabufheaps.pressure";

  private final Logger log;
  private final LinuxMemory linux;
  private final Relief relief;

  /** By service ranking, highest first. */
  private final Map<ServiceReference<Shrinker>, Shrinker> shrinkers =
      new ConcurrentSkipListMap<>((a, b) -> b.compareTo(a));

  private final LastGood<PressureSettings> settings;
  private volatile LinuxMemory.Watch watch = () -> {};

  /**
   * Made by Declarative Services.
   *
   * @param log told what was given back
   * @param linux tells of pressure
   */
  @Activate
  public PressureDriver(
      @Reference(service = LoggerFactory.class) Logger log, @Reference LinuxMemory linux) {
    this.log = log;
    this.linux = linux;
    settings = new LastGood<>(PID, log::error, PressureSettings.DEFAULT, PressureSettings::of);
    relief = new Relief(this::inOrder, () -> settings.get().windowMillis(), System::nanoTime, log);
  }

  private Collection<Shrinker> inOrder() {
    return shrinkers.values();
  }

  @Activate
  void activate(Map<String, Object> config) {
    configure(config);
  }

  @Modified
  void configure(Map<String, Object> config) {
    settings.change(config);
    watch.close();
    watch = watch();
  }

  private LinuxMemory.Watch watch() {
    PressureSettings now = settings.get();
    try {
      return linux.watchPressure(now.stallMillis(), now.windowMillis(), relief::pressed);
    } catch (HeapException e) {
      log.info("by the available memory alone, since: {}", e.getMessage());
      return now.leastAvailablePercent() == 0
          ? () -> {}
          : new AvailableMemory(now.windowMillis(), this::isShort, relief::pressed);
    }
  }

  private boolean isShort() {
    Headroom headroom = linux.headroom();
    return headroom.availableBytes()
        < headroom.totalBytes() / 100 * settings.get().leastAvailablePercent();
  }

  @Deactivate
  void deactivate() {
    watch.close();
  }

  @Reference(
      service = Shrinker.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindShrinker(ServiceReference<Shrinker> reference, Shrinker shrinker) {
    shrinkers.put(reference, shrinker);
  }

  void unbindShrinker(ServiceReference<Shrinker> reference) {
    shrinkers.remove(reference);
  }
}
