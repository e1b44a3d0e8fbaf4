#include "sandbox/isolation.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>

namespace likeness::sandbox {
namespace {

// linux/landlock.h of Debian 12 stops at ABI 2; the numbers of later ones are the kernel's
// (Documentation/userspace-api).
struct LandlockRuleset {
  uint64_t handled_access_fs = 0;
  uint64_t handled_access_net = 0;
  uint64_t scoped = 0;
};
constexpr long kLandlockCreate = 444, kLandlockRestrict = 446;
constexpr uint32_t kLandlockVersionFlag = 1;

uint64_t FileSystemRights(int abi) {
  int bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
  return (uint64_t{1} << bits) - 1;
}

// A ruleset that handles every right and grants none. Returns the ABI, 0 where there is no Landlock.
uint32_t RestrictFiles() {
  long abi = syscall(kLandlockCreate, nullptr, 0, kLandlockVersionFlag);
  if (abi < 1) return 0;
  LandlockRuleset ruleset;
  ruleset.handled_access_fs = FileSystemRights(static_cast<int>(abi));
  size_t size = sizeof ruleset.handled_access_fs;
  if (abi >= 4) {
    ruleset.handled_access_net = 3;  // bind and connect
    size = offsetof(LandlockRuleset, scoped);
  }
  if (abi >= 6) {
    ruleset.scoped = 3;  // abstract sockets and signals to others
    size = sizeof ruleset;
  }
  long descriptor = syscall(kLandlockCreate, &ruleset, size, 0);
  if (descriptor < 0) return 0;
  long status = syscall(kLandlockRestrict, descriptor, 0);
  close(static_cast<int>(descriptor));
  return status == 0 ? static_cast<uint32_t>(abi) : 0;
}

#ifndef LIKENESS_SANITIZED

uint64_t AddressSpaceInUse() {
  unsigned long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re"); file != nullptr) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return uint64_t{pages} * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

bool Allow(scmp_filter_ctx filter) {
  // Memory, time, threads of the own process, the control socket, and nothing that names a file, a process or a
  // network.
  constexpr int kPlain[] = {
      SCMP_SYS(read),
      SCMP_SYS(pread64),
      SCMP_SYS(recvmsg),
      SCMP_SYS(sendmsg),
      SCMP_SYS(recvfrom),
      SCMP_SYS(sendto),
      SCMP_SYS(close),
      SCMP_SYS(fstat),
      SCMP_SYS(lseek),
      SCMP_SYS(munmap),
      SCMP_SYS(mremap),
      SCMP_SYS(madvise),
      SCMP_SYS(brk),
      SCMP_SYS(futex),
      SCMP_SYS(clock_gettime),
      SCMP_SYS(clock_getres),
      SCMP_SYS(gettimeofday),
      SCMP_SYS(clock_nanosleep),
      SCMP_SYS(nanosleep),
      SCMP_SYS(time),
      SCMP_SYS(getrusage),
      SCMP_SYS(exit),
      SCMP_SYS(exit_group),
      SCMP_SYS(rt_sigreturn),
      SCMP_SYS(rt_sigaction),
      SCMP_SYS(rt_sigprocmask),
      SCMP_SYS(sigaltstack),
      SCMP_SYS(sched_yield),
      SCMP_SYS(sched_getaffinity),
      SCMP_SYS(getpid),
      SCMP_SYS(gettid),
      SCMP_SYS(set_robust_list),
      SCMP_SYS(rseq),
      SCMP_SYS(getrandom),
      SCMP_SYS(membarrier),
      SCMP_SYS(getcpu),
      SCMP_SYS(restart_syscall),
      SCMP_SYS(set_tid_address),
  };
  for (int call : kPlain) {
    if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) != 0) return false;
  }
  // No memory that can be executed is ever made.
  for (int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0) return false;
  }
  // Threads, not processes. clone3 hides its flags behind a pointer: glibc falls back to clone when it is "not there".
  if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                       SCMP_A0(SCMP_CMP_MASKED_EQ, 0x00010000 /* CLONE_THREAD */, 0x00010000)) != 0)
    return false;
  if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0) return false;
  // abort() ends in a signal to the own thread.
  if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                       SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()))) != 0)
    return false;
  // Asked for in good faith by libraries that look around (CPU counts, locale, thread names): they get a plain no.
  constexpr int kRefused[] = {SCMP_SYS(openat),     SCMP_SYS(open),          SCMP_SYS(stat),
                              SCMP_SYS(newfstatat), SCMP_SYS(statx),         SCMP_SYS(access),
                              SCMP_SYS(faccessat),  SCMP_SYS(readlink),      SCMP_SYS(readlinkat),
                              SCMP_SYS(getcwd),     SCMP_SYS(uname),         SCMP_SYS(sysinfo),
                              SCMP_SYS(ioctl),      SCMP_SYS(fcntl),         SCMP_SYS(prctl),
                              SCMP_SYS(write),      SCMP_SYS(writev),        SCMP_SYS(sched_setaffinity),
                              SCMP_SYS(prlimit64),  SCMP_SYS(set_mempolicy), SCMP_SYS(get_mempolicy),
                              SCMP_SYS(mbind)};
  for (int call : kRefused) {
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) != 0) return false;
  }
  return true;
}

Status FilterSystemCalls() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return Fail(ErrorCode::kInternal, "cannot make a system-call filter");
  bool loaded = Allow(filter) && seccomp_load(filter) == 0;
  seccomp_release(filter);
  if (!loaded) return Fail(ErrorCode::kInternal, "the kernel refuses the system-call filter (seccomp)");
  return {};
}

#endif

void LimitResource(int resource, rlim_t value) {
  rlimit limit{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

}  // namespace

Result<IsolationReport> LockIn(const Limits& limits) {
  IsolationReport report;
  LimitResource(RLIMIT_CORE, 0);
  LimitResource(RLIMIT_FSIZE, 0);
  LimitResource(RLIMIT_NOFILE, 32);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#ifdef LIKENESS_SANITIZED
  (void)limits;
  report.landlock_abi = RestrictFiles();
#else
  // On top of what the program itself has mapped: the limit is about the picture.
  LimitResource(RLIMIT_AS, AddressSpaceInUse() + limits.worker_bytes_max);
  report.memory_limit = true;
  report.landlock_abi = RestrictFiles();
  LK_TRY(FilterSystemCalls());
  report.seccomp = true;
#endif
  return report;
}

}  // namespace likeness::sandbox
