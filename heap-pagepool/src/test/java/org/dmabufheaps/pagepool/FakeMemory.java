// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.pagepool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import org.dmabufheaps.spi.Recyclable;
import org.dmabufheaps.spi.View;

/** Memory that knows whether somebody has it, and whether it was released. */
final class FakeMemory implements Recyclable {
  private final long size;
  private final AtomicInteger users = new AtomicInteger();
  private final AtomicInteger releases = new AtomicInteger();

  FakeMemory(long size) {
    this.size = size;
  }

  /** Somebody takes it from the pool, and must be the only one. */
  void taken() {
    assertEquals(1, users.incrementAndGet(), "two have the same memory");
    assertEquals(0, releases.get(), "it was released");
  }

  /** Whoever took it gives it back. */
  void givenBack() {
    users.decrementAndGet();
  }

  boolean isReleased() {
    return releases.get() > 0;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public View map() {
    throw new AssertionError("a pool maps nothing");
  }

  @Override
  public boolean heldElsewhere() {
    throw new AssertionError("a pool does not prove");
  }

  @Override
  public void clear() {
    throw new AssertionError("a pool does not clear");
  }

  @Override
  public void release() {
    assertEquals(1, releases.incrementAndGet(), "released twice");
    assertEquals(0, users.get(), "somebody has it");
  }
}
