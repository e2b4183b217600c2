// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.Set;

/**
 * A client's user and groups, as the kernel knew them when it connected.
 *
 * @param uid the user
 * @param gids the groups
 */
record Who(int uid, Set<Integer> gids) {}
