// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.display;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.example.consumer.Device;

/** Properties of a card's parts that are to change at once ({@code DRM_IOCTL_MODE_ATOMIC}). */
final class AtomicRequest {
  private final Resources resources;
  private final Map<Integer, Map<Integer, Long>> objects = new LinkedHashMap<>();

  AtomicRequest(Resources resources) {
    this.resources = resources;
  }

  /**
   * Adds a property.
   *
   * @param object a CRTC, plane or connector
   * @param name of the property
   * @param value what it is to be
   * @return this
   */
  AtomicRequest set(int object, String name, long value) throws HeapException {
    objects
        .computeIfAbsent(object, none -> new LinkedHashMap<>())
        .put(resources.property(object, name), value);
    return this;
  }

  /** Changes all of them, and waits until the card has. */
  void commit(Device device) throws HeapException {
    int properties = objects.values().stream().mapToInt(Map::size).sum();
    ByteBuffer ids = Device.struct(objects.size() * Integer.BYTES);
    ByteBuffer counts = Device.struct(objects.size() * Integer.BYTES);
    ByteBuffer names = Device.struct(properties * Integer.BYTES);
    ByteBuffer values = Device.struct(properties * Long.BYTES);
    objects.forEach(
        (object, wanted) -> {
          ids.putInt(object);
          counts.putInt(wanted.size());
          wanted.forEach(
              (property, value) -> {
                names.putInt(property);
                values.putLong(value);
              });
        });
    ByteBuffer atomic = Device.struct(Drm.Atomic.BYTES);
    atomic
        .putInt(Drm.Atomic.FLAGS, Drm.DRM_MODE_ATOMIC_ALLOW_MODESET)
        .putInt(Drm.Atomic.COUNT_OBJS, objects.size())
        .putLong(Drm.Atomic.OBJS_PTR, Device.address(ids))
        .putLong(Drm.Atomic.COUNT_PROPS_PTR, Device.address(counts))
        .putLong(Drm.Atomic.PROPS_PTR, Device.address(names))
        .putLong(Drm.Atomic.PROP_VALUES_PTR, Device.address(values));
    try {
      device.ioctl("MODE_ATOMIC", Drm.DRM_IOCTL_MODE_ATOMIC, atomic);
    } finally {
      Reference.reachabilityFence(ids);
      Reference.reachabilityFence(counts);
      Reference.reachabilityFence(names);
      Reference.reachabilityFence(values);
    }
  }
}
