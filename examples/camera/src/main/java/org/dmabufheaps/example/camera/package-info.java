// SPDX-License-Identifier: Apache-2.0
/**
 * A V4L2 camera that captures into buffers of a heap ({@code V4L2_MEMORY_DMABUF}). An example, to
 * be copied and changed.
 */
@Export
@Version("1.0.0")
package org.dmabufheaps.example.camera;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
