/* SPDX-License-Identifier: Apache-2.0 */
/*
 * allocate [HEAP [BYTES [COUNT]]]: gets a buffer from the broker, looks whether it is all zero, writes
 * it, and tells what it got; with COUNT, times that many allocations and releases. Needs libc only.
 */
#define _GNU_SOURCE
#include "heaps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what, int error) {
  fprintf(stderr, "allocate: %s: %s\n", what, strerror(-error));
  exit(1);
}

/* Whether a buffer is zero; afterwards it is not. */
static int was_zero(int fd, uint64_t size) {
  unsigned char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED) fail("mapping the buffer", -errno);
  int zero = bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
  memset(bytes, 0xa5, size);
  munmap(bytes, size);
  return zero;
}

static int by_time(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

/* One allocation and release in microseconds, of which the first is timed. */
static double once(int broker, const char *heap, uint64_t size) {
  int64_t id;
  double begun = now();
  int fd = heaps_allocate(broker, heap, size, "timed", &id, NULL);
  double took = now() - begun;
  if (fd < 0) fail("allocating", fd);
  close(fd);
  int error = heaps_release(broker, id);
  if (error) fail("releasing", error);
  return took;
}

static void measure(int broker, const char *heap, uint64_t size, int count) {
  double *took = malloc(count * sizeof *took);
  if (!took) fail("measuring", -ENOMEM);
  for (int i = 0; i < count; i++) {
    took[i] = once(broker, heap, size);
    usleep(1000);
  }
  qsort(took, count, sizeof *took, by_time);
  printf("%d times %" PRIu64 " bytes of heap %s: median %.1f us, 99%% within %.1f us\n", count, size,
         heap, took[count / 2], took[count * 99 / 100]);
  free(took);
}

int main(int argc, char **argv) {
  const char *heap = argc > 1 ? argv[1] : "system";
  uint64_t size = argc > 2 ? strtoull(argv[2], NULL, 0) : 1 << 20;
  int count = argc > 3 ? atoi(argv[3]) : 0;
  int broker = heaps_connect(NULL);
  if (broker < 0) fail("connecting to the broker ($DMABUF_HEAPS_SOCKET names its socket)", broker);
  if (count > 0) {
    measure(broker, heap, size, count);
    return 0;
  }
  int64_t id;
  uint64_t real;
  int fd = heaps_allocate(broker, heap, size, "example", &id, &real);
  if (fd < 0) fail("allocating", fd);
  int zero = was_zero(fd, real);
  printf("buffer %" PRId64 " of heap %s: %" PRIu64 " bytes, descriptor %d, %s\n", id, heap, real, fd,
         zero ? "all zero" : "NOT ZERO");
  close(fd);
  int error = heaps_release(broker, id);
  if (error) fail("releasing", error);
  return zero ? 0 : 1;
}
