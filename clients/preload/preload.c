/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LD_PRELOAD library: a program that opens /dev/dma_heap/NAME and calls DMA_HEAP_IOCTL_ALLOC is
 * served by the broker of dmabuf-heaps, and need not be changed, nor may open the device. Without
 * a broker, and for names that it does not have, the device is opened as before.
 *
 * The descriptor of such a heap is a connection to the broker, which counts the buffers until they
 * or it are closed. The name to which our end of it is bound tells the heap and who opened it, so
 * that closing, dup, fork and exec of heaps need no care. A buffer's first close tells the broker;
 * its memory stays for whoever has a duplicate or a mapping.
 *
 * Refusals are those of drivers/dma-buf/dma-heap.c. Not served: a buffer that shall be read only
 * (it can be written), and directory listings by scandir and nftw, which libc does by itself.
 */
#define _GNU_SOURCE
#include "../c/heaps.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DIRECTORY "/dev/dma_heap"
#define NAME_BYTES 64
#define OURS "dmabuf-heaps/"
#define TMPFS_MAGIC 0x01021994

/* An open heap, as the name of its descriptor tells. */
struct heap {
  pid_t opener;
  unsigned number;
  char name[NAME_BYTES];
};

/* A buffer until its descriptor is closed. */
struct buffer {
  struct buffer *next;
  int fd, heap_fd;
  struct heap heap;
  int64_t id;
};

/* A listing of the directory; a program gets it as a DIR. */
struct listing {
  struct listing *next;
  size_t count, at;
  struct dirent *entries;
};

/* Held for a few instructions, with all signals blocked: a handler may close a descriptor. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct listing *listings; /* guarded by lock */
static struct buffer *buffers;   /* changed under lock */
static struct buffer *closed;    /* changed under lock: the broker is to be told of these */

/* Held over a request and its answer: two threads may use one heap. */
static pthread_mutex_t exchange = PTHREAD_MUTEX_INITIALIZER;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void hold(sigset_t *before) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, before);
  pthread_mutex_lock(&lock);
}

static void let_go(const sigset_t *before) {
  pthread_mutex_unlock(&lock);
  pthread_sigmask(SIG_SETMASK, before, NULL);
}

static void lock_before_fork(void) { pthread_mutex_lock(&lock); }
static void unlock_after_fork(void) { pthread_mutex_unlock(&lock); }

/* What the parent's threads held nobody holds here; its buffers are the parent's to release. */
static void renew_in_child(void) {
  lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  exchange = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
  buffers = closed = NULL;
}

__attribute__((constructor)) static void watch_forks(void) {
  pthread_atfork(lock_before_fork, unlock_after_fork, renew_in_child);
}

/* The heap's name in a path, NULL when it is no heap's. */
static const char *heap_name(const char *path) {
  size_t length = strlen(DIRECTORY);
  if (!path || strncmp(path, DIRECTORY, length) != 0 || path[length] != '/') return NULL;
  const char *name = path + length + 1;
  size_t rest = strlen(name);
  return rest == 0 || rest >= NAME_BYTES || strchr(name, '/') ? NULL : name;
}

static int is_it(const char *name, void *wanted) { return strcmp(name, wanted) == 0; }

/* Connects for a heap. The number makes the name of our end a new one. */
static int connect_for(const char *name) {
  static unsigned number;
  int connection;
  do {
    char own[32 + NAME_BYTES];
    unsigned next = __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
    snprintf(own, sizeof own, "%s%d/%u/%s", OURS, getpid(), next, name);
    connection = heaps_connect_as(NULL, own);
  } while (connection == -EADDRINUSE);
  return connection;
}

/* A descriptor for a heap of the broker, or -errno. */
static int open_heap(const char *name, int flags) {
  int connection = connect_for(name);
  if (connection < 0) return connection;
  int found = heaps_list(connection, is_it, (void *)name);
  int error = found > 0 ? 0 : found < 0 ? found : -ENOENT;
  if (!error && !(flags & O_CLOEXEC) && fcntl(connection, F_SETFD, 0) < 0) error = -errno;
  if (!error) return connection;
  close(connection);
  return error;
}

