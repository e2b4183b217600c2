// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.List;

/** Every check, in the order in which they run: what later ones rest on comes first. */
final class Catalogue {
  /** Without it no other check can be run. */
  static final String FIRST = "an allocation gives a buffer of at least the size asked for";

  static final List<Check> CHECKS =
      List.of(
          new Check(FIRST, Sizes::allocationGivesBuffer),
          new Check("every byte up to the size can be read and written", Sizes::allReachable),
          new Check("the size is constant, and what the descriptor has", Sizes::constant),
          new Check("sizes of zero, below zero and beyond rounding are misuse", Sizes::misuse),
          new Check("1, page-1, page, page+1 and more are never short", Sizes::aroundPages),
          new Check("2 GiB and more is right or refused, never short", Sizes::beyondInt),
          new Check("windows beyond 2 GiB show the right bytes", Sizes::windowsBeyondInt),
          new Check("a huge request is refused for want of memory", Sizes::huge),
          new Check("memory is zero on arrival", Contents::zeroOnArrival),
          new Check("the tail beyond the requested size is zero", Contents::zeroTail),
          new Check("memory is zero after reuse", Contents::zeroAfterReuse),
          new Check("32 x 4 KiB filled and freed come back zero", Contents::smallOnesComeBackZero),
          new Check("32 x 1 MiB filled and freed come back zero", Contents::largeOnesComeBackZero),
          new Check("two live buffers never share a byte", Contents::distinct),
          new Check("the mapping honours the offset", Mappings::honoursOffset),
          new Check("the mapping honours the length", Mappings::honoursLength),
          new Check("windows beyond the buffer are refused", Mappings::bounds),
          new Check("a read access is read-only, in native order", Mappings::readOnly),
          new Check("CPU access nests and overlaps", Mappings::nests),
          new Check("an ended access gives no bytes", Mappings::ended),
          new Check("exports are what the property says", Exports::kind),
          new Check("an exported descriptor is close-on-exec", Exports::closeOnExec),
          new Check("an inode identifies a buffer", Exports::inode),
          new Check("an exported descriptor sees the same memory", Exports::sameMemory),
          new Check("memory survives in a descriptor after close", Exports::survives),
          new Check("an exported memfd can't be shrunk", Exports::sealed),
          new Check("a descriptor travels over a socket", Travel::overSocket),
          new Check("sharing gives an independent handle", Lifetime::sharing),
          new Check("a label is in the books and in fdinfo", Lifetime::label),
          new Check("an attachment is in the books until it is closed", Lifetime::attachment),
          new Check("close is idempotent", Lifetime::closeTwice),
          new Check("use after close is refused", Lifetime::useAfterClose),
          new Check("a stale byte buffer neither sees nor hurts another", Lifetime::stale),
          new Check("racing closes free a buffer once", Races::closes),
          new Check("8 threads allocate at once", Races::allocations),
          new Check("close gives back every descriptor and mapping", Leaks::close),
          new Check("a refusal leaves books and descriptors as they were", Leaks::refusal),
          new Check("repeated allocation leaks nothing", Leaks::repeated),
          new Check("a contiguous buffer is one physical block", Contiguity::oneBlock));

  private Catalogue() {}
}
