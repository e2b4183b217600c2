// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import org.dmabufheaps.HeapException;

/**
 * The running kernel, and what this bundle has to keep of it.
 *
 * @param sys its system calls
 * @param abi its constants
 * @param pageSize in bytes
 * @param unclosed catches descriptors and mappings that were lost
 * @param retired the mappings that stay until the last byte buffer over them has gone
 * @param physical the physical memory that regions have, or that may not be used again
 */
record Kernel(
    Syscalls sys,
    Abi abi,
    long pageSize,
    Unclosed unclosed,
    RetiredViews retired,
    PhysicalRanges physical) {

  static Kernel of(Syscalls sys) throws HeapException {
    Abi abi = Abi.of(System.getProperty("os.arch"));
    return of(sys, abi, Replacement.here(), LoneList.find());
  }

  /** One that keeps what outlives this bundle here. */
  static Kernel of(Syscalls sys, Abi abi, Replacement replacement, Object... outlives) {
    return new Kernel(
        sys,
        abi,
        sys.getpagesize(),
        new Unclosed(),
        new RetiredViews(sys, abi, replacement, outlives),
        new PhysicalRanges(outlives));
  }

  /** Gives back what was found dead since the last time. */
  void tidy() {
    unclosed.poll();
    retired.poll();
  }
}
