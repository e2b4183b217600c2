// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance;

import java.time.Duration;

/**
 * The result of one check.
 *
 * @param check its name, a sentence that holds for a heap that passes
 * @param outcome how it ended
 * @param detail of a failure, what was expected and what was seen; of a skip, why; of a pass, what
 *     could not be tried; may be empty
 * @param took how long it took
 */
public record Result(String check, Outcome outcome, String detail, Duration took) {}
