// The rival: the loop that one writes first with ONNX Runtime, default settings, one picture a run.
#pragma once

#include <span>
#include <string>

namespace likeness {

// Of the processor, all threads.
double CpuSeconds();

// CPU seconds for `runs` runs of the network in `path` over the same input of [1, 3, side, side] floats (halves if
// `half`), on `threads` threads. Aborts when something fails.
double TimePlainLoop(const std::string& path, std::span<const float> pixels, int side, bool half, int threads,
                     int runs);

}  // namespace likeness
