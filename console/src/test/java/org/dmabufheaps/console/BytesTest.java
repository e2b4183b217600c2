// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BytesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "4096, 4096",
    "17b, 17",
    "4k, 4096",
    "4K, 4096",
    "4Ki, 4096",
    "4KiB, 4096",
    "64 KiB, 65536",
    "16m, 16777216",
    "1GiB, 1073741824",
    "2t, 2199023255552",
    "1p, 1125899906842624",
    "7e, 8070450532247928832",
    "1.5k, 1536",
    "0.5m, 524288",
    "0x1000, 4096",
    "0Xff, 255",
    "9223372036854775807, 9223372036854775807",
    "0x7fffffffffffffff, 9223372036854775807",
  })
  void aSizeIsReadInBinaryUnits(String text, long bytes) {
    assertEquals(bytes, Bytes.parse(text).count());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "k",
        "-1",
        "+1",
        "4kb",
        "4 kB",
        "4x",
        "1,5k",
        "1.",
        ".5k",
        "0x",
        "0xg",
        "1e3",
        "4k4",
        "Infinity",
        "4  k",
        "４k"
      })
  void whatIsNoSizeIsRefusedWithAnExample(String text) {
    var refused = assertThrows(IllegalArgumentException.class, () -> Bytes.parse(text));
    assertEquals("\"" + text + "\" is no size: write 4096, 4k, 16m or 1GiB", refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"8e", "9223372036854775808", "99999999999999999999e", "0xffffffffffffffff"})
  void aSizeBeyondLongIsRefused(String text) {
    var refused = assertThrows(IllegalArgumentException.class, () -> Bytes.parse(text));
    assertTrue(refused.getMessage().endsWith("at most 8 EiB less one byte"), refused::getMessage);
  }

  @Test
  void aPartOfAByteIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Bytes.parse("0.1k"));
    assertThrows(IllegalArgumentException.class, () -> Bytes.parse("1.5"));
  }

  @Test
  void aNegativeCountIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Bytes(-1));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "1048524, 1023.9 KiB",
    "1048525, 1.0 MiB",
    "1048575, 1.0 MiB",
    "1048576, 1.0 MiB",
    "1073741824, 1.0 GiB",
    "1099511627775, 1.0 TiB",
    "9223372036854775807, 8.0 EiB",
  })
  void aSizeIsPrintedWithOneDecimal(long bytes, String text) {
    assertEquals(text, new Bytes(bytes).toString());
  }

  @Test
  void whatIsPrintedCanBeRead() {
    for (long bytes : new long[] {0, 1023, 4096, 1536, 5L << 30}) {
      assertEquals(bytes, Bytes.parse(new Bytes(bytes).toString()).count());
    }
  }

  @Test
  void noLimitIsNone() {
    assertEquals("none", Bytes.orNone(Long.MAX_VALUE));
    assertEquals("4.0 KiB", Bytes.orNone(4096));
  }
}
