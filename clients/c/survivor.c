/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survivor HEAP: a client whose broker is killed. For each line of its input it looks whether the
 * buffer that it has is what it was, connects again, once there is somebody, and gets another; then it
 * writes a line. Ends with its input.
 */
#define _GNU_SOURCE
#include "heaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BYTES (1 << 20)
#define PATIENCE_MILLIS 60000
#define PAUSE_MILLIS 10

static void fail(const char *what, int error) {
  fprintf(stderr, "survivor: %s: %s\n", what, strerror(error));
  exit(1);
}

static unsigned char *mapped(int fd) {
  unsigned char *bytes = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED) fail("mapping", errno);
  return bytes;
}

static void expect(const unsigned char *bytes, int value) {
  if (bytes[0] != value || memcmp(bytes, bytes + 1, BYTES - 1)) fail("the bytes are others", EIO);
}

/* Connects and allocates, as soon as somebody serves. */
static int allocated(const char *heap, int *broker) {
  struct timespec pause = {.tv_nsec = PAUSE_MILLIS * 1000000L};
  int fd = -ECONNREFUSED;
  for (int left = PATIENCE_MILLIS / PAUSE_MILLIS; left > 0 && fd < 0; left--) {
    *broker = heaps_connect(NULL);
    fd = *broker < 0 ? *broker : heaps_allocate(*broker, heap, BYTES, "survivor", NULL, NULL);
    if (fd < 0 && *broker >= 0) close(*broker);
    if (fd < 0) nanosleep(&pause, NULL);
  }
  if (fd < 0) fail("nobody serves", -fd);
  return fd;
}

int main(int argc, char **argv) {
  char line[64];
  int fd = -1, broker = -1;
  unsigned char *bytes = NULL;
  for (int value = 1; fgets(line, sizeof line, stdin); value = value % 255 + 1) {
    if (bytes) {
      int before = value == 1 ? 255 : value - 1;
      expect(bytes, before); /* the mapping, and the descriptor */
      unsigned char *again = mapped(fd);
      expect(again, before);
      munmap(again, BYTES);
      munmap(bytes, BYTES);
      close(fd);
      close(broker);
    }
    fd = allocated(argc > 1 ? argv[1] : "system", &broker);
    bytes = mapped(fd);
    expect(bytes, 0);
    memset(bytes, value, BYTES);
    puts("ok");
    fflush(stdout);
  }
  return 0;
}
