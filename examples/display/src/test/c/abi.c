// SPDX-License-Identifier: Apache-2.0
// Prints what Drm.java must have (Debian: libdrm-dev has the headers):
// cc -I/usr/include/libdrm abi.c -o abi && ./abi >../resources/org/dmabufheaps/example/display/abi.txt
#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define REQUEST(name) printf("%s %#lx\n", #name, (unsigned long)name)
#define CONSTANT(name) printf("%s %#x\n", #name, (unsigned)name)
#define SIZE(type) printf("sizeof(%s) %#lx\n", #type, sizeof(struct type))
// A member by its last name: "width" for fmt.pix.width.
#define OFFSET(type, member) \
  printf("%s.%s %#lx\n", #type, strrchr("." #member, 0x2e) + 1, offsetof(struct type, member))

int main(void) {
  SIZE(drm_version);
  OFFSET(drm_version, name_len);
  OFFSET(drm_version, name);
  SIZE(drm_set_client_cap);
  OFFSET(drm_set_client_cap, capability);
  OFFSET(drm_set_client_cap, value);
  SIZE(drm_prime_handle);
  OFFSET(drm_prime_handle, handle);
  OFFSET(drm_prime_handle, flags);
  OFFSET(drm_prime_handle, fd);
  SIZE(drm_gem_close);
  OFFSET(drm_gem_close, handle);
  SIZE(drm_mode_card_res);
  OFFSET(drm_mode_card_res, crtc_id_ptr);
  OFFSET(drm_mode_card_res, connector_id_ptr);
  OFFSET(drm_mode_card_res, count_crtcs);
  OFFSET(drm_mode_card_res, count_connectors);
  SIZE(drm_mode_get_connector);
  OFFSET(drm_mode_get_connector, modes_ptr);
  OFFSET(drm_mode_get_connector, count_modes);
  OFFSET(drm_mode_get_connector, connector_id);
  OFFSET(drm_mode_get_connector, connector_type);
  SIZE(drm_mode_modeinfo);
  OFFSET(drm_mode_modeinfo, hdisplay);
  OFFSET(drm_mode_modeinfo, vdisplay);
  SIZE(drm_mode_get_plane_res);
  OFFSET(drm_mode_get_plane_res, plane_id_ptr);
  OFFSET(drm_mode_get_plane_res, count_planes);
  SIZE(drm_mode_obj_get_properties);
  OFFSET(drm_mode_obj_get_properties, props_ptr);
  OFFSET(drm_mode_obj_get_properties, prop_values_ptr);
  OFFSET(drm_mode_obj_get_properties, count_props);
  OFFSET(drm_mode_obj_get_properties, obj_id);
  SIZE(drm_mode_get_property);
  OFFSET(drm_mode_get_property, prop_id);
  OFFSET(drm_mode_get_property, name);
  CONSTANT(DRM_PROP_NAME_LEN);
  SIZE(drm_mode_fb_cmd2);
  OFFSET(drm_mode_fb_cmd2, fb_id);
  OFFSET(drm_mode_fb_cmd2, width);
  OFFSET(drm_mode_fb_cmd2, height);
  OFFSET(drm_mode_fb_cmd2, pixel_format);
  OFFSET(drm_mode_fb_cmd2, handles);
  OFFSET(drm_mode_fb_cmd2, pitches);
  SIZE(drm_mode_create_blob);
  OFFSET(drm_mode_create_blob, data);
  OFFSET(drm_mode_create_blob, length);
  OFFSET(drm_mode_create_blob, blob_id);
  SIZE(drm_mode_atomic);
  OFFSET(drm_mode_atomic, flags);
  OFFSET(drm_mode_atomic, count_objs);
  OFFSET(drm_mode_atomic, objs_ptr);
  OFFSET(drm_mode_atomic, count_props_ptr);
  OFFSET(drm_mode_atomic, props_ptr);
  OFFSET(drm_mode_atomic, prop_values_ptr);
  CONSTANT(DRM_CLIENT_CAP_UNIVERSAL_PLANES);
  CONSTANT(DRM_CLIENT_CAP_ATOMIC);
  CONSTANT(DRM_CLIENT_CAP_WRITEBACK_CONNECTORS);
  CONSTANT(DRM_CLOEXEC);
  CONSTANT(DRM_RDWR);
  CONSTANT(DRM_FORMAT_XRGB8888);
  CONSTANT(DRM_MODE_CONNECTOR_WRITEBACK);
  CONSTANT(DRM_MODE_ATOMIC_ALLOW_MODESET);
  REQUEST(DRM_IOCTL_VERSION);
  REQUEST(DRM_IOCTL_GEM_CLOSE);
  REQUEST(DRM_IOCTL_SET_CLIENT_CAP);
  REQUEST(DRM_IOCTL_PRIME_HANDLE_TO_FD);
  REQUEST(DRM_IOCTL_PRIME_FD_TO_HANDLE);
  REQUEST(DRM_IOCTL_MODE_GETRESOURCES);
  REQUEST(DRM_IOCTL_MODE_GETCONNECTOR);
  REQUEST(DRM_IOCTL_MODE_GETPROPERTY);
  REQUEST(DRM_IOCTL_MODE_RMFB);
  REQUEST(DRM_IOCTL_MODE_GETPLANERESOURCES);
  REQUEST(DRM_IOCTL_MODE_ADDFB2);
  REQUEST(DRM_IOCTL_MODE_OBJ_GETPROPERTIES);
  REQUEST(DRM_IOCTL_MODE_ATOMIC);
  REQUEST(DRM_IOCTL_MODE_CREATEPROPBLOB);
  REQUEST(DRM_IOCTL_MODE_DESTROYPROPBLOB);
}
