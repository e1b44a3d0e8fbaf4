// How much of one picture another of the same size still shows, as numbers that image codecs are judged by. Pure and
// thread-safe.
#pragma once

#include <optional>

#include "compare/difference.h"

namespace likeness::compare {

struct Fidelity {
  // 10 log10(255^2 / mean squared error of R, G and B), dB; absent where the pictures are equal.
  std::optional<double> psnr;
  // Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity" (2004):
  // luma, Gaussian window of 11 pixels and sigma 1.5, K 0.01 and 0.03, mean over all whole windows. Absent where a side
  // is shorter than 11 pixels.
  std::optional<double> ssim;
  // Wang, Simoncelli, Bovik, "Multiscale structural similarity" (2003): five scales with its weights, halved by means
  // of two by two. Absent where a side is shorter than 176 pixels.
  std::optional<double> ms_ssim;
};

// Translucent pixels are laid on white. REQUIRES: a.size == b.size
Fidelity ComputeFidelity(const PixelView& a, const PixelView& b, const Spread& spread = SpreadNot);

}  // namespace likeness::compare
