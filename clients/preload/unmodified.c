/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that knows nothing but /dev/dma_heap, for the tests of preload.so: it lists the heaps,
 * allocates from each, by a duplicate too, after a fork and after an exec, and from two threads.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int allocated(int heap, uint64_t size, const char *what) {
  struct dma_heap_allocation_data wish = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};
  if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &wish) < 0) fail(what);
  if (lseek(wish.fd, 0, SEEK_END) < (off_t)size) fail("the buffer's size");
  if (!(fcntl(wish.fd, F_GETFD) & FD_CLOEXEC)) fail("close on exec");
  return wish.fd;
}

static void allocate(int heap, const char *what) { close(allocated(heap, 5000, what)); }

/* What the kernel refuses is refused with its errno. */
static void refused(int heap, struct dma_heap_allocation_data wish, int error) {
  if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &wish) != -1 || errno != error) fail("a refusal");
}

/* More than a user may have at a time. */
static void *many(void *heap) {
  for (int i = 0; i < 100; i++) close(allocated(*(int *)heap, 2 << 20, "by two threads"));
  return NULL;
}

static void by_two_threads(int heap) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, many, &heap)) fail("a thread");
  many(&heap);
  pthread_join(thread, NULL);
}

/* The child starts this program again, which gets the heap by its number. */
static void by_a_child(int heap) {
  char number[16];
  snprintf(number, sizeof number, "%d", heap);
  pid_t child = fork();
  if (child == 0) {
    allocate(heap, "by a child");
    execl("/proc/self/exe", "unmodified", number, NULL);
    fail("exec");
  }
  int status;
  if (waitpid(child, &status, 0) != child || status != 0) fail("the child");
}

static void try(const char *name) {
  char path[300];
  snprintf(path, sizeof path, "/dev/dma_heap/%s", name);
  int opened = open(path, O_RDWR);
  if (opened < 0) fail(path);
  int heap = dup(opened);
  close(opened);
  allocate(heap, "by a duplicate");
  by_two_threads(heap);
  int kept = allocated(heap, 1, "one that is kept");
  by_a_child(heap);
  close(kept);
  allocate(heap, "after the child");
  refused(heap, (struct dma_heap_allocation_data){.len = 0}, EINVAL);
  refused(heap, (struct dma_heap_allocation_data){.len = 1, .fd = 3}, EINVAL);
  refused(heap, (struct dma_heap_allocation_data){.len = 1, .heap_flags = 1}, EINVAL);
  refused(heap, (struct dma_heap_allocation_data){.len = 1, .fd_flags = O_APPEND}, EINVAL);
  close(heap);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    allocate(atoi(argv[1]), "after exec");
    return 0;
  }
  DIR *directory = opendir("/dev/dma_heap");
  if (!directory) fail("/dev/dma_heap");
  int heaps = 0;
  struct dirent *entry;
  while ((entry = readdir(directory)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    try(entry->d_name);
    puts(entry->d_name);
    heaps++;
  }
  closedir(directory);
  if (open("/dev/dma_heap/nobody", O_RDWR) >= 0 || errno != ENOENT) fail("a heap that is not there");
  return heaps > 0 ? 0 : 1;
}
