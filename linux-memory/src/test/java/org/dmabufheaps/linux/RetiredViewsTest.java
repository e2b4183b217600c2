// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class RetiredViewsTest {
  private Object others;

  /** A list of this test's own, in which no collection was asked for yet. */
  @BeforeEach
  void setAside() {
    others = System.getProperties().remove(RetiredViews.PROPERTY);
  }

  @AfterEach
  void putBack() {
    System.getProperties().remove(RetiredViews.PROPERTY);
    if (others != null) {
      System.getProperties().put(RetiredViews.PROPERTY, others);
    }
  }

  @Test
  void aFullListAsksForACollectionButNotTwiceInTenSeconds() throws Exception {
    Kernel kernel = TestKernel.with(new JnaSyscalls());
    DmaBufOps buffer = new LinuxMemoryService(kernel).memfd(new TestRequest(4096));
    List<ByteBuffer> stale = new ArrayList<>();
    while (kernel.retired().count() < RetiredViews.MAX_VIEWS) {
      View view = buffer.map();
      stale.add(view.bytes(0, 4096));
      view.retire();
    }
    assertEquals(RetiredViews.MAX_VIEWS, stale.size(), "none is gone while it can be reached");
    stale.clear();
    Ends.soon(
        "room in the list",
        () -> {
          buffer.map().retire();
          return kernel.retired().count() < RetiredViews.MAX_VIEWS;
        });
    assertFalse(kernel.retired().collect(), "there was one already");
    Ends.soon(
        "the end of all retired views",
        () -> {
          System.gc();
          kernel.tidy();
          return kernel.retired().count() == 0;
        });
    assertEquals(0, kernel.retired().bytes());
    buffer.release();
  }
}
