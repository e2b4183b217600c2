// SPDX-License-Identifier: Apache-2.0
/** Buffers from the broker of another Java VM. */
package org.dmabufheaps.example.remote;
