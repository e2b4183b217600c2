// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

/** What a heap may do wrong, and the check of the conformance kit that must notice. */
enum HeapFault {
  GIVES_NULL("an allocation gives a buffer of at least the size asked for"),
  THROWS_ERROR("an allocation gives a buffer of at least the size asked for"),
  SHORT_BUFFER("an allocation gives a buffer of at least the size asked for"),
  BLOCKS("an allocation gives a buffer of at least the size asked for"),
  SIZE_LIES("the size is constant, and what the descriptor has"),
  UNZEROED("memory is zero on arrival"),
  UNZEROED_TAIL("the tail beyond the requested size is zero"),
  UNZEROED_AFTER_REUSE("memory is zero after reuse"),
  SAME_MEMORY_TWICE("two live buffers never share a byte"),
  VIEW_IGNORES_OFFSET("windows beyond 2 GiB show the right bytes"),
  VIEW_IGNORES_LENGTH("the mapping honours the length"),
  EXPORTS_OTHER_KIND("exports are what the property says"),
  NO_CLOEXEC("an exported descriptor is close-on-exec"),
  EXPORTS_OTHER_MEMORY("an exported descriptor sees the same memory"),
  EXPORTS_UNSEALED("an exported memfd can't be shrunk"),
  STALE_VIEW_SEES_OTHERS("a stale byte buffer neither sees nor hurts another"),
  ONE_AT_A_TIME("8 threads allocate at once"),
  LEAKS_DESCRIPTOR("close gives back every descriptor and mapping"),
  KEEPS_MAPPING("close gives back every descriptor and mapping"),
  RELEASE_THROWS("close gives back every descriptor and mapping"),
  LEAKS_WHEN_REFUSING("a refusal leaves books and descriptors as they were"),
  LEAKS_NOW_AND_THEN("repeated allocation leaks nothing");

  final String check;

  HeapFault(String check) {
    this.check = check;
  }
}
