// SPDX-License-Identifier: Apache-2.0
// The floor: what the same work costs in C, loaded into the benchmark's VM. Each function does many
// operations for one call, so that the binding costs nothing. Results below 0 are -errno.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 4U
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

// linux/dma-heap.h and linux/dma-buf.h, which older machines lack.
struct heap_allocation {
  uint64_t len;
  uint32_t fd;
  uint32_t fd_flags;
  uint64_t heap_flags;
};
#define DMA_HEAP_IOCTL_ALLOC _IOWR('H', 0x0, struct heap_allocation)
#define DMA_BUF_IOCTL_SYNC _IOW('b', 0, uint64_t)
#define SYNC_START_RW 3
#define SYNC_END_RW 7

#define COLD_BYTES (512L << 20)
#define HUGE_BYTES (2L << 20)

// The same numbers as in FloorKind.java.
enum kind {
  DIRECT,          // memfd_create, ftruncate, mmap, a byte to each page, munmap, close
  DIRECT_WRITE,    // the same, all bytes written
  POPULATE,        // MAP_POPULATE instead of touching
  POPULATE_WRITE,  // MADV_POPULATE_WRITE instead of touching
  HUGETLB,         // MFD_HUGETLB, touched; size rounded up to 2 MiB
  MEMSET_HOT,      // the same memory each time
  MEMSET_COLD,     // other memory each time
  STREAM_COLD,     // the same with non-temporal stores
  RELEASE,         // munmap and close of resident memory; making it is not timed
  PUNCH,           // FALLOC_FL_PUNCH_HOLE of resident, mapped memory; making it is not timed
  GETPPID,
  FCNTL,           // F_GETFD
  IOCTL,           // DMA_BUF_IOCTL_SYNC on a memfd: ENOTTY
  DMA_HEAP,        // DMA_HEAP_IOCTL_ALLOC on /dev/dma_heap/system, close
  DMA_HEAP_TOUCH,  // the same, mapped and a byte written to each page
  SYNC             // DMA_BUF_IOCTL_SYNC begin and end on a dma-buf
};

struct job {
  int kind;
  int64_t size;
  int fd;          // what RELEASE and PUNCH were given; the device; a dma-buf
  char *memory;
  int64_t next;    // into cold memory
};

static char *cold;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void touch(char *memory, int64_t size) {
  const long page = sysconf(_SC_PAGESIZE);
  for (int64_t at = 0; at < size; at += page) {
    ((volatile char *)memory)[at] = 0;
  }
}

static int open_memory(int kind, int64_t size, char **memory) {
  const int huge = kind == HUGETLB;
  const int fd = memfd_create("floor", MFD_CLOEXEC | (huge ? MFD_HUGETLB : 0));
  if (fd < 0) {
    return -errno;
  }
  const int flags = MAP_SHARED | (kind == POPULATE ? MAP_POPULATE : 0);
  void *mapped = MAP_FAILED;
  if (ftruncate(fd, size) == 0) {
    mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
  }
  if (mapped == MAP_FAILED) {
    const int error = errno;
    close(fd);
    return -error;
  }
  *memory = mapped;
  return fd;
}

static int fill(int kind, char *memory, int64_t size) {
  switch (kind) {
    case POPULATE:
      return 0;
    case POPULATE_WRITE:
      return madvise(memory, size, MADV_POPULATE_WRITE) == 0 ? 0 : -errno;
    case DIRECT_WRITE:
      memset(memory, 0xA5, size);
      return 0;
    default:
      touch(memory, size);
      return 0;
  }
}

// Allocates resident memory that is shared by descriptor. Returns the descriptor.
int floor_alloc(int kind, int64_t size, int64_t *address) {
  char *memory = NULL;
  const int fd = open_memory(kind, size, &memory);
  if (fd < 0) {
    return fd;
  }
  const int filled = fill(kind, memory, size);
  if (filled < 0) {
    munmap(memory, size);
    close(fd);
    return filled;
  }
  *address = (int64_t)(intptr_t)memory;
  return fd;
}

void floor_free(int fd, int64_t size, int64_t address) {
  munmap((void *)(intptr_t)address, size);
  close(fd);
}

static int fresh(const struct job *job) {
  int64_t address;
  const int fd = floor_alloc(job->kind, job->size, &address);
  if (fd < 0) {
    return fd;
  }
  floor_free(fd, job->size, address);
  return 0;
}

static char *cold_place(struct job *job) {
  if (job->next + job->size > COLD_BYTES) {
    job->next = 0;
  }
  char *place = cold + job->next;
  job->next += job->size;
  return place;
}

#if defined(__x86_64__)
static int stream(char *to, int64_t size) {
  const __m128i zero = _mm_setzero_si128();
  for (char *end = to + size; to < end; to += 64) {
    _mm_stream_si128((__m128i *)to, zero);
    _mm_stream_si128((__m128i *)(to + 16), zero);
    _mm_stream_si128((__m128i *)(to + 32), zero);
    _mm_stream_si128((__m128i *)(to + 48), zero);
  }
  _mm_sfence();
  return 0;
}
#else
static int stream(char *to, int64_t size) {
  (void)to;
  (void)size;
  return -ENOSYS;
}
#endif

