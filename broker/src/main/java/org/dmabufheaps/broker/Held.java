// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import org.dmabufheaps.DmaBuf;

/**
 * A buffer that a client has.
 *
 * @param id the client's name for it; never used again
 * @param buffer the handle
 * @param heap whose quota it is charged to
 * @param kind what a descriptor of it is: {@code dma-buf} or {@code memfd}
 * @param charged in bytes
 * @param lent the memory, of which other clients may have buffers, too
 * @param isMaker whether it was made for this client, whose user pays for it until nobody has it
 */
record Held(
    long id, DmaBuf buffer, String heap, String kind, long charged, Lent lent, boolean isMaker) {}
