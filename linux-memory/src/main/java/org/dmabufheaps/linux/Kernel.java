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
 */
record Kernel(Syscalls sys, Abi abi, long pageSize, Unclosed unclosed, RetiredViews retired) {

  static Kernel of(Syscalls sys) throws HeapException {
    Abi abi = Abi.of(System.getProperty("os.arch"));
    return new Kernel(sys, abi, sys.getpagesize(), new Unclosed(), new RetiredViews(sys, abi));
  }

  /** Gives back what was found dead since the last time. */
  void tidy() {
    unclosed.poll();
    retired.poll();
  }
}
