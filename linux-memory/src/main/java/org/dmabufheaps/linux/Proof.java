// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.linux;

/**
 * Whether a slice may be used again.
 *
 * @param verdict what follows
 * @param reason who holds it, or why that can't be known; empty when nobody does
 */
record Proof(Verdict verdict, String reason) {
  static final Proof FREE = new Proof(Verdict.FREE, "");
  static final Proof RENEW = new Proof(Verdict.RENEW, "");

  /** What follows. */
  enum Verdict {
    /** Nobody else holds it. */
    FREE,
    /** Its pages may be pinned, and nobody holds it in any other way: it needs fresh ones. */
    RENEW,
    /** Somebody may hold it: to be asked again. */
    HELD,
    /** That nobody holds it can never be proved. */
    NEVER
  }

  static Proof held(String reason) {
    return new Proof(Verdict.HELD, reason);
  }

  static Proof never(String reason) {
    return new Proof(Verdict.NEVER, reason);
  }
}
