// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.HeapException;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/**
 * A bundle with buffers that nobody else may ever change. Each call checks them all and takes half
 * of them anew, so that their addresses are those that others gave up.
 */
public final class Canaries implements BundleActivator, Callable<Integer> {
  static final String NAME = "canaries";
  static final int SIZE = 8192;
  static final long PATTERN = 0x0ca4a41e0ca4a41eL;
  private static final int COUNT = 32;

  private AllocationService allocations;
  private final List<DmaBuf> buffers = new ArrayList<>();
  private final List<ByteBuffer> views = new ArrayList<>();

  @Override
  public void start(BundleContext context) throws Exception {
    allocations = context.getService(context.getServiceReference(AllocationService.class));
    while (buffers.size() < COUNT) {
      add();
    }
    var properties = FrameworkUtil.asDictionary(Map.of("client", NAME));
    context.registerService(Callable.class, this, properties);
  }

  private void add() throws HeapException {
    DmaBuf buffer = allocations.allocate("system", SIZE);
    ByteBuffer view = buffer.beginCpuAccess(Access.READ_WRITE).bytes();
    check(view, 0);
    BusyReader.fill(view, PATTERN);
    buffers.add(buffer);
    views.add(view);
  }

  private static void check(ByteBuffer view, long expected) {
    for (int offset = 0; offset < SIZE; offset += Long.BYTES) {
      long value = view.getLong(offset);
      if (value != expected) {
        throw new AssertionError(
            "a canary has 0x" + Long.toHexString(value) + ", not 0x" + Long.toHexString(expected));
      }
    }
  }

  /** Returns how many were checked. */
  @Override
  public Integer call() throws HeapException {
    views.forEach(view -> check(view, PATTERN));
    for (int i = 0; i < COUNT / 2; i++) {
      buffers.remove(0).close();
      views.remove(0);
    }
    while (buffers.size() < COUNT) {
      add();
    }
    return COUNT;
  }

  @Override
  public void stop(BundleContext context) {
    views.forEach(view -> check(view, PATTERN));
  }
}
