// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;

/**
 * An access by the CPU to a buffer, from {@link DmaBuf#beginCpuAccess} to {@link #close}.
 *
 * <p>Byte buffers are in native byte order, read-only for {@link Access#READ}. They may be kept by
 * mistake: a stale one can neither crash the VM nor see memory of another owner.
 *
 * <p>Thread-safe, as far as byte buffers are.
 */
@ProviderType
public interface CpuAccess extends AutoCloseable {

  /**
   * Returns the whole buffer.
   *
   * @return a byte buffer over all {@link DmaBuf#size()} bytes, position 0
   * @throws BufferClosedException when the access has ended
   * @throws IllegalStateException when the buffer is larger than {@link Integer#MAX_VALUE} bytes:
   *     use {@link #bytes(long, int)}; when the heap's own code fails to give it
   */
  ByteBuffer bytes();

  /**
   * Returns a window on the buffer.
   *
   * @param offset of the first byte, in bytes from the start of the buffer
   * @param length of the window, in bytes
   * @return a byte buffer over that range, position 0
   * @throws IndexOutOfBoundsException when the range is not within the buffer
   * @throws BufferClosedException when the access has ended
   * @throws IllegalStateException when the heap's own code fails to give the window
   */
  ByteBuffer bytes(long offset, int length);

  /**
   * Ends the access. A second call does nothing.
   *
   * @throws HeapException when what the CPU wrote could not be made visible to devices ({@code
   *     EIO}, {@code EINVAL}; {@code EIO} when the heap's own code fails): the data must be taken
   *     as lost
   */
  @Override
  void close() throws HeapException;
}
