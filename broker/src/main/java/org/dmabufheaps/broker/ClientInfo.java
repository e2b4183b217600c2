// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A client as it stood when it was asked for.
 *
 * @param uid its user
 * @param pid its process, when it connected
 * @param bytes in its buffers
 * @param buffers how many
 * @param ageMillis since it connected
 * @param releasedBytes of buffers that it has released and that somebody may have still
 */
record ClientInfo(int uid, int pid, long bytes, int buffers, long ageMillis, long releasedBytes) {

  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("uid", Integer.toUnsignedLong(uid));
    json.put("pid", pid);
    json.put("bytes", bytes);
    json.put("buffers", buffers);
    json.put("ageMillis", ageMillis);
    json.put("releasedBytes", releasedBytes);
    return json;
  }
}
