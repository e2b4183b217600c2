// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

import java.nio.file.Path;

/**
 * A device node as it was found.
 *
 * @param path where it was looked for
 * @param usable whether this process could open it
 * @param reason why not, with the node's owner, group and mode where permission was missing; empty
 *     when it is usable
 */
public record DeviceNode(Path path, boolean usable, String reason) {}
