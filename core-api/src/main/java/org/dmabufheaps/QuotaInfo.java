// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps;

import org.osgi.dto.DTO;

/** A quota as it stood when it was asked for, and what is charged to it. Sizes are in bytes. */
public class QuotaInfo extends DTO {
  /** What has it: {@code heap}, {@code bundle} or {@code account}. */
  public String kind = "";

  /** The name of the heap or the account, or the bundle's symbolic name. */
  public String name = "";

  /** What is charged now. A buffer is charged to each bundle with a handle to it, in full. */
  public long usedBytes;

  /** The limit; {@link Long#MAX_VALUE} when there is none. */
  public long limitBytes = Long.MAX_VALUE;
}
