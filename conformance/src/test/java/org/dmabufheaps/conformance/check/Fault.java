// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

/** What a fake may do wrong, and the check that must notice. */
enum Fault {
  NULL("an allocation gives a buffer of at least the size asked for"),
  ERROR("an allocation gives a buffer of at least the size asked for"),
  SHORT("an allocation gives a buffer of at least the size asked for"),
  BLOCKS("an allocation gives a buffer of at least the size asked for"),
  WRONG_NAME("an allocation gives a buffer of at least the size asked for"),
  SIZE_LIES("the size is constant, and what the descriptor has"),
  SIZE_GROWS("the size is constant, and what the descriptor has"),
  LAST_PAGE_MISSING("every byte up to the size can be read and written"),
  ACCEPTS_ZERO("sizes of zero, below zero and beyond rounding are misuse"),
  ODD_SIZE("1, page-1, page, page+1 and more are never short"),
  TRUNCATES_TO_INT("2 GiB and more is right or refused, never short"),
  TAKES_ALL("a huge request is refused for want of memory"),
  DIRTY("memory is zero on arrival"),
  DIRTY_TAIL("the tail beyond the requested size is zero"),
  DIRTY_AFTER_REUSE("memory is zero after reuse"),
  DIRTY_SMALL("32 x 4 KiB filled and freed come back zero"),
  DIRTY_LARGE("32 x 1 MiB filled and freed come back zero"),
  SAME_MEMORY_TWICE("two live buffers never share a byte"),
  IGNORES_OFFSET("the mapping honours the offset"),
  IGNORES_LENGTH("the mapping honours the length"),
  NO_BOUNDS("windows beyond the buffer are refused"),
  WRITABLE_READ("a read access is read-only, in native order"),
  FOREIGN_ORDER("a read access is read-only, in native order"),
  DOES_NOT_NEST("CPU access nests and overlaps"),
  ENDED_GIVES_BYTES("an ended access gives no bytes"),
  EXPORTS_OTHER_KIND("exports are what the property says"),
  EXPORTS_AGAINST_PROPERTY("exports are what the property says"),
  NO_CLOEXEC("an exported descriptor is close-on-exec"),
  ONE_INODE("an inode identifies a buffer"),
  EXPORTS_OTHER_MEMORY("an exported descriptor sees the same memory"),
  EXPORT_DIES_WITH_HANDLE("memory survives in a descriptor after close"),
  UNSEALED("an exported memfd can't be shrunk"),
  SHARED_CLOSES_ALL("sharing gives an independent handle"),
  LOSES_LABEL("a label is in the books and in fdinfo"),
  LOSES_ATTACHMENT("an attachment is in the books until it is closed"),
  SECOND_CLOSE_THROWS("close is idempotent"),
  SECOND_CLOSE_FREES_AGAIN("racing closes free a buffer once"),
  USE_AFTER_CLOSE("use after close is refused"),
  STALE_SEES_OTHERS("a stale byte buffer neither sees nor hurts another"),
  ONE_AT_A_TIME("8 threads allocate at once"),
  LEAKS_FD("close gives back every descriptor and mapping"),
  KEEPS_MAPPING("close gives back every descriptor and mapping"),
  REFUSAL_LEAKS("a refusal leaves books and descriptors as they were"),
  LEAKS_NOW_AND_THEN("repeated allocation leaks nothing"),
  NOT_CONTIGUOUS("a contiguous buffer is one physical block");

  final String check;

  Fault(String check) {
    this.check = check;
  }
}
