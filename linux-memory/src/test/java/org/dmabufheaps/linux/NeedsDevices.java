// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips a test, and says so, on a machine without the device nodes. */
final class NeedsDevices implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    for (String path : new String[] {"/dev/dma_heap/system", "/dev/udmabuf"}) {
      DeviceNode node = TestKernel.linux().probe(Path.of(path));
      if (!node.usable()) {
        String reason = path + ": " + node.reason();
        System.err.println("SKIPPED " + context.getDisplayName() + ", needs " + reason);
        return ConditionEvaluationResult.disabled(reason);
      }
    }
    return ConditionEvaluationResult.enabled("device nodes are there");
  }
}
