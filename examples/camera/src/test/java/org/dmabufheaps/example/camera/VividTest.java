// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.dmabufheaps.example.consumer.Needs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VividTest {
  @ParameterizedTest
  @CsvSource({
    "platform:vivid-000, '0,0,0\n', false",
    "platform:vivid-000, '1,0,0\n', true",
    "platform:vivid-001, '1,0,0\n', false",
    "platform:vivid-002, '0,0,1\n', true",
    "platform:vivid-003, '1,1,1\n', false",
    "vivid, '1\n', true",
  })
  void eachInstanceHasItsAllocator(String bus, String allocators, boolean contiguous) {
    assertEquals(contiguous ? Needs.CONTIGUOUS : Needs.DMA_BUF, Vivid.needs(bus, allocators));
  }

  @Test
  void aFormatTellsItsName() {
    assertEquals("640x360 YUYV", new Format(Format.YUYV, 640, 360, 1280, 460_800).toString());
  }
}
