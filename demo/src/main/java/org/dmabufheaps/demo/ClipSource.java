// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import org.dmabufheaps.Access;
import org.dmabufheaps.CpuAccess;

/**
 * Writes the frames of a clip.
 *
 * @param frames the clip
 */
record ClipSource(Clip frames) implements FrameSource {
  @Override
  public int next(Ring ring, int frame) throws IOException {
    int slot = Ring.slot(frame);
    try (CpuAccess cpu = ring.handle(slot).beginCpuAccess(Access.WRITE)) {
      cpu.bytes().put(frames.frame(frame));
    }
    return slot;
  }
}
