// How natural a picture looks, without another one to compare it with: BRISQUE (Mittal, Moorthy, Bovik: No-reference
// image quality assessment in the spatial domain, IEEE TIP 2012). 36 numbers that describe how the locally normalised
// luma of two scales is distributed, and a support vector regression that people's opinions trained.
//
// 0 is best, 100 worst. It sees blur, noise and compression. It ranks copies of one picture; between different pictures
// it says less, and smooth subjects (a clear sky) score badly though nothing is wrong with them.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "image/bitmap.h"

namespace likeness::feature {

inline constexpr size_t kBrisqueNumbers = 36;
using BrisqueNumbers = std::array<float, kBrisqueNumbers>;

// Of a bitmap as it is, alpha ignored. Nothing for one below 32 pixels a side, or without any structure.
std::optional<BrisqueNumbers> ComputeBrisque(const image::Bitmap& bitmap);

class Brisque {
 public:
  // `model`: a regression with a Gaussian kernel, `ranges`: smallest and largest of each number, both as OpenCV's
  // quality module stores them (YAML). NotFound, Corruption.
  static Result<std::unique_ptr<Brisque>> Open(const std::filesystem::path& model, const std::filesystem::path& ranges);
  // Pictures with a longer side than kBrisqueSide are reduced to it first. Nothing: as ComputeBrisque.
  std::optional<float> Score(const image::Bitmap& bitmap) const;
  float Predict(const BrisqueNumbers& numbers) const;

 private:
  Brisque() = default;
  BrisqueNumbers min_{}, max_{};
  double gamma_ = 0, rho_ = 0;
  std::vector<float> vectors_;  // kBrisqueNumbers each
  std::vector<double> weights_;
};

inline constexpr int kBrisqueSide = 640;

}  // namespace likeness::feature
