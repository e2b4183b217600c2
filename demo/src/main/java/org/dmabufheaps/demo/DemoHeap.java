// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.demo;

import java.io.IOException;
import org.dmabufheaps.HeapAllocator;

/** The heap of the demo, that comes and goes. */
interface DemoHeap {

  /**
   * Waits for the heap.
   *
   * @param deadline until when
   * @return its allocator, there at this moment
   * @throws IOException when it has not come by then
   */
  HeapAllocator await(Deadline deadline) throws IOException;

  /** Tells whether the heap is there. */
  boolean isThere();

  /** Its name and backing, for people. */
  String description();

  /**
   * Stops the bundle that provides the heap. What has gone when this returns is up to the caller to
   * check.
   *
   * @throws IOException when the bundle can't be stopped
   */
  void stop() throws IOException;

  /**
   * Starts the bundle again; the heap may come later.
   *
   * @throws IOException when the bundle can't be started
   */
  void start() throws IOException;

  /** The handles that the demo still has open, by the runtime's books. */
  long liveBuffers();
}
