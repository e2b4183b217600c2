// SPDX-License-Identifier: Apache-2.0
/**
 * A display that shows buffers of a heap, and writes back what it showed. An example, to be copied
 * and changed.
 */
@Export
@Version("1.0.0")
package org.dmabufheaps.example.display;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
