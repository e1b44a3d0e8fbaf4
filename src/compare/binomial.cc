#include "compare/binomial.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace likeness::compare {
namespace {

double Log10Range(int first, int last, int n, double share) {
  share = std::clamp(share, 1e-12, 1 - 1e-12);
  double most = -std::numeric_limits<double>::infinity();
  auto term = [&](int k) {
    return Log10Choose(n, k) + k * std::log10(share) + (n - k) * std::log1p(-share) / std::numbers::ln10;
  };
  for (int k = first; k <= last; ++k) most = std::max(most, term(k));
  double sum = 0;
  for (int k = first; k <= last; ++k) sum += std::pow(10, term(k) - most);
  return std::min(0.0, most + std::log10(sum));
}

}  // namespace

double Log10Choose(int n, int k) {
  // Not std::lgamma: that writes a global.
  auto log_factorial = [](int of) {
    int sign = 0;
    return ::lgamma_r(of + 1.0, &sign);
  };
  return (log_factorial(n) - log_factorial(k) - log_factorial(n - k)) / std::numbers::ln10;
}

double Log10AtMost(int k, int n, double share) {
  return Log10Range(0, k, n, share);
}

double Log10AtLeast(int k, int n, double share) {
  return k == 0 ? 0 : Log10Range(k, n, n, share);
}

}  // namespace likeness::compare
