#include "index/local_code.h"

#include <algorithm>
#include <memory>

namespace likeness::index {
namespace {

// No fused multiply-add: every processor gives the same codes.
#ifdef LIKENESS_SANITIZED  // sanitizers are not up yet when the variants are chosen
#define LIKENESS_CLONES __attribute__((optimize("O3", "fp-contract=off")))
#else
#define LIKENESS_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3", "fp-contract=off")))
#endif

constexpr float kProjectionUnit = 1.0f / 8192, kCodewordUnit = 1.0f / 512;
constexpr size_t kRanks = 96;  // kCodeCells, padded
constexpr float kDistanceUnit = 1024, kDistanceMax = 16383;
constexpr int kWordBits = 8;

// By columns, so that the inner loops run over codewords and over dimensions.
struct Tables {
  float projection[kCodeCells][kCodeDims];
  float offset[kCodeDims];
  float codebooks[kCodeParts][kPartDims][kCodewords];
  uint32_t spread[kCodewords];  // a codeword's bits, three places apart

  Tables() {
    for (size_t dim = 0; dim < kCodeDims; ++dim) {
      offset[dim] = static_cast<float>(kLocalProjectionOffset[dim]) * kCodewordUnit;
      for (size_t cell = 0; cell < kCodeCells; ++cell)
        projection[cell][dim] = static_cast<float>(kLocalProjection[dim * kCodeCells + cell]) * kProjectionUnit;
    }
    for (size_t part = 0; part < kCodeParts; ++part)
      for (size_t word = 0; word < kCodewords; ++word)
        for (size_t dim = 0; dim < kPartDims; ++dim)
          codebooks[part][dim][word] =
              static_cast<float>(kLocalCodebooks[(part * kCodewords + word) * kPartDims + dim]) * kCodewordUnit;
    for (uint32_t word = 0; word < kCodewords; ++word) {
      spread[word] = 0;
      for (uint32_t bit = 0; bit < 8; ++bit) spread[word] |= (word >> bit & 1) << (3 * bit);
    }
  }
};

const Tables& TheTables() {
  static const auto tables = std::make_unique<const Tables>();
  return *tables;
}

// How many cells of its grid and channel each cell exceeds, less how many exceed it.
void Ranks(const feature::Descriptor& descriptor, int8_t* ranks) {
  std::fill_n(ranks, kRanks, int8_t{0});
  int bit = 0;
  int8_t* grid = ranks;
  for (int side = 2; side <= 4; ++side) {
    const int cells = side * side;
    for (int channel = 0; channel < 3; ++channel, grid += cells) {
      for (int a = 0; a < cells; ++a) {
        for (int b = a + 1; b < cells; ++b, ++bit) {
          auto sign = static_cast<int8_t>(2 * static_cast<int>(descriptor.words[bit / 64] >> (bit % 64) & 1) - 1);
          grid[a] = static_cast<int8_t>(grid[a] + sign);
          grid[b] = static_cast<int8_t>(grid[b] - sign);
        }
      }
    }
  }
}

LIKENESS_CLONES void Project(const Tables& tables, const int8_t* ranks, float* out) {
  float sums[kCodeDims];
  for (size_t dim = 0; dim < kCodeDims; ++dim) sums[dim] = -tables.offset[dim];
  for (size_t cell = 0; cell < kCodeCells; ++cell) {
    const auto rank = static_cast<float>(ranks[cell]);
    for (size_t dim = 0; dim < kCodeDims; ++dim) sums[dim] += rank * tables.projection[cell][dim];
  }
  std::copy_n(sums, kCodeDims, out);
}

LIKENESS_CLONES void Distances(const Tables& tables, const float* place, CodewordDistances& out) {
  for (size_t part = 0; part < kCodeParts; ++part) {
    float sums[kCodewords] = {};
    for (size_t dim = 0; dim < kPartDims; ++dim) {
      const float at = place[part * kPartDims + dim];
      const float* words = tables.codebooks[part][dim];
      for (size_t word = 0; word < kCodewords; ++word) {
        const float apart = at - words[word];
        sums[word] += apart * apart;
      }
    }
    for (uint32_t word = 0; word < kCodewords; ++word) {
      const float distance = sums[word] < kDistanceMax ? sums[word] : kDistanceMax;
      out[part][word] = static_cast<uint32_t>(static_cast<int32_t>(distance * kDistanceUnit)) << kWordBits | word;
    }
  }
}

LIKENESS_CLONES uint32_t Least(const uint32_t* values, size_t count) {
  uint32_t least = ~uint32_t{0};
  for (size_t i = 0; i < count; ++i) least = values[i] < least ? values[i] : least;
  return least;
}

// The coarse codewords of one part, near ones first.
struct Part {
  uint32_t all[kCodewords];  // distance and a codeword of each group
  size_t groups = 0;
  uint32_t least = 0;
  uint32_t near[kCodewords];
  size_t near_count = 0;

