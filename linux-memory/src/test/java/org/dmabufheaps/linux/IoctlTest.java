// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class IoctlTest {
  @Test
  void numbersAreThoseOfTheHeadersOnMostCpus() {
    Ioctl ioctl = Ioctl.GENERIC;
    assertEquals(0xC0184800L, ioctl.dmaHeapAlloc());
    assertEquals(0x40086200L, ioctl.dmaBufSync());
    assertEquals(0x40046201L, ioctl.dmaBufSetName(4));
    assertEquals(0x40086201L, ioctl.dmaBufSetName(8));
    assertEquals(0x40187542L, ioctl.udmabufCreate());
    assertEquals(0x40087543L, ioctl.udmabufCreateList());
  }

  @Test
  void powerpcHasThreeBitsOfDirection() {
    // 6 << 29 and 4 << 29 of arch/powerpc/include/uapi/asm/ioctl.h, the rest as elsewhere
    assertEquals(0xC0184800L, Ioctl.POWERPC.dmaHeapAlloc());
    assertEquals(0x80086200L, Ioctl.POWERPC.dmaBufSync());
  }
}
