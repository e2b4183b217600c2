// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.dmabufheaps.bench.source.Source;

/**
 * A file in {@code /dev/shm}, mapped by {@code FileChannel.map} and touched: how shareable memory
 * is made in Java alone.
 */
public final class ShmSource implements Source {
  private static final int PAGE_BYTES = 4096;

  private final Path directory;
  private final FileChannel[] channels = new FileChannel[SLOTS];
  private final MappedByteBuffer[] maps = new MappedByteBuffer[SLOTS];

  /**
   * Makes a source.
   *
   * @throws IOException when there is no {@code /dev/shm}
   */
  public ShmSource() throws IOException {
    directory = Files.createTempDirectory(Path.of("/dev/shm"), "benchmarks-");
  }

  @Override
  public void allocate(int first, int count, long size) throws IOException {
    for (int slot = first; slot < first + count; slot++) {
      FileChannel channel =
          FileChannel.open(
              directory.resolve(Integer.toString(slot)),
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.CREATE_NEW);
      channels[slot] = channel;
      MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
      for (int at = 0; at < size; at += PAGE_BYTES) {
        map.put(at, (byte) 0);
      }
      maps[slot] = map;
    }
  }

  @Override
  public void free(int first, int count) {
    try {
      for (int slot = first; slot < first + count; slot++) {
        Cleaner.free(maps[slot]);
        channels[slot].close();
        Files.delete(directory.resolve(Integer.toString(slot)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ByteBuffer view(int slot) {
    return maps[slot];
  }

  @Override
  public void close() {
    try {
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
