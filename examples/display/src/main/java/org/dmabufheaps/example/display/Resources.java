// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.display;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dmabufheaps.Errno;
import org.dmabufheaps.HeapException;
import org.dmabufheaps.example.consumer.Device;

/**
 * Asks a card for its parts. Each request is made twice, as its structures want it: once for how
 * many there are, once for what they are.
 */
final class Resources {
  private static final int[] NONE = {};

  private final Device device;

  Resources(Device device) {
    this.device = device;
  }

  /**
   * A property of a part of the card.
   *
   * @param id for atomic requests
   * @param value what it is
   */
  record Property(int id, long value) {}

  int[] crtcs() throws HeapException {
    return resources(Drm.Resources.COUNT_CRTCS, Drm.Resources.CRTC_ID_PTR);
  }

  int[] connectors() throws HeapException {
    return resources(Drm.Resources.COUNT_CONNECTORS, Drm.Resources.CONNECTOR_ID_PTR);
  }

  private int[] resources(int count, int pointer) throws HeapException {
    return ids(
        "MODE_GETRESOURCES",
        Drm.DRM_IOCTL_MODE_GETRESOURCES,
        Device.struct(Drm.Resources.BYTES),
        Device.struct(Drm.Resources.BYTES),
        count,
        pointer);
  }

  int[] planes() throws HeapException {
    return ids(
        "MODE_GETPLANERESOURCES",
        Drm.DRM_IOCTL_MODE_GETPLANERESOURCES,
        Device.struct(Drm.PlaneResources.BYTES),
        Device.struct(Drm.PlaneResources.BYTES),
        Drm.PlaneResources.COUNT_PLANES,
        Drm.PlaneResources.PLANE_ID_PTR);
  }

  private int[] ids(
      String what, long request, ByteBuffer first, ByteBuffer second, int count, int pointer)
      throws HeapException {
    device.ioctl(what, request, first);
    int found = first.getInt(count);
    if (found == 0) {
      return NONE;
    }
    ByteBuffer ids = Device.struct(found * Integer.BYTES);
    second.putInt(count, found).putLong(pointer, Device.address(ids));
    device.ioctl(what, request, second);
    int[] result = new int[Math.min(found, second.getInt(count))];
    ids.asIntBuffer().get(result);
    return result;
  }

  /** Tells whether a connector writes back, instead of leading to a monitor. */
  boolean isWriteback(int connector) throws HeapException {
    return connector(connector, 0, null).getInt(Drm.Connector.CONNECTOR_TYPE)
        == Drm.DRM_MODE_CONNECTOR_WRITEBACK;
  }

  /**
   * Finds a mode.
   *
   * @return a {@code struct drm_mode_modeinfo}, or null
   */
  ByteBuffer mode(int connector, int width, int height) throws HeapException {
    int count = connector(connector, 0, null).getInt(Drm.Connector.COUNT_MODES);
    if (count == 0) {
      return null;
    }
    ByteBuffer modes = Device.struct(count * Drm.ModeInfo.BYTES);
    connector(connector, count, modes);
    for (int i = 0; i < count; i++) {
      int at = i * Drm.ModeInfo.BYTES;
      if (modes.getShort(at + Drm.ModeInfo.HDISPLAY) == width
          && modes.getShort(at + Drm.ModeInfo.VDISPLAY) == height) {
        return Device.struct(Drm.ModeInfo.BYTES).put(0, modes, at, Drm.ModeInfo.BYTES);
      }
    }
    return null;
  }

  private ByteBuffer connector(int id, int count, ByteBuffer modes) throws HeapException {
    ByteBuffer connector = Device.struct(Drm.Connector.BYTES);
    connector.putInt(Drm.Connector.CONNECTOR_ID, id);
    if (modes != null) {
      connector
          .putInt(Drm.Connector.COUNT_MODES, count)
          .putLong(Drm.Connector.MODES_PTR, Device.address(modes));
    }
    device.ioctl("MODE_GETCONNECTOR " + id, Drm.DRM_IOCTL_MODE_GETCONNECTOR, connector);
    return connector;
  }

  /** Returns the properties of a CRTC, plane or connector, by their names. */
  Map<String, Property> properties(int object) throws HeapException {
    ByteBuffer first = Device.struct(Drm.ObjectProperties.BYTES);
    String what = "MODE_OBJ_GETPROPERTIES " + object;
    first.putInt(Drm.ObjectProperties.OBJ_ID, object);
    device.ioctl(what, Drm.DRM_IOCTL_MODE_OBJ_GETPROPERTIES, first);
    int count = first.getInt(Drm.ObjectProperties.COUNT_PROPS);
    ByteBuffer ids = Device.struct(Math.max(1, count) * Integer.BYTES);
    ByteBuffer values = Device.struct(Math.max(1, count) * Long.BYTES);
    ByteBuffer second = Device.struct(Drm.ObjectProperties.BYTES);
    second
        .putInt(Drm.ObjectProperties.OBJ_ID, object)
        .putInt(Drm.ObjectProperties.COUNT_PROPS, count)
        .putLong(Drm.ObjectProperties.PROPS_PTR, Device.address(ids))
        .putLong(Drm.ObjectProperties.PROP_VALUES_PTR, Device.address(values));
    device.ioctl(what, Drm.DRM_IOCTL_MODE_OBJ_GETPROPERTIES, second);
    Map<String, Property> properties = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(count, second.getInt(Drm.ObjectProperties.COUNT_PROPS)); i++) {
      int id = ids.getInt(i * Integer.BYTES);
      properties.put(name(id), new Property(id, values.getLong(i * Long.BYTES)));
    }
    return properties;
  }

  private String name(int property) throws HeapException {
    ByteBuffer asked = Device.struct(Drm.Property.BYTES);
    asked.putInt(Drm.Property.PROP_ID, property);
    device.ioctl("MODE_GETPROPERTY " + property, Drm.DRM_IOCTL_MODE_GETPROPERTY, asked);
    byte[] name = new byte[Drm.DRM_PROP_NAME_LEN];
    asked.get(Drm.Property.NAME, name);
    return new String(name, StandardCharsets.UTF_8).replaceFirst("\0.*", "");
  }

  /** Returns the id of a property that an object must have. */
  int property(int object, String name) throws HeapException {
    Property property = properties(object).get(name);
    if (property == null) {
      throw new HeapException(
          "looking for the property " + name + " of object " + object + " of " + device,
          Errno.ENOTSUP);
    }
    return property.id();
  }
}
