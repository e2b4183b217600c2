// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentTest {
  private static final Key FRESH = new Key("latency", "fresh", Sizes.B1M, "ns");

  @TempDir Path directory;

  private static Document document() {
    Results results = new Results();
    results.fact("kernel", "6.18");
    results.leaveOut("the pool: not built");
    results.add(FRESH, 240_000);
    results.add(FRESH, Double.NaN);
    results.add(FRESH, 260_000);
    return Document.of(results, List.of(Goal.atMost("G0", "fresh", FRESH, 1)));
  }

  @Test
  void whatWasWrittenIsRead() throws IOException {
    Path file = directory.resolve("results/a.json");
    document().write(file);
    assertEquals(document(), Document.read(file));
  }

  @Test
  void tablesHaveFiguresGoalsAndWhatIsMissing() {
    String text = new Sheets(document()).text();
    for (String part : List.of("6.18", "250", "NOT MET", "left out: the pool: not built")) {
      assertTrue(text.contains(part), part + " in:\n" + text);
    }
  }

  @Test
  void theReadmeKeepsWhatStandsAroundItsTables() throws IOException {
    Path readme = directory.resolve("README.md");
    Files.writeString(
        readme, "before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter\n");
    Readme.update(readme, "new\n");
    Readme.update(readme, "newer\n");
    assertEquals(
        "before\n<!-- figures: begin -->\nnewer\n<!-- figures: end -->\nafter\n",
        Files.readString(readme));
  }

  @Test
  void aReadmeWithoutMarksIsLeftAlone() throws IOException {
    Path readme = directory.resolve("README.md");
    Files.writeString(readme, "mine\n");
    assertThrows(IOException.class, () -> Readme.update(readme, "new\n"));
    assertEquals("mine\n", Files.readString(readme));
  }

  @Test
  void aFigureHasThreeDigitsThatCount() {
    assertEquals("0.0412", Figures.text(0.04123));
    assertEquals("12.3", Figures.text(12.34));
    assertEquals("3,660", Figures.text(3660.4));
    assertEquals("100", Figures.text(100.0));
  }
}
