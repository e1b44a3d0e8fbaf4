// Exact nearest neighbours by L1 among colour layouts (feature/colour_layout.h), in the order a flat scan would give.
#pragma once

#include <memory>
#include <span>

#include "index/index.h"

namespace likeness::index {

class LayoutIndex {
 public:
  LayoutIndex();
  ~LayoutIndex();

  // A layout whose blocks do not sum to kLayoutBlockTotal is not kept; whatever the id had is removed.
  void Add(ImageId id, const feature::ColourLayout& layout);
  bool Remove(ImageId id);
  // The k nearest, nearest first; the distance is that of the nearest of the query's variants (upright, mirrored).
  std::vector<ColourHit> Search(std::span<const feature::ColourLayout> variants, size_t k) const;
  size_t size() const;
  size_t memory_bytes() const;

  Status Save(const std::filesystem::path& path, uint64_t applied) const;
  Result<uint64_t> Load(const std::filesystem::path& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::index
