// SPDX-License-Identifier: Apache-2.0
/**
 * Checks that a heap keeps its promises, whoever made it.
 *
 * <p>A bundle that runs the kit imports {@code org.dmabufheaps.conformance;version="[1.0,2)"}.
 *
 * <pre>{@code
 * @Reference ConformanceKit kit;
 *
 * Report report = kit.check("acme", Options.standard(), Progress.NONE);
 * if (!report.passed()) {
 *   report.failures().forEach(f -> log.error("{}: {}", f.check(), f.detail()));
 * }
 * }</pre>
 */
@Export
@Version("1.0.0")
package org.dmabufheaps.conformance;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
