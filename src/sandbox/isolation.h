// Locks the calling process in: no file system, no network, no new programs, an allowlist of system calls, bounded
// memory. Called once by a worker, before it sees a foreign byte. There is no way back.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/limits.h"

namespace likeness::sandbox {

struct IsolationReport {
  bool seccomp = false;
  bool memory_limit = false;
  uint32_t landlock_abi = 0;
};

// Fails when the system-call filter, the one layer that is never optional, cannot be installed. Landlock is used where
// the kernel has it. Builds with sanitizers keep Landlock and leave the rest off: their run-time needs other calls and
// terabytes of address space.
Result<IsolationReport> LockIn(const Limits& limits);

}  // namespace likeness::sandbox
