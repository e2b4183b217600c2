// SPDX-License-Identifier: Apache-2.0
/**
 * What clients use: ask a heap for memory, access it, hand it to devices and other processes.
 *
 * <p>A bundle that calls this package imports {@code org.dmabufheaps;version="[1.0,2)"}. Nobody but
 * the core bundle implements its service types; a bundle that does so for a test imports {@code
 * version="[1.0,1.1)"}.
 *
 * <pre>{@code
 * @Reference(target = "(dmabuf.heap.name=system)")
 * HeapAllocator heap;
 *
 * try (DmaBuf frame = heap.allocate(1920 * 1080 * 4)) {
 *   try (CpuAccess cpu = frame.beginCpuAccess(Access.WRITE)) {
 *     cpu.bytes().putInt(0, 0xff0000ff);
 *   }
 *   try (OwnedFd fd = frame.exportFd()) {
 *     socket.send(ByteBuffer.wrap(header), fd);
 *   }
 * }
 * }</pre>
 */
@Export
@Version("1.0.0")
package org.dmabufheaps;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
