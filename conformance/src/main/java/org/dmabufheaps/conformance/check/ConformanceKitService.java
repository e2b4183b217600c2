// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.List;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.FdSockets;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.HeapRegistry;
import org.dmabufheaps.conformance.ConformanceKit;
import org.dmabufheaps.conformance.Options;
import org.dmabufheaps.conformance.Progress;
import org.dmabufheaps.conformance.Report;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The kit as a service. */
@Component(service = ConformanceKit.class)
public class ConformanceKitService implements ConformanceKit {
  private final Kit kit;

  /** Carries descriptors between sockets, where there is {@code linux-memory}. */
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  volatile FdSockets sockets;

  /**
   * Activates.
   *
   * @param service what is checked
   * @param registry the books
   * @param context of the bundle that owns what the kit opens
   */
  @Activate
  public ConformanceKitService(
      @Reference AllocationService service,
      @Reference HeapRegistry registry,
      BundleContext context) {
    long ownerId = context.getBundle().getBundleId();
    kit = new Kit(service, registry, () -> sockets, new ProcFs(), ownerId);
  }

  @Override
  public Report check(String heap, Options options, Progress progress) throws HeapException {
    return kit.check(heap, options, progress);
  }

  @Override
  public List<String> checks() {
    return kit.checks();
  }
}
