// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FdInfoTest {
  private static final String HEAD =
      "pos:\t0\nflags:\t02000002\nmnt_id:\t14\nino:\t7\nsize:\t8192\ncount:\t3\nexp_name:\tsystem\n";

  @Test
  void readsWhatTheKernelWrites() {
    assertEquals(
        new FdInfo(8192, 3, "system", "camera: left"),
        FdInfo.parse(HEAD + "name:\tcamera: left\n"));
    assertEquals(new FdInfo(8192, 3, "system", ""), FdInfo.parse(HEAD));
  }

  @Test
  void aLabelThatPretendsToBeACountIsNotBelieved() {
    assertEquals(3, FdInfo.parse(HEAD + "name:\tx\ncount:\t1\nsize:\t1\n").count());
  }

  @Test
  void textThatIsNoFdinfoGivesNothing() {
    assertEquals(new FdInfo(0, 0, "", ""), FdInfo.parse("count:\tmany\n\n:"));
  }
}
