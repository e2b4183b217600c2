// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AbiTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"amd64", "i386", "aarch64", "arm", "riscv64", "loongarch64", "s390x", "ppc64le"})
  void knowsTheCpu(String cpu) {
    assertDoesNotThrow(() -> Abi.of(cpu));
  }

  @Test
  void refusesACpuThatItDoesNotKnow() {
    HeapException e = assertThrows(HeapException.class, () -> Abi.of("vax"));
    assertEquals(Errno.ENOSYS.number(), e.errno());
    assertTrue(e.getMessage().contains("vax"), e.getMessage());
  }

  @Test
  void armAndPowerpcDifferWhereTheirHeadersDo() throws HeapException {
    assertEquals(0x8000, Abi.of("aarch64").noFollow());
    assertEquals(0x20000, Abi.of("amd64").noFollow());
    assertEquals(0x40, Abi.of("ppc64le").noReserve());
    assertEquals(21, Abi.of("ppc64le").peerCred());
    assertEquals(Integer.BYTES, Abi.of("s390x").statfsTypeBytes());
  }
}
