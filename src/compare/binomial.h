// Chances of n independent trials, as log10, since they are far below what a double holds. Pure and thread-safe.
#pragma once

namespace likeness::compare {

double Log10Choose(int n, int k);  // of n things k

// The chance that of n trials, each of chance `share` (taken as 1e-12 to 1 - 1e-12), at most, or at least, k succeed. REQUIRES: 0 <= k <= n.
double Log10AtMost(int k, int n, double share);
double Log10AtLeast(int k, int n, double share);

}  // namespace likeness::compare