  // Codewords that share their upper `kept` bits count by the nearest.
  void Gather(const std::array<uint32_t, kCodewords>& distances, int kept) {
    groups = size_t{1} << kept;
    const size_t members = kCodewords / groups;
    if (members == 1)
      std::copy(distances.begin(), distances.end(), all);
    else
      for (size_t group = 0; group < groups; ++group) {
        all[group] = distances[group * members];
        for (size_t i = 1; i < members; ++i) all[group] = std::min(all[group], distances[group * members + i]);
      }
    least = Least(all, groups) >> kWordBits;
  }
  void Narrow(uint32_t reach) {
    const uint32_t limit = (least + reach) << kWordBits | (kCodewords - 1);
    near_count = 0;
    for (size_t group = 0; group < groups; ++group) {
      near[near_count] = all[group];
      near_count += all[group] <= limit;
    }
    std::sort(near, near + near_count);
  }
  uint32_t distance(size_t i) const { return (near[i] >> kWordBits) - least; }
  uint32_t word(size_t i) const { return near[i] & (kCodewords - 1); }
};

}  // namespace

uint64_t SignatureOf(const feature::Descriptor& descriptor) {
  uint64_t signature = 0;
  for (size_t i = 0; i < kSignatureBits; ++i) {
    const unsigned bit = kLocalSignatureBits[i];
    signature |= (descriptor.words[bit / 64] >> (bit % 64) & 1) << i;
  }
  return signature;
}

void ComputeDistances(const feature::Descriptor& descriptor, CodewordDistances& distances) {
  const Tables& tables = TheTables();
  int8_t ranks[kRanks];
  float place[kCodeDims];
  Ranks(descriptor, ranks);
  Project(tables, ranks, place);
  Distances(tables, place, distances);
}

PointCode CodeOf(const feature::Descriptor& descriptor) {
  CodewordDistances distances;
  ComputeDistances(descriptor, distances);
  PointCode code{0, SignatureOf(descriptor)};
  for (size_t part = 0; part < kCodeParts; ++part) {
    const uint32_t nearest = Least(distances[part].data(), kCodewords) & (kCodewords - 1);
    code.cell |= TheTables().spread[nearest] << (kCodeParts - 1 - part);
  }
  return code;
}

size_t NearestCells(const CodewordDistances& distances, int bits, size_t count, uint32_t* out) {
  const Tables& tables = TheTables();
  const int drop = kCellBits - bits;
  Part parts[kCodeParts];
  size_t all = 1;
  for (size_t part = 0; part < kCodeParts; ++part) {
    // A coarse cell keeps this many bits of this part.
    parts[part].Gather(distances[part],
                       (bits + static_cast<int>(kCodeParts - 1 - part)) / static_cast<int>(kCodeParts));
    all *= parts[part].groups;
  }
  count = std::min(count, all);
  // Combinations within a reach, and how many lie within each 32nd of it.
  constexpr size_t kSteps = 32, kRoom = 4 * kProbesMax;
  uint32_t cells[kRoom], sums[kRoom];
  uint32_t reach = 8 * static_cast<uint32_t>(kDistanceUnit), too_narrow = 0;
  for (;;) {
    for (Part& part : parts) part.Narrow(reach);
    size_t held = 0;
    for (size_t a = 0; a < parts[0].near_count; ++a) {
      const uint32_t bits_a = tables.spread[parts[0].word(a)] << 2;
      for (size_t b = 0; b < parts[1].near_count && parts[0].distance(a) + parts[1].distance(b) <= reach; ++b) {
        const uint32_t sum = parts[0].distance(a) + parts[1].distance(b);
        const uint32_t bits_ab = bits_a | tables.spread[parts[1].word(b)] << 1;
        for (size_t c = 0; c < parts[2].near_count && held < kRoom; ++c) {
          const uint32_t total = sum + parts[2].distance(c);
          if (total > reach) break;
          cells[held] = bits_ab | tables.spread[parts[2].word(c)];
          sums[held++] = total;
        }
      }
    }
    if (held < count) {
      too_narrow = reach;
      reach += reach / 2;
      continue;
    }
    if (held == kRoom && reach - too_narrow > 1) {  // what had no room may be nearer
      reach = too_narrow + (reach - too_narrow) / 2;
      continue;
    }
    uint32_t steps[kSteps + 1] = {};
    const uint32_t step = reach / kSteps + 1;
    for (size_t i = 0; i < held; ++i) ++steps[sums[i] / step];
    uint32_t limit = 0;
    for (size_t within = 0; limit < kSteps && within + steps[limit] <= count; ++limit) within += steps[limit];
    size_t written = 0;
    for (size_t i = 0; i < held && written < count; ++i) {
      out[written] = cells[i] >> drop;
      written += sums[i] < std::max(limit, 1u) * step;
    }
    return std::max<size_t>(written, 1);
  }
}

}  // namespace likeness::index
