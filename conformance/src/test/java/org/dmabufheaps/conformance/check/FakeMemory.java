// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.nio.ByteBuffer;

/** Memory of the fake machine. */
final class FakeMemory {
  final long inode;
  final long asked;
  final long size;
  private ByteBuffer bytes;
  String label = "";
  boolean mapped;
  int users;

  FakeMemory(long inode, long asked, long size) {
    this.inode = inode;
    this.asked = asked;
    this.size = size;
  }

  /** Most buffers of the leak checks are never touched. */
  synchronized ByteBuffer bytes() {
    if (bytes == null) {
      bytes = ByteBuffer.allocateDirect((int) size);
    }
    return bytes;
  }

  void fill(long from, int value) {
    for (int i = (int) from; i < size; i++) {
      bytes().put(i, (byte) value);
    }
  }
}
