/* A library for LD_PRELOAD that makes the n-th file system call fail, come short, or be the last thing the process does.
 * Crash and fault tests start a child process with it; without LIKENESS_FAULT_CALLS it does nothing.
 *
 *   LIKENESS_FAULT_CALLS       which calls count, separated by commas: pwrite pwritev write fdatasync fsync rename
 *                              ftruncate unlink. A name covers its variants (pwrite64, ftruncate64, renameat, ...).
 *   LIKENESS_FAULT_AT          the n-th of the counted calls is hit, from 1. Absent or 0: none; calls are only counted.
 *   LIKENESS_FAULT_ACTION      errno:NAME     fail with EIO, ENOSPC, EDQUOT, EROFS, EINTR or a number
 *                              short          write half of the bytes (pwrite, pwritev, write) and say so
 *                              short_kill     write half of the bytes, then die by SIGKILL: a torn write
 *                              kill_before    die by SIGKILL instead of the call
 *                              kill_after     do the call, then die by SIGKILL
 *                              exit_before, exit_after    the same with _exit(99)
 *   LIKENESS_FAULT_STICKY      1: every counted call from the n-th on is hit, e.g. a disk that stays full
 *   LIKENESS_FAULT_PATH        only calls on files whose path contains this text count (rename: either path)
 *   LIKENESS_FAULT_COUNT_FILE  at the end of the process, and before it is killed, "<calls counted> <calls hit>\n" is
 *                              written here: a test checks with it that its fault point was really there.
 *
 * Not seen: writes through a mapping, and calls that the C library makes inside itself (stdio).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum Action { kNone, kErrno, kShort, kShortKill, kKillBefore, kKillAfter, kExitBefore, kExitAfter };

static atomic_long counted, hit;
static _Thread_local int inside; /* the shim's own calls do not count */

static long EnvNumber(const char* name) {
  const char* text = getenv(name);
  return text == NULL ? 0 : strtol(text, NULL, 10);
}

static int ListHas(const char* list, const char* word) {
  size_t length = strlen(word);
  for (const char* at = list; (at = strstr(at, word)) != NULL; at += length) {
    int starts = at == list || at[-1] == ',';
    int ends = at[length] == '\0' || at[length] == ',';
    if (starts && ends) return 1;
  }
  return 0;
}

static int ErrnoByName(const char* name) {
  static const struct { const char* name; int value; } kNames[] = {{"EIO", EIO},     {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT},
                                                                   {"EROFS", EROFS}, {"EINTR", EINTR}};
  for (size_t i = 0; i < sizeof kNames / sizeof kNames[0]; ++i)
    if (strcmp(kNames[i].name, name) == 0) return kNames[i].value;
  return (int)strtol(name, NULL, 10);
}

static enum Action ParseAction(const char* text, int* error) {
  if (text == NULL) return kNone;
  if (strncmp(text, "errno:", 6) == 0) {
    *error = ErrnoByName(text + 6);
    return kErrno;
  }
  static const struct { const char* name; enum Action action; } kNames[] = {
      {"short", kShort},          {"short_kill", kShortKill},   {"kill_before", kKillBefore},
      {"kill_after", kKillAfter}, {"exit_before", kExitBefore}, {"exit_after", kExitAfter}};
  for (size_t i = 0; i < sizeof kNames / sizeof kNames[0]; ++i)
    if (strcmp(kNames[i].name, text) == 0) return kNames[i].action;
  abort(); /* a misspelt action must not pass as a passed test */
}

static void WriteCounts(void) {
  const char* path = getenv("LIKENESS_FAULT_COUNT_FILE");
  if (path == NULL) return;
  char line[64];
  int length = snprintf(line, sizeof line, "%ld %ld\n", atomic_load(&counted), atomic_load(&hit));
  long descriptor = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (descriptor < 0) return;
  (void)!syscall(SYS_write, descriptor, line, (size_t)length);
  syscall(SYS_close, descriptor);
}

__attribute__((destructor)) static void AtEnd(void) { WriteCounts(); }

