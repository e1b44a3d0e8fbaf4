// A matrix behind a text network, as some exports keep it: a safetensors file of one float matrix [rows, columns].
// Internal to feature/embedding. Immutable.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/error.h"

namespace likeness::feature {

class Projection {
 public:
  // Corruption unless it holds exactly one matrix of floats with `rows` rows.
  static Result<Projection> Open(const std::filesystem::path& path, size_t rows);
  size_t columns() const { return weights_.size() / rows_; }
  // REQUIRES: columns() values. `rows` values.
  std::vector<float> Apply(std::span<const float> values) const;

 private:
  size_t rows_ = 1;
  std::vector<float> weights_;
};

}  // namespace likeness::feature
