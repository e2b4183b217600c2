// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.unixfd;

/**
 * Who may connect to a stream, and how much of it one client may have at a time.
 *
 * <p>A client that takes nothing, or gives nothing back, has {@code queueFrames + heldFrames}
 * frames at most; every further frame passes it by. A producer with one more buffer than that for
 * each client always has one to write to.
 *
 * @param mode the socket's permissions, 0600 to 0666
 * @param group who is let in by the mode's second digit, by name or number; empty for the process's
 *     own
 * @param clients how many may be connected, 1 to 1024; the next is sent away at once
 * @param queueFrames how many frames may wait for a client, 1 to 1024; when one more comes, the
 *     oldest of them is dropped for this client
 * @param heldFrames how many frames a client may have that it didn't give back, 1 to 65536; until
 *     it gives one back it is sent none
 */
public record StreamOptions(int mode, String group, int clients, int queueFrames, int heldFrames) {
  private static final int MOST_CLIENTS = 1024;
  private static final int MOST_QUEUED = 1024;
  private static final int MOST_HELD = 65_536;

  /** This user only; 64 clients, each with 4 frames that wait and 16 that it has. */
  public static final StreamOptions DEFAULT = new StreamOptions(0600, "", 64, 4, 16);

  /**
   * Checks the ranges.
   *
   * @param mode as above
   * @param group as above
   * @param clients as above
   * @param queueFrames as above
   * @param heldFrames as above
   */
  public StreamOptions {
    if (mode < 0600 || mode > 0666) {
      throw new IllegalArgumentException(
          "a stream's socket of mode " + Integer.toOctalString(mode));
    }
    if (group == null) {
      throw new IllegalArgumentException("a stream's group is null: empty is the process's own");
    }
    check("clients", clients, MOST_CLIENTS);
    check("frames that wait", queueFrames, MOST_QUEUED);
    check("frames that are held", heldFrames, MOST_HELD);
  }

  private static void check(String what, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "a stream with " + value + " " + what + ", not 1 to " + most);
    }
  }

  /**
   * Sets how much one client may have at a time.
   *
   * @param queue as {@link #queueFrames}
   * @param held as {@link #heldFrames}
   * @return the same but for that
   */
  public StreamOptions frames(int queue, int held) {
    return new StreamOptions(mode, group, clients, queue, held);
  }

  /**
   * Sets who may connect.
   *
   * @param permissions as {@link #mode}
   * @param groupName as {@link #group}
   * @return the same but for that
   */
  public StreamOptions access(int permissions, String groupName) {
    return new StreamOptions(permissions, groupName, clients, queueFrames, heldFrames);
  }
}