static void Die(enum Action action) {
  WriteCounts();
  if (action == kExitBefore || action == kExitAfter) _exit(99);
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

static int PathMatches(int descriptor, const char* path, const char* other) {
  const char* wanted = getenv("LIKENESS_FAULT_PATH");
  if (wanted == NULL || *wanted == '\0') return 1;
  if (path != NULL) return strstr(path, wanted) != NULL || (other != NULL && strstr(other, wanted) != NULL);
  char link[64], target[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = '\0';
  return strstr(target, wanted) != NULL;
}

/* Counts a call; says what shall happen to it. The *_BEFORE actions do not come back. */
static enum Action Judge(const char* name, int descriptor, const char* path, const char* other, int* error) {
  const char* calls = getenv("LIKENESS_FAULT_CALLS");
  if (calls == NULL || inside || !ListHas(calls, name)) return kNone;
  inside = 1;
  enum Action action = kNone;
  if (PathMatches(descriptor, path, other)) {
    long number = atomic_fetch_add(&counted, 1) + 1;
    long at = EnvNumber("LIKENESS_FAULT_AT");
    if (at > 0 && (number == at || (number > at && EnvNumber("LIKENESS_FAULT_STICKY") == 1))) {
      action = ParseAction(getenv("LIKENESS_FAULT_ACTION"), error);
      atomic_fetch_add(&hit, 1);
    }
  }
  inside = 0;
  if (action == kKillBefore || action == kExitBefore) Die(action);
  return action;
}

static void After(enum Action action) {
  if (action == kKillAfter || action == kExitAfter || action == kShortKill) Die(action);
}

#define REAL(type, name, ...)                                       \
  static type (*real)(__VA_ARGS__);                                 \
  if (real == NULL) *(void**)(&real) = dlsym(RTLD_NEXT, name)

#define BEGIN(name, descriptor, path, other)                                  \
  int error = 0;                                                              \
  enum Action action = Judge(name, descriptor, path, other, &error);          \
  if (action == kErrno) {                                                     \
    errno = error;                                                            \
    return -1;                                                                \
  }

#define END(type, expression)  \
  type result = (expression);  \
  int saved = errno;           \
  After(action);               \
  errno = saved;               \
  return result

#define HALF(count) (action == kShort || action == kShortKill ? ((count) + 1) / 2 : (count))

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  REAL(ssize_t, "pwrite", int, const void*, size_t, off_t);
  BEGIN("pwrite", descriptor, NULL, NULL)
  END(ssize_t, real(descriptor, bytes, HALF(count), offset));
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  REAL(ssize_t, "pwrite64", int, const void*, size_t, off64_t);
  BEGIN("pwrite", descriptor, NULL, NULL)
  END(ssize_t, real(descriptor, bytes, HALF(count), offset));
}

ssize_t pwritev(int descriptor, const struct iovec* parts, int count, off_t offset) {
  REAL(ssize_t, "pwritev", int, const struct iovec*, int, off_t);
  BEGIN("pwritev", descriptor, NULL, NULL)
  END(ssize_t, real(descriptor, parts, HALF(count), offset));
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  REAL(ssize_t, "write", int, const void*, size_t);
  BEGIN("write", descriptor, NULL, NULL)
  END(ssize_t, real(descriptor, bytes, HALF(count)));
}

int fdatasync(int descriptor) {
  REAL(int, "fdatasync", int);
  BEGIN("fdatasync", descriptor, NULL, NULL)
  END(int, real(descriptor));
}

int fsync(int descriptor) {
  REAL(int, "fsync", int);
  BEGIN("fsync", descriptor, NULL, NULL)
  END(int, real(descriptor));
}

int ftruncate(int descriptor, off_t length) {
  REAL(int, "ftruncate", int, off_t);
  BEGIN("ftruncate", descriptor, NULL, NULL)
  END(int, real(descriptor, length));
}

int ftruncate64(int descriptor, off64_t length) {
  REAL(int, "ftruncate64", int, off64_t);
  BEGIN("ftruncate", descriptor, NULL, NULL)
  END(int, real(descriptor, length));
}

int rename(const char* from, const char* to) {
  REAL(int, "rename", const char*, const char*);
  BEGIN("rename", -1, from, to)
  END(int, real(from, to));
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  REAL(int, "renameat", int, const char*, int, const char*);
  BEGIN("rename", -1, from, to)
  END(int, real(from_folder, from, to_folder, to));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  REAL(int, "renameat2", int, const char*, int, const char*, unsigned);
  BEGIN("rename", -1, from, to)
  END(int, real(from_folder, from, to_folder, to, flags));
}

int unlink(const char* path) {
  REAL(int, "unlink", const char*);
  BEGIN("unlink", -1, path, NULL)
  END(int, real(path));
}

int unlinkat(int folder, const char* path, int flags) {
  REAL(int, "unlinkat", int, const char*, int);
  BEGIN("unlink", -1, path, NULL)
  END(int, real(folder, path, flags));
}
