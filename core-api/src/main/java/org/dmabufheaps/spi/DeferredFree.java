// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.spi;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Frees memory off the caller's path. An optional service of prototype scope: one freelist for each
 * heap that asks for one. Not for bounded regions, which late frees fragment. Thread-safe.
 */
@ProviderType
public interface DeferredFree {

  /**
   * Defers a task, or runs it at once when the freelist is full or memory is scarce. Tasks run in
   * the order they came.
   *
   * @param bytes what the task is going to free, for the books
   * @param task frees the memory
   */
  void defer(long bytes, FreeTask task);

  /**
   * Runs the task that has waited longest, in the calling thread, unless that would take long:
   * somebody needs the memory before its turn has come.
   *
   * @param mostBytes what it may free
   * @return whether it was run
   */
  boolean runOne(long mostBytes);

  /**
   * Runs all deferred tasks and returns when they are done. Those that other threads are running
   * are waited for, but not for ever: code that is stuck in one holds up nobody else.
   */
  void flush();

  /**
   * Returns the memory that waits.
   *
   * @return in bytes
   */
  long pendingBytes();

  /**
   * Returns counts, for people to read.
   *
   * @return by name, such as {@code "freelist tasks"}
   */
  Map<String, Long> statistics();
}
