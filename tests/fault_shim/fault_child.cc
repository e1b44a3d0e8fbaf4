#include "fault_shim/fault_child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace likeness::testing {
namespace {

// The environment of the child: ours, without earlier faults, with this one.
std::vector<std::string> MakeEnvironment(const Fault& fault, const std::string& count_file) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (std::strncmp(*entry, "LIKENESS_FAULT_", 15) != 0 && std::strncmp(*entry, "LD_PRELOAD=", 11) != 0)
      out.emplace_back(*entry);
  out.push_back(std::string("LD_PRELOAD=") + LIKENESS_FAULT_SHIM);
  out.push_back("LIKENESS_FAULT_CALLS=" + fault.calls);
  out.push_back("LIKENESS_FAULT_AT=" + std::to_string(fault.at));
  out.push_back("LIKENESS_FAULT_COUNT_FILE=" + count_file);
  if (!fault.action.empty()) out.push_back("LIKENESS_FAULT_ACTION=" + fault.action);
  if (fault.sticky) out.push_back("LIKENESS_FAULT_STICKY=1");
  if (!fault.path.empty()) out.push_back("LIKENESS_FAULT_PATH=" + fault.path);
  return out;
}

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

ChildOutcome RunWithFault(const std::vector<std::string>& argv, const Fault& fault) {
  ChildOutcome out;
  std::string pattern = (std::filesystem::temp_directory_path() / "likeness-fault-XXXXXX").string();
  int count_descriptor = ::mkstemp(pattern.data());
  if (count_descriptor < 0) return out;
  ::close(count_descriptor);

  std::vector<std::string> words = argv, environment = MakeEnvironment(fault, pattern);
  std::vector<char*> word_pointers = Pointers(words), environment_pointers = Pointers(environment);
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return out;
  pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::execve(word_pointers[0], word_pointers.data(), environment_pointers.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  std::string text;
  char chunk[4096];
  for (ssize_t got = 0; (got = ::read(pipe_ends[0], chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<size_t>(got));
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) out.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) out.signal = WTERMSIG(status);
  for (size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
    out.lines.push_back(text.substr(start, end - start));
  std::ifstream(pattern) >> out.calls >> out.hits;
  std::filesystem::remove(pattern);
  return out;
}

bool CanInjectFaults() {
#ifdef LIKENESS_SANITIZED
  return false;
#else
  return true;
#endif
}

}  // namespace likeness::testing
