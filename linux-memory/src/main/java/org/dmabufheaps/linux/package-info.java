// SPDX-License-Identifier: Apache-2.0
/**
 * Memory of Linux for heaps: dma-heap devices, udmabuf, sealed memfds, and what can be known about
 * descriptors and device nodes. Nothing here has to be used; a heap may own its operations whole.
 *
 * <p>A heap's bundle imports {@code org.dmabufheaps.linux;version="[1.0,2)"}.
 */
@Export
@Version("1.0.0")
package org.dmabufheaps.linux;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
