/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers from the broker of dmabuf-heaps, with nothing but libc: one request and its answer on a
 * connected Unix socket, as varlink.org describes it. To be copied into a program.
 */
#ifndef HEAPS_H
#define HEAPS_H

#include <stddef.h>
#include <stdint.h>

#define HEAPS_SOCKET "/run/dmabuf-heaps/org.dmabufheaps"

/* The longest answer that is taken; a longer one is refused with EMSGSIZE. */
#define HEAPS_MESSAGE 65536

/* Connects, close-on-exec; path NULL: $DMABUF_HEAPS_SOCKET or HEAPS_SOCKET. -errno on failure. */
int heaps_connect(const char *path);

/* The same, the connection's own end bound to a name in the abstract namespace. */
int heaps_connect_as(const char *path, const char *name);

/*
 * Allocates size bytes of a heap: its name, an alias, or a filter over heap properties. Returns the
 * buffer's descriptor, close-on-exec, or -errno. The broker counts the buffer for this connection
 * until heaps_release, or until the connection is closed. id and real_size may be NULL.
 */
int heaps_allocate(int connection, const char *heap, uint64_t size, const char *label, int64_t *id,
                   uint64_t *real_size);

/* Tells the broker that the buffer is not needed any more; descriptors of it stay valid. */
int heaps_release(int connection, int64_t id);

/*
 * Calls each with the names of the heaps and their aliases, but for those whose buffers have no
 * descriptors; stops when it returns another value than
 * 0, and returns that. -errno on failure.
 */
int heaps_list(int connection, int (*each)(const char *name, void *data), void *data);

#endif
