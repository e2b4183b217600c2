// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import java.util.Map;
import org.dmabufheaps.spi.AllocationRequest;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.LastGood;
import org.dmabufheaps.spi.MemoryBackend;
import org.dmabufheaps.spi.PagePool;
import org.dmabufheaps.spi.PageSource;
import org.dmabufheaps.spi.Recyclable;
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

/** The service: a pool for each heap that asks for one, with a shrinker of its own. */
@Component(
    service = PagePool.class,
    scope = ServiceScope.PROTOTYPE,
    configurationPid = PagePoolComponent.PID)
@Designate(ocd = PagePoolConfig.class)
public final class PagePoolComponent implements PagePool {
  /** The PID of its configuration. */
  static final String PID = "org.dmabufheaps.pagepool";

  /** After freelists, whose memory costs nothing to give back. */
  private static final int SHRINKER_RANKING = 0;

  private final Pool pool;
  private final ServiceRegistration<Shrinker> shrinker;
  private final LastGood<PoolSettings> settings;

  /**
   * Made by Declarative Services.
   *
   * @param log told of what fails in the background
   * @param system tells the page size
   * @param context registers the shrinker
   * @param config the configuration, as it is at the start
   */
  @Activate
  public PagePoolComponent(
      @Reference(service = LoggerFactory.class) Logger log,
      @Reference MemoryBackend system,
      BundleContext context,
      Map<String, Object> config) {
    settings = new LastGood<>(PID, log::error, PoolSettings.DEFAULT, PoolSettings::of);
    settings.change(config);
    pool = new Pool(settings, system.pageSize(), log);
    Map<String, Object> properties = Map.of(Constants.SERVICE_RANKING, SHRINKER_RANKING);
    shrinker =
        context.registerService(Shrinker.class, pool, FrameworkUtil.asDictionary(properties));
  }

  @Modified
  void configure(Map<String, Object> config) {
    settings.change(config);
  }

  @Deactivate
  void deactivate() {
    shrinker.unregister();
    pool.close();
  }

  @Override
  public DmaBufOps take(AllocationRequest request) {
    return pool.take(request);
  }

  @Override
  public boolean give(Recyclable cleared) {
    return pool.give(cleared);
  }

  @Override
  public long roundedSize(long size) {
    return pool.roundedSize(size);
  }

  @Override
  public void refillFrom(PageSource source) {
    pool.refillFrom(source);
  }

  @Override
  public void lost(long size) {
    pool.lost(size);
  }

  @Override
  public void drain() {
    pool.drain();
  }

  @Override
  public long idleBytes() {
    return pool.idleBytes();
  }

  @Override
  public Map<String, Long> statistics() {
    return pool.statistics();
  }
}
