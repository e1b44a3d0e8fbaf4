#include "embedding_graph.h"

#include <hnswlib/hnswlib.h>

namespace likeness::bench {

struct Graph::Impl {
  Impl(size_t dimension, size_t count, size_t links, size_t effort)
      : space(dimension), graph(&space, count, links, effort) {}
  hnswlib::InnerProductSpace space;
  mutable hnswlib::HierarchicalNSW<float> graph;
};

Graph::Graph(size_t dimension, size_t count, size_t links, size_t effort)
    : impl_(std::make_unique<Impl>(dimension, count, links, effort)) {}
Graph::~Graph() = default;

void Graph::Add(const float* vector, uint64_t label) {
  impl_->graph.addPoint(vector, label);
}

std::vector<uint64_t> Graph::Search(const float* vector, size_t k, size_t effort) const {
  impl_->graph.setEf(effort);
  auto queue = impl_->graph.searchKnn(vector, k);
  std::vector<uint64_t> labels;
  for (; !queue.empty(); queue.pop()) labels.push_back(queue.top().second);
  return labels;
}

// What it allocated for its elements, and the links of the upper levels (one in `links` elements has some).
size_t Graph::memory_bytes() const {
  const auto& graph = impl_->graph;
  size_t bytes = graph.max_elements_ * graph.size_data_per_element_;
  for (size_t i = 0; i < graph.cur_element_count; ++i)
    bytes += sizeof(void*) + static_cast<size_t>(graph.element_levels_[i]) * graph.size_links_per_element_;
  return bytes;
}

}  // namespace likeness::bench
