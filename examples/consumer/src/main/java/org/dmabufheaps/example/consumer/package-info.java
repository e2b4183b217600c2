// SPDX-License-Identifier: Apache-2.0
/**
 * What the examples share: a device file, and what a device needs of a heap. No bundle: each
 * example has a copy of this package in its jar.
 */
package org.dmabufheaps.example.consumer;
