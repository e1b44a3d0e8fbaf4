// The pool's workers are executions of this very program.

#include <gmock/gmock.h>

#include "sandbox/pool.h"

int main(int argc, char** argv) {
  int exit_status = 0;
  if (likeness::sandbox::RunWorkerIfAsked(argc, argv, &exit_status)) return exit_status;
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
