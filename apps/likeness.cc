// The one program: a decode worker when the sandbox starts it as one, the command line otherwise.
#include "cli/main.h"
#include "sandbox/pool.h"

int main(int argc, char** argv) {
  int status = 0;
  if (likeness::sandbox::RunWorkerIfAsked(argc, argv, &status)) return status;
  return likeness::cli::Main(argc, argv);
}
