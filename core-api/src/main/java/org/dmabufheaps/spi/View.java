// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A mapping of one buffer. Thread-safe.
 *
 * <p>The mapping must stay mapped while a byte buffer over it is reachable, whatever else happens:
 * an access to an address where nothing is mapped ends the VM.
 */
@ConsumerType
public interface View {

  /**
   * Returns a window on the mapping.
   *
   * @param offset in bytes from the start of the buffer; core has checked the range
   * @param length in bytes
   * @return a byte buffer over exactly that range, in native order
   */
  ByteBuffer bytes(long offset, int length);

  /**
   * Parts the byte buffers from the memory, which goes back: in one step the mapping is replaced by
   * anonymous memory, and that is unmapped when no byte buffer is reachable. Must not throw; a
   * second call does nothing.
   */
  void retire();
}
