// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.util.Map;
import java.util.TreeMap;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** Shares the buffer of {@link CarelessClient}, and shows what it has as a map. */
public final class Borrower implements BundleActivator {
  static final String NAME = "borrower";

  @Override
  public void start(BundleContext context) throws Exception {
    var lender = context.getServiceReferences(Map.class, "(client=" + CarelessClient.NAME + ")");
    Map<?, ?> lent = context.getService(lender.iterator().next());
    var reference = context.getServiceReference(AllocationService.class);
    DmaBuf buffer = context.getService(reference).share((DmaBuf) lent.get("buffer"));
    CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE);
    Map<String, Object> has = new TreeMap<>();
    has.put("buffer", buffer);
    has.put("access", access);
    has.put("bytes", access.bytes());
    context.registerService(Map.class, has, FrameworkUtil.asDictionary(Map.of("client", NAME)));
  }

  @Override
  public void stop(BundleContext context) {}
}
