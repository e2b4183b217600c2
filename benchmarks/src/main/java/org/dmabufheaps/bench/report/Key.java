// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.bench.report;

/**
 * Names a series of figures.
 *
 * @param row what was done
 * @param subject who did it
 * @param bytes the size of each buffer; 0 where there is none
 * @param unit of the figures
 */
public record Key(String row, String subject, long bytes, String unit) {}
