// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One {@code struct msghdr} with one range of bytes and room for descriptors, laid out by the size
 * of a word ({@code sendmsg(2)}, {@code recvmsg(2)}, {@code cmsg(3)}).
 */
final class Message {
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_CTRUNC = 8;

  private final int word;
  private final ByteBuffer msghdr;
  private final ByteBuffer iovec;
  private final ByteBuffer control;

  /** Kept for its memory, which the message points to. */
  @SuppressWarnings("UnusedVariable")
  private ByteBuffer bytes;

  private final Syscalls sys;

  /** Makes a message with room for so many descriptors. */
  Message(Syscalls sys, int maxFds) {
    this.sys = sys;
    word = sys.wordBytes();
    msghdr = Call.struct(7 * word);
    iovec = Call.struct(2 * word);
    // Exactly so long, not rounded up: the kernel would put one more descriptor into the padding.
    control = Call.struct(maxFds == 0 ? 0 : headerBytes() + maxFds * Integer.BYTES);
    putWord(msghdr, 2 * word, sys.address(iovec));
    putWord(msghdr, 3 * word, 1);
  }

  /** {@code CMSG_LEN(0)}: {@code cmsg_len}, {@code cmsg_level} and {@code cmsg_type}. */
  private int headerBytes() {
    return word + 2 * Integer.BYTES;
  }

  private void putWord(ByteBuffer struct, int offset, long value) {
    if (word == Long.BYTES) {
      struct.putLong(offset, value);
    } else {
      struct.putInt(offset, (int) value);
    }
  }

  private long getWord(ByteBuffer struct, int offset) {
    return word == Long.BYTES
        ? struct.getLong(offset)
        : Integer.toUnsignedLong(struct.getInt(offset));
  }

  /** Points the message to a direct buffer's bytes from 0 to its limit. */
  private void point(ByteBuffer direct) {
    bytes = direct;
    putWord(iovec, 0, sys.address(direct));
    putWord(iovec, word, direct.limit());
  }

  private void pointToControl(int length) {
    putWord(msghdr, 4 * word, length == 0 ? 0 : sys.address(control));
    putWord(msghdr, 5 * word, length);
    msghdr.putInt(6 * word, 0);
  }

  /** Prepares for sending; returns the {@code struct msghdr}. */
  ByteBuffer toSend(ByteBuffer direct, int[] fds) {
    point(direct);
    int length = fds.length == 0 ? 0 : headerBytes() + fds.length * Integer.BYTES;
    pointToControl(length);
    if (length > 0) {
      putWord(control, 0, length);
      control.putInt(word, SOL_SOCKET).putInt(word + Integer.BYTES, SCM_RIGHTS);
      for (int i = 0; i < fds.length; i++) {
        control.putInt(headerBytes() + i * Integer.BYTES, fds[i]);
      }
    }
    return msghdr;
  }

  /** Prepares for receiving; returns the {@code struct msghdr}. */
  ByteBuffer toReceive(ByteBuffer direct) {
    point(direct);
    pointToControl(control.capacity());
    return msghdr;
  }

  /** Tells whether descriptors came that had no room. */
  boolean truncated() {
    return (msghdr.getInt(6 * word) & MSG_CTRUNC) != 0;
  }

  /** Returns the numbers of the descriptors that came. */
  List<Integer> received() {
    List<Integer> numbers = new ArrayList<>();
    int end = (int) getWord(msghdr, 5 * word);
    int at = 0;
    while (at + headerBytes() <= end) {
      int length = (int) getWord(control, at);
      if (length < headerBytes()) {
        return numbers;
      }
      boolean rights =
          control.getInt(at + word) == SOL_SOCKET
              && control.getInt(at + word + Integer.BYTES) == SCM_RIGHTS;
      for (int fd = at + headerBytes(); rights && fd + 4 <= at + length; fd += Integer.BYTES) {
        numbers.add(control.getInt(fd));
      }
      at += (length + word - 1) & -word;
    }
    return numbers;
  }
}
