// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.core;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The configuration of core, PID {@code org.dmabufheaps.core}. Sizes are in bytes. */
@ObjectClassDefinition(
    name = "dmabuf-heaps core",
    description = "Budget, quotas and limits of all heaps. A change keeps books and buffers.")
public @interface CoreConfig {

  /**
   * The budget.
   *
   * @return in bytes; 0 for four fifths of the machine's memory
   */
  @AttributeDefinition(
      name = "Budget",
      description =
          "The most that all heaps together may take, in bytes; 0 for four fifths of the machine's"
              + " memory, or of the control group's limit",
      min = "0")
  long total_max_bytes() default 0;

  /**
   * What the rest of the system keeps.
   *
   * @return in bytes; 0 for a twentieth of the machine's memory, at least 64 MiB
   */
  @AttributeDefinition(
      name = "Reserve",
      description =
          "What is always left to the rest of the system, in bytes; 0 for a twentieth of the"
              + " machine's memory, at least 64 MiB",
      min = "0")
  long reserve_bytes() default 0;

  /**
   * The quota of each heap.
   *
   * @return in bytes; 0 for none
   */
  @AttributeDefinition(
      name = "Quota of a heap",
      description = "The most live bytes of each heap; 0 for no limit",
      min = "0")
  long heap_max_bytes() default 0;

  /**
   * The quota of each bundle.
   *
   * @return in bytes; 0 for none
   */
  @AttributeDefinition(
      name = "Quota of a bundle",
      description = "The most bytes in handles of each bundle; 0 for no limit",
      min = "0")
  long bundle_max_bytes() default 0;

  /**
   * The quota of each account.
   *
   * @return in bytes; 0 for none
   */
  @AttributeDefinition(
      name = "Quota of an account",
      description = "The most bytes in handles of each account; 0 for no limit",
      min = "0")
  long account_max_bytes() default 0;

  /**
   * Quotas by name.
   *
   * @return entries such as {@code bundle:com.acme.camera=67108864}
   */
  @AttributeDefinition(
      name = "Quotas by name",
      description =
          "heap:NAME=BYTES, bundle:SYMBOLIC-NAME=BYTES or account:NAME=BYTES, in place of the"
              + " general ones",
      required = false)
  String[] quotas() default {};

  /**
   * The limit for calls into a heap that leaves.
   *
   * @return in milliseconds, 10 to 600000
   */
  @AttributeDefinition(
      name = "Limit for calls",
      description =
          "How long a call into a heap or a callback is waited for when a heap leaves, in"
              + " milliseconds; then it is reported as stuck",
      min = "10",
      max = "600000")
  long call_limit_millis() default 5000;

  /**
   * Whether leak reports tell where.
   *
   * @return whether handles remember the stack that opened them
   */
  @AttributeDefinition(
      name = "Stacks in leak reports",
      description = "Remember where each handle was opened, for the report when its bundle stops")
  boolean leak_stacks() default false;
}
