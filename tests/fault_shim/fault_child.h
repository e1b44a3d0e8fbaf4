// Runs a program with the fault shim preloaded (fault_shim.c) and collects what it said: the acknowledgements that a
// test holds against what is there after a restart.
#pragma once

#include <string>
#include <vector>

namespace likeness::testing {

struct Fault {
  std::string calls = {};   // "pwrite,fdatasync"; see fault_shim.c
  long at = 0;              // 0: only count
  std::string action = {};  // "errno:EIO"
  bool sticky = false;
  std::string path = {};  // part of the paths that count
};

struct ChildOutcome {
  int exit_status = -1;  // -1: by a signal
  int signal = 0;
  long calls = 0;                  // counted by the shim
  long hits = 0;                   // faults that fired
  std::vector<std::string> lines;  // of standard output
};

// argv[0] is the program. Standard error goes to the test's own.
ChildOutcome RunWithFault(const std::vector<std::string>& argv, const Fault& fault);

// False under sanitizers, whose own interposition the shim would stand behind.
bool CanInjectFaults();

}  // namespace likeness::testing
