// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.deferredfree;

import java.util.Map;
import org.dmabufheaps.spi.DeferredFree;
import org.dmabufheaps.spi.FreeTask;
import org.dmabufheaps.spi.LastGood;
import org.dmabufheaps.spi.MemoryBackend;
import org.dmabufheaps.spi.Shrinker;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/** The service: a freelist for each heap that asks for one, with a shrinker of its own. */
@Component(
    service = DeferredFree.class,
    scope = ServiceScope.PROTOTYPE,
    configurationPid = DeferredFreeComponent.PID)
@Designate(ocd = DeferredFreeConfig.class)
public final class DeferredFreeComponent implements DeferredFree {
  /** The PID of its configuration. */
  static final String PID = "org.dmabufheaps.deferredfree";

  /** Before pools: what is here goes back without even being cleared. */
  private static final int SHRINKER_RANKING = 100;

  private final Freelist freelist;
  private final ServiceRegistration<Shrinker> shrinker;
  private final LastGood<FreelistSettings> settings;

  /**
   * Made by Declarative Services.
   *
   * @param log told of tasks that fail
   * @param system lets the worker give way to others
   * @param context registers the shrinker
   * @param config the configuration, as it is at the start
   */
  @Activate
  public DeferredFreeComponent(
      @Reference(service = LoggerFactory.class) Logger log,
      @Reference MemoryBackend system,
      BundleContext context,
      Map<String, Object> config) {
    settings = new LastGood<>(PID, log::error, FreelistSettings.DEFAULT, FreelistSettings::of);
    settings.change(config);
    freelist = new Freelist(settings, system::giveWay, log);
    Map<String, Object> properties = Map.of(Constants.SERVICE_RANKING, SHRINKER_RANKING);
    shrinker =
        context.registerService(Shrinker.class, freelist, FrameworkUtil.asDictionary(properties));
  }

  @Modified
  void configure(Map<String, Object> config) {
    settings.change(config);
  }

  @Deactivate
  void deactivate() {
    shrinker.unregister();
    freelist.close();
  }

  @Override
  public void defer(long bytes, FreeTask task) {
    freelist.defer(bytes, task);
  }

  @Override
  public boolean runOne(long mostBytes) {
    return freelist.runOne(mostBytes);
  }

  @Override
  public void flush() {
    freelist.flush();
  }

  @Override
  public long pendingBytes() {
    return freelist.pendingBytes();
  }

  @Override
  public Map<String, Long> statistics() {
    return freelist.statistics();
  }
}
