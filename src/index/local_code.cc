#include "index/local_code.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

namespace likeness::index {
namespace {

// No fused multiply-add: every processor gives the same codes.
#ifdef LIKENESS_SANITIZED  // sanitizers are not up yet when the variants are chosen
#define LIKENESS_CLONES __attribute__((optimize("O3", "fp-contract=off")))
#else
#define LIKENESS_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3", "fp-contract=off")))
#endif

constexpr float kProjectionUnit = 1.0f / 8192, kCodewordUnit = 1.0f / 512;
constexpr float kDistanceUnit = 1024, kDistanceMax = 16383;
constexpr int kWordBits = 8;
constexpr uint32_t kDistanceEnd = uint32_t{1} << (32 - kWordBits);

// The bits that compare a cell with the others of its grid and channel lie in three words at most.
constexpr size_t kCellWords = 3;
struct CellBits {
  size_t word = 0;  // the first of them
  int count = 0;
  uint64_t compared[kCellWords] = {},
           exceeded[kCellWords] = {};  // exceeded: where a set bit says that the other is larger
};

// By columns, so that the inner loops run over codewords and over dimensions.
struct Tables {
  float projection[kCodeCells][kCodeDims];
  float offset[kCodeDims];
  float codebooks[kCodeParts][kPartDims][kCodewords];
  uint32_t spread[kCodewords];  // a codeword's bits, three places apart
  CellBits cells[kCodeCells];