static int dma_heap(const struct job *job) {
  struct heap_allocation wish = {.len = job->size, .fd_flags = O_RDWR | O_CLOEXEC};
  if (ioctl(job->fd, DMA_HEAP_IOCTL_ALLOC, &wish) < 0) {
    return -errno;
  }
  int result = 0;
  if (job->kind == DMA_HEAP_TOUCH) {
    char *memory = mmap(NULL, job->size, PROT_READ | PROT_WRITE, MAP_SHARED, wish.fd, 0);
    if (memory == MAP_FAILED) {
      result = -errno;
    } else {
      touch(memory, job->size);
      munmap(memory, job->size);
    }
  }
  close(wish.fd);
  return result;
}

static int sync_pair(const struct job *job) {
  uint64_t start = SYNC_START_RW, end = SYNC_END_RW;
  return ioctl(job->fd, DMA_BUF_IOCTL_SYNC, &start) || ioctl(job->fd, DMA_BUF_IOCTL_SYNC, &end) ? -errno : 0;
}

static int once(struct job *job) {
  uint64_t flags = 0;
  switch (job->kind) {
    case MEMSET_HOT:
      memset(cold, 0, job->size);
      return 0;
    case MEMSET_COLD:
      memset(cold_place(job), 0, job->size);
      return 0;
    case STREAM_COLD:
      return stream(cold_place(job), job->size);
    case RELEASE:
      floor_free(job->fd, job->size, (int64_t)(intptr_t)job->memory);
      return 0;
    case PUNCH:
      return fallocate(job->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, job->size) ? -errno : 0;
    case GETPPID:
      getppid();
      return 0;
    case FCNTL:
      return fcntl(job->fd, F_GETFD) < 0 ? -errno : 0;
    case IOCTL:
      ioctl(job->fd, DMA_BUF_IOCTL_SYNC, &flags);
      return 0;
    case DMA_HEAP:
    case DMA_HEAP_TOUCH:
      return dma_heap(job);
    case SYNC:
      return sync_pair(job);
    default:
      return fresh(job);
  }
}

static int open_cold(void) {
  if (cold == NULL) {
    void *memory = mmap(NULL, COLD_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
      return -errno;
    }
    cold = memory;
  }
  return 0;
}

// Gives the memory of MEMSET_* and STREAM_COLD back.
void floor_trim(void) {
  if (cold != NULL) {
    munmap(cold, COLD_BYTES);
    cold = NULL;
  }
}

// What a whole run of operations needs.
static int begin(struct job *job) {
  job->fd = -1;
  switch (job->kind) {
    case HUGETLB:
      job->size = (job->size + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
      return 0;
    case MEMSET_HOT:
    case MEMSET_COLD:
    case STREAM_COLD:
      return open_cold();
    case FCNTL:
    case IOCTL:
      job->fd = memfd_create("floor", MFD_CLOEXEC);
      return job->fd < 0 ? -errno : 0;
    case DMA_HEAP:
    case DMA_HEAP_TOUCH:
    case SYNC:
      job->fd = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
      break;
    default:
      return 0;
  }
  if (job->fd < 0) {
    return -errno;
  }
  if (job->kind == SYNC) {
    struct heap_allocation wish = {.len = job->size, .fd_flags = O_RDWR | O_CLOEXEC};
    const int failed = ioctl(job->fd, DMA_HEAP_IOCTL_ALLOC, &wish) < 0 ? -errno : 0;
    close(job->fd);
    job->fd = failed ? -1 : (int)wish.fd;
    return failed;
  }
  return 0;
}

static void end(const struct job *job) {
  if (job->fd >= 0) {
    close(job->fd);
  }
}

// What RELEASE and PUNCH need for each operation: memory that is there.
static int before_each(struct job *job) {
  if (job->kind != RELEASE && job->kind != PUNCH) {
    return 0;
  }
  int64_t address = 0;
  job->fd = floor_alloc(POPULATE_WRITE, job->size, &address);
  job->memory = (char *)(intptr_t)address;
  return job->fd < 0 ? job->fd : 0;
}

static void after_each(struct job *job) {
  if (job->kind == PUNCH) {
    floor_free(job->fd, job->size, (int64_t)(intptr_t)job->memory);
  }
  if (job->kind == PUNCH || job->kind == RELEASE) {
    job->fd = -1;
  }
}

// Times `samples` batches of operations; ns[i] is what the whole batch i took.
int floor_time(int kind, int64_t size, int batch, int samples, int64_t *ns) {
  struct job job = {.kind = kind, .size = size};
  int result = begin(&job);
  for (int i = 0; result == 0 && i < samples; i++) {
    result = before_each(&job);
    if (result < 0) {
      break;
    }
    const int64_t begun = now();
    for (int n = 0; result == 0 && n < batch; n++) {
      result = once(&job);
    }
    ns[i] = now() - begun;
    after_each(&job);
  }
  end(&job);
  return result;
}

// Does operations until the time is over. Returns how many.
int64_t floor_loop(int kind, int64_t size, int64_t nanos) {
  struct job job = {.kind = kind, .size = size};
  int64_t result = begin(&job), done = 0;
  const int64_t until = now() + nanos;
  while (result == 0 && now() < until) {
    result = once(&job);
    done++;
  }
  end(&job);
  return result < 0 ? result : done;
}

// Keeps the calling thread on one CPU; on any that it may use when below 0.
int floor_pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < CPU_SETSIZE; i++) {
    if (cpu < 0 || i == cpu) {
      CPU_SET(i, &set);
    }
  }
  return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : -errno;
}

// Work for the CPU alone: the control of measurements on two threads.
int64_t floor_spin(int64_t rounds) {
  volatile int64_t sum = 0;
  const int64_t begun = now();
  for (int64_t i = 0; i < rounds; i++) {
    sum += i ^ (sum << 1);
  }
  return now() - begun;
}
