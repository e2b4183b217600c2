// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.console;

import org.dmabufheaps.BufferClosedException;
import org.dmabufheaps.HeapException;

/** A command could not do its work. The message is one line and says what to do next. */
final class CommandFailed extends Exception {
  private static final long serialVersionUID = 1L;

  CommandFailed(String message) {
    super(message);
  }

  private CommandFailed(String message, Throwable cause) {
    super(message, cause);
  }

  /** What a command does. */
  @FunctionalInterface
  interface Body {
    /** Does it. */
    void run() throws Exception;
  }

  /** Runs a command; what the API throws becomes one line. */
  static void oneLine(Body body) throws Exception {
    try {
      body.run();
    } catch (HeapException e) {
      throw new CommandFailed(e.getMessage() + next(e), e);
    } catch (BufferClosedException e) {
      throw new CommandFailed(e.getMessage() + "; heap:buffers lists what is open", e);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new CommandFailed(e.getMessage(), e);
    }
  }

  private static String next(HeapException e) {
    return switch (e.errnoName()) {
      case "ENODEV" -> "; heap:list shows the heaps that there are";
      case "ENOMEM", "EDQUOT" -> "; heap:budget and heap:list show what is taken";
      case "EACCES", "EPERM", "ENOENT" -> "; heap:info NAME says what the heap needs";
      case "EMFILE", "ENFILE" -> "; raise the limit on open files (ulimit -n)";
      default -> "";
    };
  }
}
