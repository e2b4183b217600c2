// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class SizeClassTest {
  @Property
  void aClassHoldsItsSizesAndIsItsOwnClass(
      @ForAll @LongRange(min = 1, max = Long.MAX_VALUE >> 14) long pages,
      @ForAll @IntRange(min = 12, max = 14) int pageShift) {
    long size = pages << pageShift;
    long rounded = SizeClass.of(size);
    assertTrue(rounded >= size);
    assertTrue(rounded - size <= size / 4, "a fifth of the class is wasted at most");
    assertEquals(0, rounded % (1L << pageShift));
    assertEquals(rounded, SizeClass.of(rounded));
  }

  @Test
  void thereAreFourClassesForEachDoublingUpTo256KiB() {
    Set<Long> classes = new TreeSet<>();
    for (long size = 36 << 10; size <= 64 << 10; size += 4096) {
      classes.add(SizeClass.of(size));
    }
    assertEquals(Set.of(40L << 10, 48L << 10, 56L << 10, 64L << 10), classes);
  }

  @Test
  void aboveThatEachSizeIsItsOwn() {
    for (long size = 256 << 10; size < 1 << 20; size += 4096) {
      assertEquals(size, SizeClass.of(size));
    }
  }
}
