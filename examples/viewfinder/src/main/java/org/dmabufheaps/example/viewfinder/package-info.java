// SPDX-License-Identifier: Apache-2.0
/** Shows what the camera captures, without a copy. An example, to be copied and changed. */
package org.dmabufheaps.example.viewfinder;
