// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Takes buffers from their clients. */
final class Revocation {
  private Revocation() {}

  /**
   * Lets no client in any more, then tells devices, then retires views, and only then lets go of
   * the memory. Of what is stuck the other owners' devices and the other heaps' views know nothing.
   */
  static void of(Stream<Handle> handles, String reason, BoundedCalls calls, Deadline deadline) {
    List<Handle> revoked = handles.filter(handle -> handle.bar(reason)).toList();
    Map<Owner, List<Runnable>> devices =
        revoked.stream()
            .collect(
                Collectors.groupingBy(
                    Handle::owner,
                    Collectors.flatMapping(Handle::revokeCallbacks, Collectors.toList())));
    calls.runAll("telling devices that " + reason, devices.values(), deadline);
    // Each heap by itself, so that one that is stuck takes no time from the others. Each of the
    // steps may have a moment after the deadline.
    List<List<Runnable>> heaps =
        revoked.stream().collect(Collectors.groupingBy(Handle::heap)).values().stream()
            .map(ofHeap -> List.<Runnable>of(() -> release(ofHeap, reason, calls, deadline)))
            .toList();
    calls.runAll(
        "taking buffers back, since " + reason,
        heaps,
        deadline.later(3 * BoundedCalls.MOMENT_MILLIS));
  }

  private static void release(
      List<Handle> handles, String reason, BoundedCalls calls, Deadline deadline) {
    calls.runAll("retiring views, since " + reason, List.of(retirements(handles)), deadline);
    calls.runAll("releasing buffers, since " + reason, List.of(settlements(handles)), deadline);
  }

  private static List<Runnable> retirements(List<Handle> handles) {
    return handles.stream().<Runnable>map(handle -> handle::retireView).toList();
  }

  private static List<Runnable> settlements(List<Handle> handles) {
    return handles.stream().<Runnable>map(handle -> handle::settle).toList();
  }
}
