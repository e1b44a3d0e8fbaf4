// The one program: a decode worker when the sandbox starts it as one, the command line otherwise.
#include <sys/resource.h>

#include "cli/main.h"
#include "sandbox/pool.h"

namespace {

// Each volume and each connection holds a descriptor; the usual soft limit of 1,024 is for programs that call select().
void AllowManyDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  if (likeness::sandbox::RunWorkerIfAsked(argc, argv, &status)) return status;
  AllowManyDescriptors();
  return likeness::cli::Main(argc, argv);
}