/* Tries the broker; -1 tells that the path is to be opened as ever. */
static int try_broker(const char *path, int flags) {
  const char *name = heap_name(path);
  if (!name || (flags & O_PATH)) return -1;
  int before = errno;
  int connection = open_heap(name, flags);
  errno = before;
  return connection < 0 ? -1 : connection;
}

static mode_t mode_of(int flags, va_list rest) {
  return flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                \
  int name(const char *path, int flags, ...) {    \
    va_list rest;                                 \
    va_start(rest, flags);                        \
    mode_t mode = mode_of(flags, rest);           \
    va_end(rest);                                 \
    int heap = try_broker(path, flags);           \
    return heap >= 0 ? heap : NEXT(name)(path, flags, mode); \
  }

#define OPENAT(name)                                    \
  int name(int at, const char *path, int flags, ...) {  \
    va_list rest;                                       \
    va_start(rest, flags);                              \
    mode_t mode = mode_of(flags, rest);                 \
    va_end(rest);                                       \
    int heap = try_broker(path, flags);                 \
    return heap >= 0 ? heap : NEXT(name)(at, path, flags, mode); \
  }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* What a program that was built with _FORTIFY_SOURCE calls. */
int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags) { return open64(path, flags); }
int __openat_2(int at, const char *path, int flags) { return openat(at, path, flags); }
int __openat64_2(int at, const char *path, int flags) { return openat64(at, path, flags); }

/* Whether a descriptor is a heap of ours, and which. */
static bool is_heap(int fd, struct heap *heap) {
  struct sockaddr_un own = {0};
  socklen_t bytes = sizeof own - 1;
  return getsockname(fd, (struct sockaddr *)&own, &bytes) == 0 && own.sun_family == AF_UNIX &&
         own.sun_path[0] == 0 &&
         sscanf(own.sun_path + 1, OURS "%d/%u/%63s", &heap->opener, &heap->number, heap->name) == 3;
}

/* After a fork the connection is the parent's: the child gets one of its own in its place. */
static int reconnect(int fd, struct heap *heap) {
  int flags = fcntl(fd, F_GETFD);
  int own = connect_for(heap->name);
  if (own < 0) return own;
  int error = dup3(own, fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0) < 0 ? -errno : 0;
  close(own);
  return !error && !is_heap(fd, heap) ? -EBADF : error;
}

/* As the kernel checks it; an older program's structure is shorter, and the rest is zero. */
static int check(const struct dma_heap_allocation_data *wish) {
  bool known = (wish->fd_flags & ~(uint32_t)(O_CLOEXEC | O_ACCMODE)) == 0;
  return wish->fd == 0 && known && wish->heap_flags == 0 && wish->len != 0 ? 0 : -EINVAL;
}

/* Notes a buffer, to release it when it is closed. */
static void note(int fd, int heap_fd, const struct heap *heap, int64_t id) {
  struct buffer *buffer = malloc(sizeof *buffer);
  if (!buffer) return; /* it is released with its heap, then */
  sigset_t before;
  hold(&before);
  *buffer = (struct buffer){buffers, fd, heap_fd, *heap, id};
  buffers = buffer;
  let_go(&before);
}

/* The program's name, as far as it can stand in a message. */
static void label(char *text, size_t bytes) {
  snprintf(text, bytes, "%s", program_invocation_short_name);
  for (; *text; text++)
    if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\') *text = '_';
}

/* Allocates; once more when the broker was started anew meanwhile. */
static int from_broker(int fd, struct heap *heap, uint64_t bytes, int64_t *id) {
  char name[100];
  label(name, sizeof name);
  int buffer = heaps_allocate(fd, heap->name, bytes, name, id, NULL);
  if (buffer != -EPIPE && buffer != -ECONNRESET) return buffer;
  int error = reconnect(fd, heap);
  return error ? error : heaps_allocate(fd, heap->name, bytes, name, id, NULL);
}

