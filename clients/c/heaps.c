/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "heaps.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int bind_abstract(int connection, const char *name) {
  struct sockaddr_un own = {.sun_family = AF_UNIX};
  size_t length = strlen(name);
  if (length >= sizeof own.sun_path) return -ENAMETOOLONG;
  memcpy(own.sun_path + 1, name, length);
  socklen_t bytes = offsetof(struct sockaddr_un, sun_path) + 1 + length;
  return bind(connection, (struct sockaddr *)&own, bytes) < 0 ? -errno : 0;
}

int heaps_connect_as(const char *path, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *from = path ? path : getenv("DMABUF_HEAPS_SOCKET");
  if (!from) from = HEAPS_SOCKET;
  if (strlen(from) >= sizeof address.sun_path) return -ENAMETOOLONG;
  strcpy(address.sun_path, from);
  int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return -errno;
  int error = name ? bind_abstract(connection, name) : 0;
  if (!error && connect(connection, (struct sockaddr *)&address, sizeof address) < 0)
    error = -errno;
  if (!error) return connection;
  close(connection);
  return error;
}

int heaps_connect(const char *path) { return heaps_connect_as(path, NULL); }

/* For a program that made the connection non-blocking. */
static void wait_for(int connection, short events) {
  struct pollfd polled = {connection, events, 0};
  poll(&polled, 1, -1);
}

/* Sends a request with its NUL. */
static int send_all(int connection, const char *request) {
  size_t left = strlen(request) + 1;
  while (left > 0) {
    ssize_t sent = send(connection, request, left, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR && errno != EAGAIN) return -errno;
    if (sent < 0 && errno == EAGAIN) wait_for(connection, POLLOUT);
    if (sent < 0) continue;
    request += sent;
    left -= sent;
  }
  return 0;
}

/* Keeps the first descriptor of a message, and closes what else came. */
static void take_descriptors(struct msghdr *message, int *descriptor) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    int count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (int i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      if (*descriptor < 0)
        *descriptor = fd;
      else
        close(fd);
    }
  }
}

/* Receives an answer up to its NUL, and its descriptor, -1 when it has none. */
static int receive(int connection, char *answer, int *descriptor) {
  size_t length = 0;
  *descriptor = -1;
  do {
    union {
      char bytes[CMSG_SPACE(4 * sizeof(int))];
      struct cmsghdr align;
    } control;
    struct iovec part = {answer + length, HEAPS_MESSAGE - length};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EAGAIN) wait_for(connection, POLLIN);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    int error = got < 0 ? -errno : got == 0 ? -ECONNRESET : 0;
    if (!error) take_descriptors(&message, descriptor);
    length += error ? 0 : got;
    if (!error && length == HEAPS_MESSAGE && answer[length - 1]) error = -EMSGSIZE;
    if (error) {
      if (*descriptor >= 0) close(*descriptor);
      *descriptor = -1;
      return error;
    }
  } while (length == 0 || answer[length - 1]);
  return 0;
}

/* The text after "key":, NULL when the answer does not have it. Names of heaps have no quotes. */
static const char *find(const char *answer, const char *key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char *at = strstr(answer, quoted);
  return at ? at + strlen(quoted) : NULL;
}

static long long number(const char *answer, const char *key, long long otherwise) {
  const char *at = find(answer, key);
  return at ? strtoll(at, NULL, 10) : otherwise;
}

/*
 * One call; -errno as the broker tells it, EPROTO when it tells none. When the exchange itself fails
 * the connection ends, since an answer that comes later would be taken for the next one.
 */
static int call(int connection, const char *request, char *answer, int *descriptor) {
  int error = send_all(connection, request);
  if (!error) error = receive(connection, answer, descriptor);
  if (error) shutdown(connection, SHUT_RDWR);
  if (!error && find(answer, "error")) {
    error = -(int)number(answer, "errno", EPROTO);
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
  }
  return error;
}

/* Whether a text can stand in JSON as it is. */
static int is_plain(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\') return 0;
  return 1;
}

int heaps_allocate(int connection, const char *heap, uint64_t size, const char *label, int64_t *id,
                   uint64_t *real_size) {
  char request[1024];
  if (!is_plain(heap) || !is_plain(label) || size == 0 || size > INT64_MAX) return -EINVAL;
  int length = snprintf(request, sizeof request,
                        "{\"method\":\"org.dmabufheaps.Allocate\",\"parameters\":"
                        "{\"heap\":\"%s\",\"size\":%llu,\"label\":\"%s\"}}",
                        heap, (unsigned long long)size, label);
  if (length >= (int)sizeof request) return -EINVAL;
  char *answer = malloc(HEAPS_MESSAGE);
  if (!answer) return -ENOMEM;
  int descriptor;
  int error = call(connection, request, answer, &descriptor);
  if (!error && descriptor < 0) error = -EPROTO;
  if (!error && id) *id = number(answer, "id", -1);
  if (!error && real_size) *real_size = number(answer, "size", 0);
  free(answer);
  return error ? error : descriptor;
}

int heaps_release(int connection, int64_t id) {
  char request[128];
  snprintf(request, sizeof request,
           "{\"method\":\"org.dmabufheaps.Release\",\"parameters\":{\"id\":%lld}}", (long long)id);
  char *answer = malloc(HEAPS_MESSAGE);
  if (!answer) return -ENOMEM;
  int descriptor;
  int error = call(connection, request, answer, &descriptor);
  if (!error && descriptor >= 0) close(descriptor);
  free(answer);
  return error;
}

/* Hands on each text of a JSON list of texts. */
static int each_text(const char *list, int (*each)(const char *, void *), void *data) {
  int result = 0;
  while (!result && (*list == '[' || *list == ',')) {
    char text[64];
    int length = 0;
    if (sscanf(list + 1, "\"%63[^\"]\"%n", text, &length) != 1 || length == 0) break;
    result = each(text, data);
    list += 1 + length;
  }
  return result;
}

/* Hands on the name of a heap and its aliases, unless its buffers have no descriptors. */
static int each_name(const char *heap, int (*each)(const char *, void *), void *data) {
  char name[64];
  const char *exports = find(heap, "exports");
  if (sscanf(heap, "\"%63[^\"]\"", name) != 1) return -EPROTO;
  if (exports && strncmp(exports, "\"none\"", 6) == 0) return 0;
  const char *aliases = find(heap, "aliases");
  int result = each(name, data);
  return result || !aliases ? result : each_text(aliases, each, data);
}

int heaps_list(int connection, int (*each)(const char *, void *), void *data) {
  char *answer = malloc(HEAPS_MESSAGE);
  if (!answer) return -ENOMEM;
  int descriptor;
  int result =
      call(connection, "{\"method\":\"org.dmabufheaps.ListHeaps\"}", answer, &descriptor);
  if (!result && descriptor >= 0) close(descriptor);
  char *at = result ? NULL : (char *)find(answer, "name");
  while (!result && at) {
    char *next = (char *)find(at, "name");
    if (next) next[-1] = 0; /* ends what is told of this heap */
    result = each_name(at, each, data);
    at = next;
  }
  free(answer);
  return result;
}
