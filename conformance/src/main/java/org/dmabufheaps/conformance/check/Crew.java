// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.conformance.check;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Threads that do something at the same time. */
final class Crew {
  private final List<FutureTask<Void>> tasks = new ArrayList<>();

  /** What a member does. */
  @FunctionalInterface
  interface Work {
    /** Does it, as member number {@code member}. */
    void run(int member) throws Exception;
  }

  private Crew(int size, Work work) {
    CountDownLatch start = new CountDownLatch(size);
    for (int i = 0; i < size; i++) {
      int member = i;
      tasks.add(
          new FutureTask<>(
              () -> {
                start.countDown();
                start.await();
                work.run(member);
                return null;
              }));
    }
  }

  /** Lets a number of threads work, and passes on the first failure when all have ended. */
  static void work(int size, Work work) throws Exception {
    Crew crew = new Crew(size, work);
    for (FutureTask<Void> task : crew.tasks) {
      Thread thread = new Thread(task, Thread.currentThread().getName());
      thread.setDaemon(true);
      thread.start();
    }
    crew.await();
  }

  private void await() throws Exception {
    Exception first = null;
    for (FutureTask<Void> task : tasks) {
      try {
        task.get();
      } catch (ExecutionException e) {
        first = first == null ? cause(e) : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private static Exception cause(ExecutionException e) {
    return e.getCause() instanceof Exception cause ? cause : e;
  }
}