static int allocate(int fd, struct heap *heap, void *argument, size_t bytes) {
  struct dma_heap_allocation_data wish = {0};
  int64_t id;
  if (!argument) return -EFAULT;
  memcpy(&wish, argument, bytes < sizeof wish ? bytes : sizeof wish);
  int error = check(&wish);
  if (!error && heap->opener != getpid()) error = reconnect(fd, heap);
  if (error) return error;
  int buffer = from_broker(fd, heap, wish.len, &id);
  if (buffer < 0) return buffer;
  if (!(wish.fd_flags & O_CLOEXEC)) fcntl(buffer, F_SETFD, 0);
  note(buffer, fd, heap, id);
  wish.fd = buffer;
  memcpy(argument, &wish, bytes < sizeof wish ? bytes : sizeof wish);
  return 0;
}

/* Moves a buffer that is being closed to those of which the broker is to be told. */
static void note_close(int fd) {
  sigset_t before;
  hold(&before);
  struct buffer **at = &buffers;
  while (*at && ((*at)->fd != fd || (*at)->heap.opener != getpid())) at = &(*at)->next;
  struct buffer *buffer = *at;
  if (buffer) {
    *at = buffer->next;
    buffer->next = closed;
    __atomic_store_n(&closed, buffer, __ATOMIC_RELAXED);
  }
  let_go(&before);
}

static struct buffer *all_closed(void) {
  sigset_t before;
  hold(&before);
  struct buffer *all = closed;
  __atomic_store_n(&closed, NULL, __ATOMIC_RELAXED);
  let_go(&before);
  return all;
}

/* Tells the broker, as long as the heap is open at the place where it was. */
static void release(const struct buffer *buffer) {
  struct heap now;
  if (is_heap(buffer->heap_fd, &now) && now.number == buffer->heap.number &&
      now.opener == buffer->heap.opener)
    heaps_release(buffer->heap_fd, buffer->id);
}

/* Tells of what was closed. Whoever is at an exchange does it afterwards: nobody waits for that. */
static void release_closed(void) {
  while (__atomic_load_n(&closed, __ATOMIC_RELAXED) && pthread_mutex_trylock(&exchange) == 0) {
    struct buffer *buffer = all_closed();
    while (buffer) {
      struct buffer *next = buffer->next;
      release(buffer);
      free(buffer);
      buffer = next;
    }
    pthread_mutex_unlock(&exchange);
  }
}

int close(int fd) {
  if (!__atomic_load_n(&buffers, __ATOMIC_RELAXED)) return NEXT(close)(fd);
  note_close(fd);
  int result = NEXT(close)(fd);
  int before = errno;
  release_closed();
  errno = before;
  return result;
}

/* Whether the request is for a heap of ours; then *result is what the caller gets, or -errno. */
static bool heap_ioctl(int fd, unsigned long request, void *argument, int *result) {
  struct heap heap;
  if (_IOC_TYPE(request) != DMA_HEAP_IOC_MAGIC || !is_heap(fd, &heap)) return false;
  if (_IOC_NR(request) != _IOC_NR(DMA_HEAP_IOCTL_ALLOC)) {
    *result = -EINVAL;
    return true;
  }
  pthread_mutex_lock(&exchange);
  *result = allocate(fd, &heap, argument, _IOC_SIZE(request));
  pthread_mutex_unlock(&exchange);
  release_closed();
  return true;
}

/* A heap whose buffers are memfds gives memory that needs no SYNC, and has no such call. */
static bool is_memfd(int fd) {
  struct statfs system;
  int seals = fcntl(fd, F_GET_SEALS);
  return seals > 0 && fstatfs(fd, &system) == 0 && system.f_type == TMPFS_MAGIC && (seals & F_SEAL_SHRINK) != 0;
}

