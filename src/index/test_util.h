// Inside the index tests: seeded data, a temporary folder, and the damage every index file must survive.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <random>
#include <string>

#include "base/files.h"
#include "feature/types.h"

namespace likeness::index {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "likeness_index_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline feature::Hash256 RandomHash(std::mt19937_64& random) {
  return {{random(), random(), random(), random()}};
}

inline feature::Hash256 Flip(feature::Hash256 hash, int bits, std::mt19937_64& random) {
  for (int i = 0; i < bits; ++i) {
    uint64_t bit = random() % 256;
    hash.words[bit / 64] ^= uint64_t{1} << (bit % 64);
  }
  return hash;
}

// A histogram like a photo's: a few hundred bins around some colours, many small weights, a few large.
inline feature::ColourHistogram RandomHistogram(std::mt19937_64& random) {
  std::vector<double> shares(feature::kColourBins, 0);
  size_t colours = 1 + random() % 6;
  for (size_t c = 0; c < colours; ++c) {
    int centre[3] = {static_cast<int>(random() % 16), static_cast<int>(random() % 16), static_cast<int>(random() % 16)};
    for (size_t i = 0; i < random() % 150; ++i) {
      int bin = 0;
      for (int value : centre) bin = bin * 16 + std::clamp(value + static_cast<int>(random() % 7) - 3, 0, 15);
      shares[static_cast<size_t>(bin)] += static_cast<double>(random() % 1000 + 1) * (random() % 20 == 0 ? 30 : 1);
    }
    shares[static_cast<size_t>(centre[0] * 256 + centre[1] * 16 + centre[2])] += 500;
  }
  double total = 0;
  for (double share : shares) total += share;
  feature::ColourHistogram histogram;
  uint32_t sum = 0;
  for (size_t bin = 0; bin < shares.size(); ++bin) {
    auto weight = static_cast<uint16_t>(shares[bin] / total * feature::kColourTotal);
    if (weight == 0) continue;
    histogram.push_back({static_cast<uint16_t>(bin), weight});
    sum += weight;
  }
  histogram[random() % histogram.size()].weight += static_cast<uint16_t>(feature::kColourTotal - sum);
  return histogram;
}

// Flips a bit in 500 places and cuts at 200: `check` loads the damaged file; true when it was Corruption or answers as
// before.
inline void ExpectDamageIsHarmless(const std::filesystem::path& path, const std::function<bool()>& check) {
  auto whole = ReadFile(path, 1u << 30);
  ASSERT_TRUE(whole.has_value());
  std::mt19937_64 random(99);
  auto write = [&](const Bytes& bytes) { ASSERT_TRUE(WriteFileAtomically(path, bytes).has_value()); };
  for (int i = 0; i < 500; ++i) {
    // Half of the flips in the header and the section table.
    size_t at = random() % (i % 2 == 0 ? std::min<size_t>(whole->size(), 160) : whole->size());
    Bytes damaged = *whole;
    damaged[at] ^= static_cast<uint8_t>(1u << (random() % 8));
    write(damaged);
    EXPECT_TRUE(check()) << "flipped a bit of byte " << at;
  }
  for (size_t i = 0; i < 200; ++i) {
    size_t size_bytes = i < 80 ? i * 2 : random() % whole->size();
    write(Bytes(whole->begin(), whole->begin() + static_cast<ptrdiff_t>(std::min(size_bytes, whole->size() - 1))));
    EXPECT_TRUE(check()) << "cut to " << size_bytes;
  }
  write(*whole);
}

}  // namespace likeness::index
