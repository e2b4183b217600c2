/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept HEAP BYTES: a test of the broker, whose quota of each user is BYTES. Gets all of it, gives it
 * back and keeps it in one way after the other; nothing more may be had until it was let go.
 */
#define _GNU_SOURCE
#include "heaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MILLIS 20000
#define PAUSE_MILLIS 20

static const char *heap;
static uint64_t quota;
static const char *way = "nothing";

static void fail(const char *what, int error) {
  fprintf(stderr, "kept: %s: %s: %s\n", way, what, strerror(error));
  exit(1);
}

static int connection(void) {
  int broker = heaps_connect(NULL);
  if (broker < 0) fail("connecting", -broker);
  return broker;
}

/* What a page more costs: 0, or EDQUOT. */
static int refusal(void) {
  int broker = connection();
  int fd = heaps_allocate(broker, heap, 1, "one more", NULL, NULL);
  if (fd >= 0) close(fd);
  close(broker);
  if (fd < 0 && fd != -EDQUOT) fail("allocating a page", -fd);
  return fd < 0 ? -fd : 0;
}

/* A buffer of all that there may be, once that is there again. */
static int all_of_it(int broker, int64_t *id) {
  struct timespec pause = {.tv_nsec = PAUSE_MILLIS * 1000000L};
  int fd = -EDQUOT;
  for (int left = PATIENCE_MILLIS / PAUSE_MILLIS; left > 0 && fd == -EDQUOT; left--) {
    fd = heaps_allocate(broker, heap, quota, "kept", id, NULL);
    if (fd == -EDQUOT) nanosleep(&pause, NULL);
  }
  if (fd < 0) fail("all that there may be isn't there again", -fd);
  return fd;
}

/* Gets it all and gives it back, by its connection's end or before that. */
static int kept_fd(const char *name, int by_the_end) {
  int64_t id;
  int broker = connection();
  int fd = all_of_it(broker, &id);
  way = name;
  int error = by_the_end ? 0 : heaps_release(broker, id);
  if (error) fail("releasing", -error);
  close(broker);
  return fd;
}

static void is_charged(void) {
  for (int i = 0; i < 5; i++) {
    struct timespec pause = {.tv_nsec = 100 * 1000000L};
    nanosleep(&pause, NULL);
    if (refusal() != EDQUOT) fail("more than the quota", EEXIST);
  }
  printf("%s stays charged\n", way);
}

static void by_descriptor(void) {
  int fd = kept_fd("a descriptor", 0);
  is_charged();
  close(fd);
  fd = kept_fd("a descriptor of a connection that has ended", 1);
  is_charged();
  int other = dup(fd);
  close(fd);
  way = "a duplicate";
  is_charged();
  close(other);
}

static void by_mapping(void) {
  int fd = kept_fd("a mapping", 1);
  void *at = mmap(NULL, quota, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) fail("mapping it", errno);
  close(fd);
  memset(at, 0xa5, quota);
  is_charged();
  if (*((unsigned char *)at + quota - 1) != 0xa5) fail("its last byte", EIO);
  munmap(at, quota);
}

/* A child that was forked keeps it, and ends when its pipe does. */
static void by_child(void) {
  int fd = kept_fd("a child's descriptor", 1), ends[2];
  if (pipe(ends)) fail("a pipe", errno);
  pid_t child = fork();
  if (child < 0) fail("a child", errno);
  if (child == 0) {
    char end;
    close(ends[1]);
    _exit(read(ends[0], &end, 1) == 0 ? 0 : 1);
  }
  close(fd);
  close(ends[0]);
  is_charged();
  close(ends[1]);
  waitpid(child, NULL, 0);
}

/* In flight: sent, and nobody has received it. */
static void by_message(void) {
  int fd = kept_fd("a message in flight", 1), ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) fail("a socket", errno);
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {{0}};
  struct iovec part = {"x", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  struct cmsghdr *c = CMSG_FIRSTHDR(&message);
  *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
                        .cmsg_len = CMSG_LEN(sizeof fd)};
  memcpy(CMSG_DATA(c), &fd, sizeof fd);
  if (sendmsg(ends[0], &message, 0) != 1) fail("sending it", errno);
  close(fd);
  close(ends[0]);
  is_charged();
  close(ends[1]);
}

/* What was closed before it is given back is there again at once. */
static void by_nothing(void) {
  int64_t id;
  int broker = connection();
  close(all_of_it(broker, &id));
  way = "nothing";
  int error = heaps_release(broker, id);
  if (error) fail("releasing", -error);
  if (refusal() != 0) fail("less than the quota", EDQUOT);
  close(broker);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: kept HEAP BYTES\n");
    return 2;
  }
  heap = argv[1];
  quota = strtoull(argv[2], NULL, 10);
  by_descriptor();
  by_mapping();
  by_child();
  by_message();
  by_nothing();
  return 0;
}
