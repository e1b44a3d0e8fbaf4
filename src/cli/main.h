// The command line: reads options (line, environment, file), finds the command, runs it, tells the exit status.
#pragma once

namespace likeness::cli {

// 0 done or equal; 1 duplicates or differences found, or some items failed; 2 usage or fatal error.
int Main(int argc, char** argv);

}  // namespace likeness::cli
