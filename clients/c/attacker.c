/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attacker SECONDS: does to the broker what a good client doesn't: messages that are none, half ones,
 * endless ones, too many levels, calls that are refused, connections that end at once. Tells how many.
 */
#define _GNU_SOURCE
#include "heaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 16

static unsigned state = 1;

static unsigned any(unsigned below) {
  state = state * 1103515245u + 12345u;
  return (state >> 16) % below;
}

/* One message; returns its length, its NUL included. */
static size_t message(char *bytes, size_t room) {
  static const char call[] =
      "{\"method\":\"org.dmabufheaps.Allocate\",\"parameters\":{\"heap\":\"system\",\"size\":4096}}";
  size_t length = sizeof call;
  memcpy(bytes, call, length);
  switch (any(6)) {
    case 0: return length / 2;
    case 1: length = room, memset(bytes, '[', room); break;
    case 2: memset(bytes, 0, length); break;
    case 3: return snprintf(bytes, room, "{\"method\":\"org.dmabufheaps.Release\","
                                         "\"parameters\":{\"id\":%u}}", any(1000)) + 1;
    case 4: return snprintf(bytes, room, "{\"method\":\"org.dmabufheaps.Allocate\",\"parameters\":"
                                         "{\"heap\":\"system\",\"size\":9223372036854771712}}") + 1;
    default: bytes[any(length)] = (char)any(256);
  }
  return length;
}

int main(int argc, char **argv) {
  static char bytes[70000];
  int connections[CONNECTIONS];
  long sent = 0, made = 0;
  time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 5);
  state = (unsigned)getpid();
  memset(connections, -1, sizeof connections);
  while (time(NULL) < end) {
    int *one = &connections[any(CONNECTIONS)];
    if (*one < 0) {
      *one = heaps_connect(NULL);
      made += *one >= 0;
      if (*one < 0) continue;
    }
    size_t length = message(bytes, sizeof bytes);
    ssize_t went = send(*one, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    sent += went > 0;
    char answer[4096];
    ssize_t got = recv(*one, answer, sizeof answer, MSG_DONTWAIT);
    if (went < 0 || got == 0 || (got < 0 && errno != EAGAIN) || any(8) == 0) {
      close(*one);
      *one = -1;
    }
  }
  printf("%ld messages by %ld connections\n", sent, made);
  return 0;
}
