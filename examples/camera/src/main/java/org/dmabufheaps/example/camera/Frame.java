// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.camera;

/**
 * A frame that the camera has written.
 *
 * @param index of the buffer that it is in
 * @param sequence its number as the driver counts, from 0; a gap is a frame that was lost
 * @param bytes how much was written
 */
public record Frame(int index, int sequence, int bytes) {}
