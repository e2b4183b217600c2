// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.nio.ByteBuffer;
import java.util.Set;
import org.dmabufheaps.Access;
import org.dmabufheaps.AllocationService;
import org.dmabufheaps.CpuAccess;
import org.dmabufheaps.DmaBuf;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapAllocator;
import org.dmabufheaps.HeapException;
import org.junit.Before;
import org.junit.Test;

/** Every size of the system heap is right or refused, and none is short. */
public class SizesIT extends ContainerTest {
  private static final long PAGE = 4096;
  private static final long GIB = 1L << 30;

  private HeapAllocator heap;

  @Before
  public void findHeap() {
    heap = service(HeapAllocator.class, "(dmabuf.heap.name=system)");
  }

  @Test
  public void sizesThatAreNoneAreRefusedBeforeAnythingIsCalled() {
    AllocationService allocations = service(AllocationService.class, null);
    Object before = books().ofHeap("system", "allocations");
    for (long size : new long[] {0, -1, -PAGE, Long.MIN_VALUE, Long.MAX_VALUE, -1L << 32}) {
      IllegalArgumentException refused =
          assertThrows(
              Long.toString(size), IllegalArgumentException.class, () -> heap.allocate(size));
      assertTrue(refused.getMessage(), refused.getMessage().contains(Long.toString(size)));
      assertThrows(IllegalArgumentException.class, () -> allocations.allocate("system", size));
    }
    assertEquals("the heap was asked", before, books().ofHeap("system", "allocations"));
    assertNothingTaken();
  }

  private void assertNothingTaken() {
    assertEquals(0L, books().ofBudget("takenBytes"));
    assertEquals(0L, books().ofHeap("system", "liveBytes"));
    assertEquals(ProcessState.now().toString(), 0, ProcessState.now().descriptors().size());
  }

  @Test
  public void whatTheMachineHasNotIsRefusedWithTheBudget() {
    Object budget = books().ofBudget("budgetBytes");
    for (long size : new long[] {1L << 62, Long.MAX_VALUE - PAGE, 1L << 50, (Long) budget + 1}) {
      HeapException refused =
          assertThrows(Long.toString(size), HeapException.class, () -> heap.allocate(size));
      assertTrue(refused.getMessage(), Errno.ENOMEM.is(refused));
      assertTrue(refused.getMessage(), refused.getMessage().contains("budget of"));
      assertNothingTaken();
    }
  }

  @Test
  public void whatTheMachineHasButNotNowIsRefusedWithWhatIsLeft() throws Exception {
    long available = Meminfo.availableKb() << 10;
    long budget = (Long) books().ofBudget("budgetBytes");
    assumeTrue("the budget allows more than is there", available < budget);
    HeapException refused = assertThrows(HeapException.class, () -> heap.allocate(budget - PAGE));
    assertTrue(refused.getMessage(), Errno.ENOMEM.is(refused));
    assertTrue(refused.getMessage(), refused.getMessage().contains("the system has"));
    assertNothingTaken();
  }

  @Test
  public void smallSizesAreRoundedToPagesWithAZeroTail() throws HeapException {
    for (long size : new long[] {1, 7, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE - 1, 65536 + 1}) {
      try (DmaBuf buffer = heap.allocate(size);
          CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE)) {
        long rounded = (size + PAGE - 1) / PAGE * PAGE;
        assertEquals(Long.toString(size), rounded, buffer.size());
        ByteBuffer bytes = access.bytes();
        assertEquals(rounded, bytes.capacity());
        assertEquals(
            Long.toString(size), -1, bytes.mismatch(ByteBuffer.allocate(bytes.capacity())));
        bytes.put((int) rounded - 1, (byte) 1);
        assertEquals(rounded, books().ofHeap("system", "liveBytes"));
      }
    }
  }

  @Test
  public void twoGibibytes() throws Exception {
    largeBuffer(2 * GIB);
  }

  @Test
  public void moreThanFourGibibytes() throws Exception {
    largeBuffer(4 * GIB + 16);
  }

  /**
   * Refused where there is no memory for it, and right where there is: both ends of a buffer that
   * no byte buffer covers, and the places where windows change.
   */
  private void largeBuffer(long size) throws Exception {
    DmaBuf large;
    try {
      large = heap.allocate(size);
    } catch (HeapException refused) {
      assertTrue(refused.getMessage(), Errno.ENOMEM.is(refused));
      assertTrue(
          refused.getMessage(), refused.getMessage().matches(".*(budget of|the system has).*"));
      assertNothingTaken();
      return;
    }
    try (DmaBuf buffer = large;
        CpuAccess access = buffer.beginCpuAccess(Access.READ_WRITE)) {
      long real = buffer.size();
      assertTrue(real + " of " + size, real >= size && real < size + 2 * PAGE);
      IllegalStateException whole = assertThrows(IllegalStateException.class, access::bytes);
      assertTrue(whole.getMessage(), whole.getMessage().contains("windows"));
      for (long offset : Set.of(0L, GIB - 8, GIB, 2 * GIB - 2 * PAGE, real - 8)) {
        assertEquals(0, access.bytes(offset, 8).getLong(0));
        access.bytes(offset, 8).putLong(0, ~offset);
      }
      assertWindows(access, real);
      assertOutsideIsRefused(access, real);
      assertEquals(real, books().ofHeap("system", "liveBytes"));
    }
    assertNothingTaken();
  }

  private static void assertWindows(CpuAccess access, long real) {
    ByteBuffer first = access.bytes(0, Integer.MAX_VALUE);
    assertEquals(~0L, first.getLong(0));
    assertEquals(~GIB, first.getLong((int) GIB));
    ByteBuffer last = access.bytes(real - Integer.MAX_VALUE, Integer.MAX_VALUE);
    assertEquals(~(real - 8), last.getLong(Integer.MAX_VALUE - 8));
    ByteBuffer across = access.bytes(GIB - 8, 16);
    assertEquals(~(GIB - 8), across.getLong(0));
    assertEquals(~GIB, across.getLong(8));
    ByteBuffer tail = access.bytes(real - PAGE, (int) PAGE - 8);
    assertEquals("the tail is zero", -1, tail.mismatch(ByteBuffer.allocate((int) PAGE - 8)));
    assertEquals(0, access.bytes(real, 0).capacity());
  }

  private static void assertOutsideIsRefused(CpuAccess access, long real) {
    assertThrows(IndexOutOfBoundsException.class, () -> access.bytes(real - 7, 8));
    assertThrows(IndexOutOfBoundsException.class, () -> access.bytes(-1, 8));
    assertThrows(IndexOutOfBoundsException.class, () -> access.bytes(0, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> access.bytes(Long.MAX_VALUE, 8));
  }
}
