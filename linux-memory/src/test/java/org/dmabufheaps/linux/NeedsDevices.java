// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.util.List;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips a test class, and says so, on a machine without the device nodes that all kernels have. */
final class NeedsDevices implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    List.of("/dev/dma_heap/system", "/dev/udmabuf").forEach(KernelHas::assume);
  }
}
