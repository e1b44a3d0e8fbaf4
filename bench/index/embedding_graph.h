// The rival graph of the embedding benchmark, in a file of its own because it picks its instructions at compile time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace likeness::bench {

class Graph {
 public:
  Graph(size_t dimension, size_t count, size_t links, size_t effort);
  ~Graph();
  void Add(const float* vector, uint64_t label);
  std::vector<uint64_t> Search(const float* vector, size_t k, size_t effort) const;
  size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::bench
