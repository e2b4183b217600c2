// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.dmabufheaps.Errno;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pieces of a file, mapped in a row, while other threads map and the kernel refuses. */
@ExtendWith(NothingLeft.class)
class MmapTest {
  private static final long PAGE = TestKernel.real().pageSize();
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_FIXED_NOREPLACE = 0x100000;

  /** Every second page of eight. */
  private static final List<Range> PIECES =
      List.of(
          new Range(6 * PAGE, PAGE),
          new Range(4 * PAGE, PAGE),
          new Range(2 * PAGE, PAGE),
          new Range(0, PAGE));

  private final Kernel real = TestKernel.real();
  private final List<Long> strangers = new ArrayList<>();
  private Fd file;

  /** The pieces that were mapped. */
  private int placed;

  @BeforeEach
  void makeFile() throws Exception {
    file = Memfd.create(real, 8 * PAGE, "pieces", Udmabuf.SEALS);
    Mapping all = Mapping.of(real, file, 8 * PAGE, true, "file");
    for (int page = 0; page < 8; page++) {
      all.bytes(page * PAGE, 8).putLong(page);
    }
    all.retire();
  }

  @AfterEach
  void strangersAreAsTheyWere() {
    for (long stranger : strangers) {
      assertEquals(-Errno.EEXIST.number(), anonymous(stranger), "another's mapping is there");
      assertEquals(42, real.sys().buffer(stranger, 8).getLong(), "another's memory");
      assertEquals(0, real.sys().munmap(stranger, PAGE));
    }
    file.close();
  }

  /** What happens in place of mapping a piece, if it returns an error number. */
  private interface OnPiece {
    int map(long address, int piece);
  }

  private long pieces(OnPiece onPiece) {
    Kernel kernel =
        TestKernel.with(
            TestKernel.watched(
                (name, arguments) -> {
                  boolean piece =
                      name.equals("mmap")
                          && ((int) arguments[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
                  return piece ? onPiece.map((long) arguments[0], placed++) : 0;
                }));
    long waiting = kernel.retired().count();
    long address = file.call(fd -> Mmap.pieces(kernel, fd, PIECES, PAGE));
    assertTrue(kernel.retired().count() <= waiting, "all that goes back has gone");
    return address;
  }

  /** Maps memory where another thread's {@code mmap} might come, which finds the hole. */
  private int stranger(long address) {
    assertEquals(address, anonymous(address), "there is a hole");
    real.sys().buffer(address, 8).putLong(42);
    strangers.add(address);
    return 0;
  }

  private long anonymous(long address) {
    return Mmap.anonymous(real.sys(), real.abi(), address, PAGE, MAP_FIXED_NOREPLACE);
  }

  private void assertInTheirOrder(long address) {
    assertTrue(address > 0, "error " + address);
    ByteBuffer row = real.sys().buffer(address, (int) (PIECES.size() * PAGE));
    for (int piece = 0; piece < PIECES.size(); piece++) {
      assertEquals(6 - 2 * piece, row.getLong((int) (piece * PAGE)), "piece " + piece);
    }
    Mmap.giveBack(real, address, PIECES.size() * PAGE);
  }

  @Test
  void piecesAreMappedInTheirOrder() {
    assertInTheirOrder(pieces((address, piece) -> 0));
    assertEquals(PIECES.size(), placed);
  }

  @Test
  void anotherThreadsMappingThatComesIntoTheRowStays() {
    assertInTheirOrder(
        pieces((address, piece) -> piece == 2 || piece == 3 ? stranger(address) : 0));
    assertEquals(2, strangers.size());
  }

  @Test
  void whoIsAlwaysPutOffGivesUp() {
    assertEquals(-Errno.EEXIST.number(), pieces((address, piece) -> stranger(address)));
  }

  @Test
  void aRefusalLeavesNothingMappedAndAnotherThreadsMappingAlone() {
    int enomem = Errno.ENOMEM.number();
    for (int failing = 0; failing < PIECES.size(); failing++) {
      int which = failing;
      placed = 0;
      assertEquals(
          -enomem, pieces((address, piece) -> piece == which ? enomem + stranger(address) : 0));
    }
    assertEquals(PIECES.size(), strangers.size());
  }
}
