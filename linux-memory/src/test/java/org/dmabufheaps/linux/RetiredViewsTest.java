// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NothingLeft.class)
class RetiredViewsTest {
  /** So many times {@link RetiredViews#MAX_VIEWS} are the end where words are short. */
  private static final int SMALL_CAP = 4;

  /** One with a list of this test's own, in which no collection was asked for yet. */
  private final Kernel kernel =
      TestKernel.with(TestKernel.real().sys(), Replacement.here(), LoneList.fresh());

  private void allGone() throws Exception {
    allGone(kernel);
  }

  private static void allGone(Kernel kernel) throws Exception {
    Ends.soon(
        "the end of all retired views",
        () -> {
          System.gc();
          kernel.tidy();
          return kernel.retired().count() == 0;
        });
    assertEquals(0, kernel.retired().bytes());
  }

  @Test
  void aFullListAsksForACollectionButNotTwiceInTenSeconds() throws Exception {
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
    assertFalse(kernel.retired().collect(RetiredViews.SELDOM_SECONDS), "there was one already");
    allGone();
    buffer.release();
  }

  @Test
  void aListThatIsFullOfReachableByteBuffersRefusesToMap() throws Exception {
    DmaBufOps buffer = new LinuxMemoryService(kernel).memfd(new TestRequest(4096));
    List<ByteBuffer> stale = new ArrayList<>();
    for (int i = 0; i < RetiredViews.CAP * RetiredViews.MAX_VIEWS; i++) {
      View view = buffer.map();
      stale.add(view.bytes(0, 4096));
      view.retire();
    }
    HeapException refusal = assertThrows(HeapException.class, buffer::map);
    assertEquals(Errno.ENOMEM.number(), refusal.errno());
    assertEquals(kernel.retired().count(), stale.size());
    assertTrue(refusal.getMessage().contains("drop byte buffers"), refusal.getMessage());
    stale.clear();
    allGone();
    buffer.map().retire();
    buffer.release();
  }

  /** A kernel with short words, whose list is full early. */
  private static Kernel small() {
    Syscalls sys = TestKernel.real().sys();
    Syscalls narrow =
        (Syscalls)
            Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(),
                new Class<?>[] {Syscalls.class},
                (proxy, method, arguments) ->
                    method.getName().equals("wordBytes")
                        ? (Object) Integer.BYTES
                        : method.invoke(sys, arguments));
    return TestKernel.with(narrow, Replacement.here(), LoneList.fresh());
  }

  private static ByteBuffer use(Recycler recycler) throws HeapException {
    DmaBufOps buffer = recycler.allocate(new TestRequest(4096));
    View view = null;
    try {
      view = buffer.map();
      return view.bytes(0, 4096);
    } finally {
      if (view == null) {
        buffer.release();
      } else {
        buffer.release(view);
      }
    }
  }

  /** Each use takes the memory from the pool, with the mapping that it has: nothing is mapped. */
  @Test
  void memoryThatIsUsedAgainDoesNotMakeAFullListLonger() throws Exception {
    Kernel small = small();
    LinuxMemory linux = new LinuxMemoryService(small);
    Recycler recycler =
        linux.recycler(
            "acme", (what, bytes) -> new TestRequest(bytes).reserveFresh(bytes), linux::memfd);
    recycler.bind(new PlainPool());
    List<ByteBuffer> stale = new ArrayList<>();
    HeapException refusal =
        assertThrows(
            HeapException.class,
            () -> {
              for (int i = 0; i < 2 * SMALL_CAP * RetiredViews.MAX_VIEWS; i++) {
                stale.add(use(recycler));
              }
            });
    assertTrue(refusal.getMessage().contains("drop byte buffers"), refusal.getMessage());
    assertTrue(small.retired().count() <= SMALL_CAP * RetiredViews.MAX_VIEWS + 1);
    recycler.close();
    stale.forEach(bytes -> assertEquals(0, bytes.getInt(0)));
    stale.clear();
    allGone(small);
  }

  @Test
  void whoDropsHisByteBuffersIsNotRefusedHoweverFastTheListFills() throws Exception {
    Kernel small = small();
    DmaBufOps buffer = new LinuxMemoryService(small).memfd(new TestRequest(4096));
    for (int i = 0; i < 16 * RetiredViews.MAX_VIEWS; i++) {
      View view = buffer.map();
      view.bytes(0, 4096).putInt(0, i);
      view.retire();
    }
    buffer.release();
    allGone(small);
  }

  @Test
  void memoryThatStaleWritesTookIsGivenBack() throws Exception {
    DmaBufOps buffer = new LinuxMemoryService(kernel).memfd(new TestRequest(4096));
    writeStale(buffer);
    allGone();
    buffer.release();
  }

  private void writeStale(DmaBufOps buffer) throws Exception {
    View view = buffer.map();
    ByteBuffer stale = view.bytes(0, 4096);
    view.retire();
    Ends.soon(
        "zeros",
        () -> {
          stale.putInt(0, 43);
          kernel.tidy();
          return stale.getInt(0) == 0;
        });
    assertEquals(1, kernel.retired().count());
    assertEquals(0, stale.getInt(0));
  }
}
