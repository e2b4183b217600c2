// SPDX-License-Identifier: Apache-2.0
// A client by sd-varlink alone: asks for a buffer, maps it, imports it again, releases it.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <systemd/sd-json.h>
#include <systemd/sd-varlink.h>
#include <unistd.h>

#define CHECK(good, what)                                            \
  do {                                                               \
    if (!(good)) {                                                   \
      fprintf(stderr, "%s: %s\n", what, error ? error : strerror(-r)); \
      return 1;                                                      \
    }                                                                \
  } while (0)

static uint64_t number(sd_json_variant *reply, const char *key) {
  return sd_json_variant_unsigned(sd_json_variant_by_key(reply, key));
}

int main(int count, char **arguments) {
  sd_varlink *link = NULL;
  sd_json_variant *reply = NULL;
  const char *error = NULL;
  int r = -EINVAL;
  CHECK(count == 2, "usage: sd-client SOCKET");
  r = sd_varlink_connect_address(&link, arguments[1]);
  CHECK(r >= 0, "connecting");
  r = sd_varlink_set_allow_fd_passing_input(link, 1);
  CHECK(r >= 0, "taking descriptors");
  r = sd_varlink_set_allow_fd_passing_output(link, 1);
  CHECK(r >= 0, "passing descriptors");

  r = sd_varlink_callbo(link, "org.dmabufheaps.Allocate", &reply, &error,
                        SD_JSON_BUILD_PAIR_STRING("heap", "system"),
                        SD_JSON_BUILD_PAIR_INTEGER("size", 5000),
                        SD_JSON_BUILD_PAIR_STRING("label", "sd-client"));
  CHECK(r >= 0 && !error, "Allocate");
  uint64_t id = number(reply, "id"), size = number(reply, "size");
  int fd = sd_varlink_take_fd(link, number(reply, "fileDescriptor"));
  CHECK((r = fd) >= 0, "the descriptor");
  unsigned char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  r = -errno;
  CHECK(bytes != MAP_FAILED, "mmap");
  r = -EIO;
  for (uint64_t i = 0; i < size; i++) CHECK(bytes[i] == 0, "a byte is not zero");
  memset(bytes, 0xa5, size);

  r = sd_varlink_push_dup_fd(link, fd);
  CHECK(r >= 0, "pushing the descriptor");
  r = sd_varlink_callbo(link, "org.dmabufheaps.Import", &reply, &error,
                        SD_JSON_BUILD_PAIR_INTEGER("fileDescriptor", r));
  CHECK(r >= 0 && !error, "Import");
  CHECK(number(reply, "size") == size, "the size of what was imported");

  munmap(bytes, size);
  close(fd);
  r = sd_varlink_callbo(link, "org.dmabufheaps.Release", &reply, &error,
                        SD_JSON_BUILD_PAIR_UNSIGNED("id", id));
  CHECK(r >= 0 && !error, "Release");
  r = sd_varlink_callbo(link, "org.dmabufheaps.Release", &reply, &error,
                        SD_JSON_BUILD_PAIR_UNSIGNED("id", id));
  if (r < 0 || !error || strcmp(error, "org.dmabufheaps.NoSuchBuffer")) {
    fprintf(stderr, "a second Release: %s\n", error ? error : "no error");
    return 1;
  }
  printf("sd-varlink: %llu bytes allocated, imported, released\n", (unsigned long long)size);
  sd_varlink_unref(link);
  return 0;
}
