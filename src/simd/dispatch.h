// The dispatch table, for the tests and the benchmarks that compare variants; everybody else calls kernels.h.
#pragma once

#include <span>
#include <string_view>

#include "simd/types.h"

namespace likeness::simd {

// The variants this processor can run, slowest (scalar) first.
std::span<const KernelSet* const> SupportedKernels();

// The choice for a forced name ("" = none): the fastest supported; the named one; scalar when the name is not there.
const KernelSet& ChooseKernels(std::string_view forced);

}  // namespace likeness::simd
