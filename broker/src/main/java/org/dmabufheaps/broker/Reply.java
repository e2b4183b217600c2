// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.List;
import java.util.Map;
import org.dmabufheaps.OwnedFd;

/**
 * An answer.
 *
 * @param parameters what the method returns
 * @param fds go with it, and are closed when it has gone
 */
record Reply(Map<String, Object> parameters, List<OwnedFd> fds) {
  static final Reply EMPTY = of(Map.of());

  static Reply of(Map<String, Object> parameters) {
    return new Reply(parameters, List.of());
  }
}
