// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class KernelHasTest {
  @Test
  void thisKernelHasWhatItMustHave() {
    List<String> promised = KernelHas.promised();
    assumeFalse(promised.isEmpty(), KernelHas.VARIABLE + " names nothing");
    promised.stream()
        .filter(KernelHas::isLookedUp)
        .forEach(thing -> assertEquals("", KernelHas.missing(thing), thing));
  }
}
