// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.itest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;

/**
 * A buffer of more than 2 GiB whose view ignores the offset, as the carveout heap of 2019 did. A
 * sparse file, so that it costs what is touched.
 */
final class SparseOps implements DmaBufOps {
  private final long size;
  private final MappedByteBuffer head;

  SparseOps(long size) throws HeapException {
    this.size = size;
    try {
      Path file = Files.createTempFile("sparse", null);
      try (FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE)) {
        head = channel.map(FileChannel.MapMode.READ_WRITE, 0, Integer.MAX_VALUE);
      }
    } catch (IOException e) {
      throw new HeapException("mapping a sparse file", Errno.ENOMEM, e);
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public View map() {
    return new View() {
      @Override
      public ByteBuffer bytes(long offset, int length) {
        return head.slice(0, length);
      }

      @Override
      public void retire() {}
    };
  }

  @Override
  public void release() {}
}
