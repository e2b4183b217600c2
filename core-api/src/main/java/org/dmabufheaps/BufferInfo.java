// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import org.osgi.dto.DTO;

/** An open handle as it stood when it was asked for. Sizes are in bytes. */
public class BufferInfo extends DTO {
  /** Identifies the handle, unique for the life of the process. */
  public long handleId;

  /** Identifies the memory; handles that share a buffer have the same. */
  public long bufferId;

  /** The symbolic name of the bundle that owns the handle. */
  public String owner = "";

  /** The id of the bundle that owns the handle. */
  public long ownerBundleId;

  /** The account it is charged to besides; empty when there is none. */
  public String account = "";

  /** The name of the heap it came from, or {@code "imported"}. */
  public String heap = "";

  /** The memory it really has. */
  public long sizeBytes;

  /** The label that was set; may be empty. */
  public String label = "";

  /** The time since the handle was opened, in milliseconds. */
  public long ageMillis;

  /** Descriptors exported through this handle that are still open here. */
  public int exportedFds;

  /** CPU accesses that were begun and not ended. */
  public int openAccesses;

  /** Attachments that are not closed. */
  public int attachments;
}
