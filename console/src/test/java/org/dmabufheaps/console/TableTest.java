// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  private static String text(Table table) {
    return String.join("\n", table.lines());
  }

  @Test
  void columnsAreAsWideAsWhatIsInThemAndNumbersAreAlignedToTheRight() {
    Table table = new Table("NAME", ">SIZE", "STATE");
    table.row("system", "4.0 KiB", "ready");
    table.row("a", 1, "unavailable");
    assertEquals(
        """
        NAME       SIZE  STATE
        system  4.0 KiB  ready
        a             1  unavailable""",
        text(table));
  }

  @Test
  void aColumnWithoutContentIsLeftOutWhenItMayBe() {
    Table table = new Table("?FIRST", "NAME", "?>LIMIT", "?LAST");
    table.row("-", "a", "-", "");
    assertEquals("NAME\na", text(table));
    table.row("", "b", "7", "");
    assertEquals("NAME  LIMIT\na         -\nb         7", text(table));
  }

  @Test
  void anEmptyLeftColumnKeepsItsWidth() {
    Table table = new Table("A", "B");
    table.row("", "x");
    assertEquals("A  B\n   x", text(table));
  }

  @Test
  void controlCharactersDoNotReachTheTerminal() {
    assertEquals("A\n [2Jx y", text(new Table("A").row("\u001b[2Jx\ny")));
  }

  @Test
  void aCharacterOutsideTheBasicPlaneIsOneWide() {
    assertEquals("A   B\n\ud83d\ude00x  1", text(new Table("A", "B").row("\ud83d\ude00x", 1)));
  }

  @Test
  void aRowOfTheWrongLengthIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Table("A").row("a", "b"));
  }

  @Test
  void aSheetAlignsItsValuesAndWrapsThem() {
    Sheet sheet = new Sheet();
    sheet.line("name", "system");
    sheet.line("the reason", "word ".repeat(16).strip());
    sheet.line("none", "");
    assertEquals(
        """
        name        system
        the reason  word word word word word word word word word word word word word
                    word word word
        none""",
        String.join("\n", sheet.lines()));
  }

  @Test
  void aPropertyWithSeveralValuesIsAList() {
    assertEquals("a, b", Sheet.text(new String[] {"a", "b"}));
    assertEquals("7", Sheet.text(7L));
  }

  @Test
  void aDumpHasSixteenBytesALineAndAStarForRepeatedOnes() {
    List<String> lines = new ArrayList<>();
    HexDump dump = new HexDump(0x1000, lines::add);
    byte[] bytes = new byte[70];
    for (int i = 0; i < 16; i++) {
      bytes[i] = (byte) (0x1f + 14 * i);
    }
    bytes[69] = 'Z';
    dump.add(bytes);
    dump.end();
    assertEquals(
        """
        00001000  1f 2d 3b 49 57 65 73 81  8f 9d ab b9 c7 d5 e3 f1  |.-;IWes.........|
        00001010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
        *
        00001040  00 00 00 00 00 5a                                 |.....Z|
        00001046""",
        String.join("\n", lines));
  }

  @Test
  void anAgeIsInTheLargestUnitThatFits() {
    assertEquals("0 s", Age.of(999));
    assertEquals("119 s", Age.of(119_999));
    assertEquals("2 min", Age.of(120_000));
    assertEquals("119 min", Age.of(7_199_000));
    assertEquals("2 h", Age.of(7_200_000));
    assertEquals("2 d", Age.of(172_800_000));
  }
}