int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  int before = errno, result;
  if (!heap_ioctl(fd, request, argument, &result)) {
    result = NEXT(ioctl)(fd, request, argument);
    if (result >= 0 || errno != ENOTTY || request != DMA_BUF_IOCTL_SYNC || !is_memfd(fd))
      return result;
    result = 0;
  }
  errno = result < 0 ? -result : before;
  return result < 0 ? -1 : result;
}

static int add_entry(const char *name, void *to) {
  struct listing *listing = to;
  struct dirent *more =
      realloc(listing->entries, (listing->count + 1) * sizeof *listing->entries);
  if (!more) return -ENOMEM;
  listing->entries = more;
  struct dirent *entry = &more[listing->count++];
  memset(entry, 0, sizeof *entry);
  entry->d_ino = listing->count;
  entry->d_off = listing->count;
  entry->d_reclen = sizeof *entry;
  entry->d_type = DT_CHR;
  strncpy(entry->d_name, name, sizeof entry->d_name - 1);
  return 0;
}

static void free_listing(struct listing *listing) {
  free(listing->entries);
  free(listing);
}

/* The broker's heaps as a directory, NULL when there is no broker. */
static struct listing *list(void) {
  int connection = heaps_connect(NULL);
  struct listing *listing = connection < 0 ? NULL : calloc(1, sizeof *listing);
  if (listing && (add_entry(".", listing) || add_entry("..", listing) ||
                  heaps_list(connection, add_entry, listing))) {
    free_listing(listing);
    listing = NULL;
  }
  if (connection >= 0) close(connection);
  return listing;
}

static struct listing **place_of(DIR *directory) {
  struct listing **at = &listings;
  while (*at && *at != (struct listing *)directory) at = &(*at)->next;
  return at;
}

DIR *opendir(const char *path) {
  size_t length = strlen(DIRECTORY);
  bool ours = strncmp(path, DIRECTORY, length) == 0 &&
              strspn(path + length, "/") == strlen(path + length);
  int before = errno;
  struct listing *listing = ours ? list() : NULL;
  errno = before;
  if (!listing) return NEXT(opendir)(path);
  sigset_t before_signals;
  hold(&before_signals);
  listing->next = listings;
  listings = listing;
  let_go(&before_signals);
  return (DIR *)listing;
}

/* The next entry of a listing of ours; *ours tells whether it is one. */
static struct dirent *next_entry(DIR *directory, bool *ours) {
  sigset_t before_signals;
  hold(&before_signals);
  struct listing *listing = *place_of(directory);
  *ours = listing != NULL;
  struct dirent *entry =
      listing && listing->at < listing->count ? &listing->entries[listing->at++] : NULL;
  let_go(&before_signals);
  return entry;
}

struct dirent *readdir(DIR *directory) {
  bool ours;
  struct dirent *entry = next_entry(directory, &ours);
  return ours ? entry : NEXT(readdir)(directory);
}

/* On 64-bit systems, and where all offsets have 64 bits, the two structures are the same. */
_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64), "build with _FILE_OFFSET_BITS=64");

struct dirent64 *readdir64(DIR *directory) {
  bool ours;
  struct dirent *entry = next_entry(directory, &ours);
  return ours ? (struct dirent64 *)entry : NEXT(readdir64)(directory);
}

void rewinddir(DIR *directory) {
  sigset_t before_signals;
  hold(&before_signals);
  struct listing *listing = *place_of(directory);
  if (listing) listing->at = 0;
  let_go(&before_signals);
  if (!listing) NEXT(rewinddir)(directory);
}

int dirfd(DIR *directory) {
  sigset_t before_signals;
  hold(&before_signals);
  bool ours = *place_of(directory) != NULL;
  let_go(&before_signals);
  if (!ours) return NEXT(dirfd)(directory);
  errno = ENOTSUP;
  return -1;
}

int closedir(DIR *directory) {
  sigset_t before_signals;
  hold(&before_signals);
  struct listing **place = place_of(directory);
  struct listing *listing = *place;
  if (listing) *place = listing->next;
  let_go(&before_signals);
  if (!listing) return NEXT(closedir)(directory);
  free_listing(listing);
  return 0;
}
