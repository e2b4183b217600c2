// SPDX-License-Identifier: Apache-2.0
package org.dmabufheaps.example.display;

import org.dmabufheaps.example.consumer.Ioctl;

/**
 * What of {@code include/uapi/drm/drm.h}, {@code drm_mode.h} and {@code drm_fourcc.h} is used:
 * requests, constants, and the offsets of structures' members where a {@code long} has 64 bits.
 */
final class Drm {
  private Drm() {}

  /** {@code struct drm_version}. */
  static final class Version {
    static final int BYTES = 64;
    static final int NAME_LEN = 16;
    static final int NAME = 24;

    private Version() {}
  }

  /** {@code struct drm_set_client_cap}. */
  static final class ClientCap {
    static final int BYTES = 16;
    static final int CAPABILITY = 0;
    static final int VALUE = 8;

    private ClientCap() {}
  }

  /** {@code struct drm_prime_handle}. */
  static final class Prime {
    static final int BYTES = 12;
    static final int HANDLE = 0;
    static final int FLAGS = 4;
    static final int FD = 8;

    private Prime() {}
  }

  /** {@code struct drm_gem_close}. */
  static final class GemClose {
    static final int BYTES = 8;
    static final int HANDLE = 0;

    private GemClose() {}
  }

  /** {@code struct drm_mode_card_res}. */
  static final class Resources {
    static final int BYTES = 64;
    static final int CRTC_ID_PTR = 8;
    static final int CONNECTOR_ID_PTR = 16;
    static final int COUNT_CRTCS = 36;
    static final int COUNT_CONNECTORS = 40;

    private Resources() {}
  }

  /** {@code struct drm_mode_get_connector}. */
  static final class Connector {
    static final int BYTES = 80;
    static final int MODES_PTR = 8;
    static final int COUNT_MODES = 32;
    static final int CONNECTOR_ID = 48;
    static final int CONNECTOR_TYPE = 52;

    private Connector() {}
  }

  /** {@code struct drm_mode_modeinfo}. */
  static final class ModeInfo {
    static final int BYTES = 68;
    static final int HDISPLAY = 4;
    static final int VDISPLAY = 14;

    private ModeInfo() {}
  }

  /** {@code struct drm_mode_get_plane_res}. */
  static final class PlaneResources {
    static final int BYTES = 16;
    static final int PLANE_ID_PTR = 0;
    static final int COUNT_PLANES = 8;

    private PlaneResources() {}
  }

  /** {@code struct drm_mode_obj_get_properties}. */
  static final class ObjectProperties {
    static final int BYTES = 32;
    static final int PROPS_PTR = 0;
    static final int PROP_VALUES_PTR = 8;
    static final int COUNT_PROPS = 16;
    static final int OBJ_ID = 20;

    private ObjectProperties() {}
  }

  /** {@code struct drm_mode_get_property}. */
  static final class Property {
    static final int BYTES = 64;
    static final int PROP_ID = 16;
    static final int NAME = 24;

    private Property() {}
  }

  /** {@code struct drm_mode_fb_cmd2}. */
  static final class Framebuffer {
    static final int BYTES = 104;
    static final int FB_ID = 0;
    static final int WIDTH = 4;
    static final int HEIGHT = 8;
    static final int PIXEL_FORMAT = 12;
    static final int HANDLES = 20;
    static final int PITCHES = 36;

    private Framebuffer() {}
  }

  /** {@code struct drm_mode_create_blob}. */
  static final class Blob {
    static final int BYTES = 16;
    static final int DATA = 0;
    static final int LENGTH = 8;
    static final int BLOB_ID = 12;

    private Blob() {}
  }

  /** {@code struct drm_mode_atomic}. */
  static final class Atomic {
    static final int BYTES = 56;
    static final int FLAGS = 0;
    static final int COUNT_OBJS = 4;
    static final int OBJS_PTR = 8;
    static final int COUNT_PROPS_PTR = 16;
    static final int PROPS_PTR = 24;
    static final int PROP_VALUES_PTR = 32;

    private Atomic() {}
  }

  static final int DRM_CLIENT_CAP_UNIVERSAL_PLANES = 2;
  static final int DRM_CLIENT_CAP_ATOMIC = 3;
  static final int DRM_CLIENT_CAP_WRITEBACK_CONNECTORS = 5;
  static final int DRM_CLOEXEC = 0x80000;
  static final int DRM_RDWR = 2;
  static final int DRM_FORMAT_XRGB8888 = 0x34325258;
  static final int DRM_MODE_CONNECTOR_WRITEBACK = 18;
  static final int DRM_PROP_NAME_LEN = 32;
  static final int DRM_MODE_ATOMIC_ALLOW_MODESET = 0x400;

  static final long DRM_IOCTL_VERSION = Ioctl.iowr('d', 0x00, Version.BYTES);
  static final long DRM_IOCTL_GEM_CLOSE = Ioctl.iow('d', 0x09, GemClose.BYTES);
  static final long DRM_IOCTL_SET_CLIENT_CAP = Ioctl.iow('d', 0x0d, ClientCap.BYTES);
  static final long DRM_IOCTL_PRIME_HANDLE_TO_FD = Ioctl.iowr('d', 0x2d, Prime.BYTES);
  static final long DRM_IOCTL_PRIME_FD_TO_HANDLE = Ioctl.iowr('d', 0x2e, Prime.BYTES);
  static final long DRM_IOCTL_MODE_GETRESOURCES = Ioctl.iowr('d', 0xa0, Resources.BYTES);
  static final long DRM_IOCTL_MODE_GETCONNECTOR = Ioctl.iowr('d', 0xa7, Connector.BYTES);
  static final long DRM_IOCTL_MODE_GETPROPERTY = Ioctl.iowr('d', 0xaa, Property.BYTES);
  static final long DRM_IOCTL_MODE_RMFB = Ioctl.iowr('d', 0xaf, Integer.BYTES);
  static final long DRM_IOCTL_MODE_GETPLANERESOURCES = Ioctl.iowr('d', 0xb5, PlaneResources.BYTES);
  static final long DRM_IOCTL_MODE_ADDFB2 = Ioctl.iowr('d', 0xb8, Framebuffer.BYTES);
  static final long DRM_IOCTL_MODE_OBJ_GETPROPERTIES =
      Ioctl.iowr('d', 0xb9, ObjectProperties.BYTES);
  static final long DRM_IOCTL_MODE_ATOMIC = Ioctl.iowr('d', 0xbc, Atomic.BYTES);
  static final long DRM_IOCTL_MODE_CREATEPROPBLOB = Ioctl.iowr('d', 0xbd, Blob.BYTES);
  static final long DRM_IOCTL_MODE_DESTROYPROPBLOB = Ioctl.iowr('d', 0xbe, Integer.BYTES);
}