  Tables() {
    FindCellBits();
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

  void FindCellBits() {
    constexpr size_t kWords = sizeof(feature::Descriptor::words) / sizeof(uint64_t);
    size_t bit = 0, base = 0;
    for (size_t side = 2; side <= 4; ++side)
      for (int channel = 0; channel < 3; ++channel, base += side * side) {
        const size_t word = std::min(bit / 64, kWords - kCellWords);
        for (size_t a = 0; a < side * side; ++a)
          for (size_t b = a + 1; b < side * side; ++b, ++bit)
            for (size_t cell : {base + a, base + b}) {
              const uint64_t one = uint64_t{1} << (bit % 64);
              cells[cell].word = word;
              ++cells[cell].count;
              cells[cell].compared[bit / 64 - word] |= one;
              if (cell == base + b) cells[cell].exceeded[bit / 64 - word] |= one;
            }
      }
  }
};

const Tables& TheTables() {
  static const auto tables = std::make_unique<const Tables>();
  return *tables;
}

// How many cells of its grid and channel each cell exceeds, less how many exceed it.
LIKENESS_CLONES void Ranks(const Tables& tables, const feature::Descriptor& descriptor, int8_t* ranks) {
  for (size_t cell = 0; cell < kCodeCells; ++cell) {
    const CellBits& bits = tables.cells[cell];
    const uint64_t* words = &descriptor.words[bits.word];
    int exceeds = 0;
    for (size_t i = 0; i < kCellWords; ++i)
      exceeds += __builtin_popcountll((words[i] ^ bits.exceeded[i]) & bits.compared[i]);
    ranks[cell] = static_cast<int8_t>(2 * exceeds - bits.count);
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
  constexpr size_t kRun = 32;  // codewords whose sums stay in registers
  for (size_t part = 0; part < kCodeParts; ++part) {
    for (size_t first = 0; first < kCodewords; first += kRun) {
      float sums[kRun] = {};
      for (size_t dim = 0; dim < kPartDims; ++dim) {
        const float at = place[part * kPartDims + dim];
        const float* words = tables.codebooks[part][dim] + first;
        for (size_t i = 0; i < kRun; ++i) {
          const float apart = at - words[i];
          sums[i] += apart * apart;
        }
      }
      for (uint32_t i = 0; i < kRun; ++i) {
        const float distance = sums[i] < kDistanceMax ? sums[i] : kDistanceMax;
        out[part][first + i] = static_cast<uint32_t>(static_cast<int32_t>(distance * kDistanceUnit)) << kWordBits |
                               (static_cast<uint32_t>(first) + i);
      }
    }
  }
}

LIKENESS_CLONES uint32_t Least(const uint32_t* values, size_t count) {
  uint32_t least = ~uint32_t{0};
  for (size_t i = 0; i < count; ++i) least = values[i] < least ? values[i] : least;
  return least;
}

LIKENESS_CLONES uint32_t CountWithin(const uint32_t* values, size_t count, uint32_t limit) {
  uint32_t within = 0;
  for (size_t i = 0; i < count; ++i) within += values[i] <= limit ? 1 : 0;
  return within;
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
  uint32_t Limit(uint32_t reach) const {
    return std::min(least + reach, kDistanceEnd - 1) << kWordBits | (kCodewords - 1);
  }
  uint32_t CountNear(uint32_t reach) const { return CountWithin(all, groups, Limit(reach)); }
  void Narrow(uint32_t reach) {
    const uint32_t limit = Limit(reach);
    size_t count = 0;
    for (size_t group = 0; group < groups; ++group) {
      near[count] = all[group];
      count += all[group] <= limit;
    }
    near_count = count;
    std::sort(near, near + near_count);
  }
  uint32_t distance(size_t i) const { return (near[i] >> kWordBits) - least; }
  uint32_t word(size_t i) const { return near[i] & (kCodewords - 1); }
};

// A reach within which there are about 1.5 times as many combinations as wanted, when distances grow evenly: then a
// sixth of those of three near codewords are near themselves.
uint32_t GuessReach(const Part* parts, size_t wanted, size_t all) {
  auto enough = [&](uint32_t reach) {
    size_t combinations = 1;
    for (size_t part = 0; part < kCodeParts; ++part) combinations *= parts[part].CountNear(reach);
    return combinations >= 9 * wanted || combinations == all;
  };
  uint32_t narrow = 0, wide = 16 * static_cast<uint32_t>(kDistanceUnit);
  while (!enough(wide)) narrow = std::exchange(wide, 2 * wide);
  for (int halvings = 0; halvings < 4; ++halvings) {
    const uint32_t middle = narrow + (wide - narrow) / 2;
    (enough(middle) ? wide : narrow) = middle;
  }
  return wide;
}

}  // namespace

uint32_t SignatureOf(const feature::Descriptor& descriptor) {
  uint32_t signature = 0;
  for (size_t i = 0; i < kSignatureBits; ++i) {
    const unsigned bit = kLocalSignatureBits[i];
    signature |= static_cast<uint32_t>(descriptor.words[bit / 64] >> (bit % 64) & 1) << i;
  }
  return signature;
}

void ComputeDistances(const feature::Descriptor& descriptor, CodewordDistances& distances) {
  const Tables& tables = TheTables();
  int8_t ranks[kCodeCells];
  float place[kCodeDims];
  Ranks(tables, descriptor, ranks);
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
  // Combinations within a reach, sorted by which of some equal steps they lie in.
  constexpr uint32_t kSteps = 64;
  constexpr size_t kRoom = 4 * kProbesMax;
  uint32_t cells[kRoom], sums[kRoom];
  uint32_t reach = GuessReach(parts, count, all), too_narrow = 0;
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
    const int width = static_cast<int>(std::bit_width(reach));
    const int shift = std::max(0, width - static_cast<int>(std::bit_width(kSteps - 1)));
    uint32_t ends[kSteps] = {};
    for (size_t i = 0; i < held; ++i) ++ends[sums[i] >> shift];
    // Whole steps as long as they have room, and of the next one the nearest.
    uint32_t limit = 0, written = 0;
    for (; limit < kSteps && written + ends[limit] <= count; ++limit) {
      const uint32_t begin = written;
      written += ends[limit];
      ends[limit] = begin;
    }
    uint64_t last[kRoom];
    size_t last_count = 0;
    for (size_t i = 0; i < held; ++i) {
      const uint32_t step = sums[i] >> shift;
      if (step < limit)
        out[ends[step]++] = cells[i] >> drop;
      else if (step == limit)
        last[last_count++] = uint64_t{sums[i]} << 32 | cells[i];
    }
    const size_t rest = std::min(last_count, count - written);
    std::nth_element(last, last + rest, last + last_count);
    for (size_t i = 0; i < rest; ++i) out[written++] = static_cast<uint32_t>(last[i]) >> drop;
    return written;
  }
}

}  // namespace likeness::index
