// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips a test, and says so, on a machine where no huge pages were set aside. */
final class NeedsHugePages implements ExecutionCondition {
  static final int PAGES = 8;

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    for (HugePages pool : TestKernel.linux().hugePages()) {
      if (pool.isDefault() && pool.freePages() >= PAGES) {
        return ConditionEvaluationResult.enabled("huge pages are there");
      }
    }
    String reason = PAGES + " huge pages, set vm.nr_hugepages";
    System.err.println("SKIPPED " + context.getDisplayName() + ", needs " + reason);
    return ConditionEvaluationResult.disabled(reason);
  }
}
