// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.dmabufheaps.spi.DmaBufOps;
import org.dmabufheaps.spi.View;
import org.osgi.service.log.Logger;

/** Gives a heap's memory back, whatever state the heap's bundle is in. */
final class Release {
  private Release() {}

  /**
   * Releases a buffer. If that fails, which it does when a class is needed of a bundle that has
   * been uninstalled, the platform's buffer underneath is released.
   */
  static void of(DmaBufOps ops, String heap, Logger log) {
    try {
      ops.release();
    } catch (Throwable t) {
      log.error("heap {}: releasing a buffer failed, trying the platform's part of it", heap, t);
      platformOf(ops, heap, log);
    }
  }

  /** Releases a buffer and its last view, which is retired before the platform's part goes. */
  static void of(DmaBufOps ops, View last, String heap, Logger log) {
    try {
      ops.release(last);
    } catch (Throwable t) {
      log.error("heap {}: releasing a buffer failed, trying the platform's part of it", heap, t);
      retire(last, log);
      platformOf(ops, heap, log);
    }
  }

  /** Retires a view, which does nothing if it was retired. */
  static void retire(View view, Logger log) {
    try {
      view.retire();
    } catch (Throwable t) {
      log.error("retiring a view failed, its address space is lost", t);
    }
  }

  private static void platformOf(DmaBufOps ops, String heap, Logger log) {
    try {
      DmaBufOps platform = ops.platform();
      if (platform != ops) {
        platform.release();
      }
    } catch (Throwable t) {
      log.error("heap {}: releasing the platform's part of a buffer failed, it is lost", heap, t);
    }
  }
}
