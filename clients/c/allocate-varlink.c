/* SPDX-License-Identifier: Apache-2.0 */
/* allocate-varlink [HEAP [BYTES]]: the same by sd-varlink (libsystemd 257 or later). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-json.h>
#include <systemd/sd-varlink.h>
#include <unistd.h>

static int fail(const char *what, int error) {
  fprintf(stderr, "allocate-varlink: %s: %s\n", what, strerror(-error));
  return 1;
}

int main(int argc, char **argv) {
  const char *socket = getenv("DMABUF_HEAPS_SOCKET");
  sd_varlink *broker = NULL;
  sd_json_variant *reply = NULL;
  const char *refusal = NULL;
  int error = sd_varlink_connect_address(&broker, socket ? socket : "/run/dmabuf-heaps/org.dmabufheaps");
  if (error >= 0) error = sd_varlink_set_allow_fd_passing_input(broker, 1);
  if (error < 0) return fail("connecting", error);
  error = sd_varlink_callbo(
      broker, "org.dmabufheaps.Allocate", &reply, &refusal,
      SD_JSON_BUILD_PAIR_STRING("heap", argc > 1 ? argv[1] : "system"),
      SD_JSON_BUILD_PAIR_UNSIGNED("size", argc > 2 ? strtoull(argv[2], NULL, 0) : 1 << 20));
  if (error < 0) return fail("allocating", error);
  if (refusal) {
    sd_json_variant *message = sd_json_variant_by_key(reply, "message");
    fprintf(stderr, "allocate-varlink: %s: %s\n", refusal, message ? sd_json_variant_string(message) : "");
    return 1;
  }
  uint64_t index = sd_json_variant_unsigned(sd_json_variant_by_key(reply, "fileDescriptor"));
  uint64_t size = sd_json_variant_unsigned(sd_json_variant_by_key(reply, "size"));
  int fd = sd_varlink_take_fd(broker, index);
  if (fd < 0) return fail("taking the descriptor", fd);
  printf("%llu bytes, descriptor %d\n", (unsigned long long)size, fd);
  close(fd);
  sd_varlink_unref(broker);
  return 0;
}
