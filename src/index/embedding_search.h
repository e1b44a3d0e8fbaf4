// Inside the index module: the search over a snapshot of an embedding index (embedding.h says how, and what it may
// miss).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "index/embedding_segment.h"
#include "index/index.h"

namespace likeness::index {

// Above this many bytes of rows a search goes by sketches first. (Tests give another number.)
inline constexpr size_t kEmbeddingExactBytes = size_t{128} << 20;

// The best k of the living rows, of those in `allowed` (ascending) if given. REQUIRES: unit has length 1 and the
// dimension of all parts; no id lives in two parts.
std::vector<EmbeddingHit> SearchEmbeddings(std::span<const EmbeddingPart> parts, std::span<const float> unit, size_t k,
                                           const std::optional<std::span<const ImageId>>& allowed, size_t threads,
                                           size_t exact_bytes = kEmbeddingExactBytes);

}  // namespace likeness::index
