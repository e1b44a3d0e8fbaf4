// Inside the embedding index's tests: vectors with the structure of real ones, the exact flat oracle, and the index
// beside it.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "index/embedding.h"
#include "index/test_util.h"

namespace likeness::index {

using Vector = std::vector<float>;

// Around some centres in a space of 24 directions, with noise in all.
class Vectors {
 public:
  Vectors(size_t dimension, uint64_t seed) : random_(seed), directions_(24), common_(Noise(dimension)) {
    for (Vector& direction : directions_) direction = Noise(dimension);
  }
  Vector Next() {
    std::vector<float> at(directions_.size());
    std::mt19937_64 centre(random_() % 200);
    for (float& share : at) share = normal_(centre) + 0.6f * normal_(random_);
    Vector vector(common_);
    for (size_t i = 0; i < vector.size(); ++i) {
      for (size_t j = 0; j < at.size(); ++j) vector[i] += 0.3f * at[j] * directions_[j][i];
      vector[i] += 0.3f * normal_(random_);
    }
    return vector;
  }
  std::mt19937_64& random() { return random_; }

 private:
  Vector Noise(size_t dimension) {
    Vector vector(dimension);
    for (float& value : vector) value = normal_(random_);
    return vector;
  }
  std::mt19937_64 random_;
  std::normal_distribution<float> normal_;
  std::vector<Vector> directions_;
  Vector common_;
};

inline double Cosine(const Vector& a, const Vector& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

// What a score is: the kept vector's length is 1 but for the rounding of its components.
inline double Score(const Vector& query, const Vector& kept) {
  double dot = 0, squares = 0;
  for (size_t i = 0; i < query.size(); ++i) {
    dot += double{query[i]} * double{kept[i]};
    squares += double{query[i]} * double{query[i]};
  }
  return dot / std::sqrt(squares);
}

struct EmbeddingCollection {
  explicit EmbeddingCollection(size_t dimension, uint64_t seed = 31) : index(dimension), vectors(dimension, seed) {}
  EmbeddingIndex index;
  Vectors vectors;
  std::map<uint64_t, Vector> all;  // as they are kept
  using Allowed = std::optional<std::vector<ImageId>>;

  void Add(uint64_t id) {
    const Vector vector = vectors.Next();
    index.Add(ImageId{id}, vector);
    all[id] = index.Find(ImageId{id}).value_or(Vector{});
    ASSERT_NEAR(Cosine(all[id], vector), 1, 1e-6);
  }
  void Fill(size_t count) {
    while (all.size() < count) Add(1 + vectors.random()() % (3 * count));
  }
  std::vector<EmbeddingHit> Search(const Vector& query, size_t k, const Allowed& allowed = {},
                                   size_t threads = 1) const {
    return index.Search(
        query, k, allowed.has_value() ? std::optional<std::span<const ImageId>>(*allowed) : std::nullopt, threads);
  }
  std::vector<std::pair<double, uint64_t>> Oracle(const Vector& query, size_t k, const Allowed& allowed = {}) const {
    std::vector<std::pair<double, uint64_t>> best;
    for (const auto& [id, vector] : all)
      if (!allowed.has_value() || std::ranges::binary_search(*allowed, ImageId{id}))
        best.emplace_back(-Score(query, vector), id);
    std::ranges::sort(best);
    if (best.size() > k) best.resize(k);
    return best;
  }
  // The share of the oracle's answers that the index gives, over `queries`. Checks that scores are the cosines and
  // descend.
  double Recall(int queries, size_t k, const Allowed& allowed = {}, size_t threads = 1) {
    size_t found = 0, wanted = 0;
    for (int i = 0; i < queries; ++i) {
      const Vector query = !all.empty() && i % 2 == 0
                               ? std::next(all.begin(), static_cast<ptrdiff_t>(vectors.random()() % all.size()))->second
                               : vectors.Next();
      const auto expected = Oracle(query, k, allowed);
      const auto hits = Search(query, k, allowed, threads);
      EXPECT_EQ(hits.size(), expected.size());
      std::set<uint64_t> ids;
      for (size_t j = 0; j < hits.size(); ++j) {
        EXPECT_TRUE(all.contains(hits[j].id.value));
        if (!all.contains(hits[j].id.value)) continue;
        EXPECT_NEAR(hits[j].score, Score(query, all[hits[j].id.value]), 1e-6);
        if (j > 0) {
          EXPECT_LE(hits[j].score, hits[j - 1].score);
        }
        ids.insert(hits[j].id.value);
      }
      EXPECT_EQ(ids.size(), hits.size()) << "an id twice";
      wanted += expected.size();
      for (const auto& one : expected) found += ids.contains(one.second);
    }
    return wanted == 0 ? 1 : static_cast<double>(found) / static_cast<double>(wanted);
  }
};

}  // namespace likeness::index
