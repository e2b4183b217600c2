// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.broker;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dmabufheaps.Errno;

/**
 * The names by which clients offer buffers to one another. Each user has names of its own, and
 * there are those for all; nobody learns of another user's. A buffer has one at most. Thread-safe.
 */
final class Names {
  private static final String NAME = "[A-Za-z0-9_,.@:/-]{1,127}";
  private static final long ROOT = 0;
  private static final long ALL = -1;

  /**
   * A name.
   *
   * @param whose a user's number, or {@link #ALL}
   * @param name within those
   */
  private record Key(long whose, String name) {
    static Key of(int uid, String name) {
      return new Key(Integer.toUnsignedLong(uid), name);
    }
  }

  private final Map<Key, Held> offers = new HashMap<>();
  private final Map<Long, Key> ofBuffer = new HashMap<>();

  /** Offers a user's buffer to the same user and root, or to all. */
  synchronized void publish(String name, Held buffer, int uid, boolean forAll) throws Failure {
    if (!name.matches(NAME)) {
      throw Failure.invalidParameter("name");
    }
    if (ofBuffer.containsKey(buffer.id())) {
      throw Failure.of(
          "NameTaken", Errno.EBUSY, "publishing \"" + name + "\": the buffer has a name already");
    }
    Key key = forAll ? new Key(ALL, name) : Key.of(uid, name);
    if (offers.putIfAbsent(key, buffer) != null) {
      throw Failure.of("NameTaken", Errno.EEXIST, "publishing \"" + name + "\": it is taken");
    }
    ofBuffer.put(buffer.id(), key);
  }

  /**
   * Finds a buffer: the user's own, else one for all, else for root that of the one user who has
   * the name. What another user may not open is not there, as far as it can tell.
   */
  synchronized Held find(String name, int uid) throws Failure {
    Held found = offers.get(Key.of(uid, name));
    if (found == null) {
      found = offers.get(new Key(ALL, name));
    }
    if (found == null && uid == ROOT) {
      found = ofAnybody(name);
    }
    if (found == null) {
      throw Failure.of("NoSuchName", Errno.ENOENT, "opening \"" + name + "\": nobody offers it");
    }
    return found;
  }

  private Held ofAnybody(String name) throws Failure {
    List<Key> keys = offers.keySet().stream().filter(key -> key.name().equals(name)).toList();
    if (keys.size() > 1) {
      throw Failure.of(
          "NoSuchName", Errno.EINVAL, "opening \"" + name + "\": several users offer it");
    }
    return keys.isEmpty() ? null : offers.get(keys.get(0));
  }

  /** Takes back the offer of a buffer, if there is one. */
  synchronized void withdraw(Held buffer) {
    Key key = ofBuffer.remove(buffer.id());
    if (key != null) {
      offers.remove(key);
    }
  }
}
