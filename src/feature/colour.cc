#include "feature/colour.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace likeness::feature {
namespace {

// Neighbouring pixels mostly fall in one bin: four histograms in turn keep an increment from waiting for the one before
// it. 16 bits each, so that all four stay in the first-level cache; emptied into wide counts before they can overflow
// (a lane takes a quarter of the pixels and a few more).
constexpr int kLanes = 4;
constexpr size_t kPixelsPerFlush = 200'000;

class Counter {
 public:
  void Add(int lane, uint32_t bin) { ++lanes_[lane][bin]; }
  void Flush() {
    for (auto& lane : lanes_) {
      for (size_t i = 0; i < kColourBins; ++i) total_[i] += lane[i];
      lane.fill(0);
    }
  }
  const std::array<uint64_t, kColourBins>& total() const { return total_; }

 private:
  std::array<std::array<uint16_t, kColourBins>, kLanes> lanes_{};
  std::array<uint64_t, kColourBins> total_{};
};

// From r, g, b in the three low bytes; the fourth is ignored.
inline uint32_t BinOf(uint32_t rgb) {
  return (rgb & 0xF0) << 4 | (rgb >> 8 & 0xF0) | (rgb >> 20 & 0x0F);
}

inline uint32_t Load32(const uint8_t* p) {
  uint32_t value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

void CountRgb(const uint8_t* p, size_t count, Counter* counter) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4, p += 12) {
    uint32_t a = Load32(p), b = Load32(p + 4), c = Load32(p + 8);
    counter->Add(0, BinOf(a));
    counter->Add(1, BinOf(a >> 24 | b << 8));
    counter->Add(2, BinOf(b >> 16 | c << 16));
    counter->Add(3, BinOf(c >> 8));
  }
  for (; i < count; ++i, p += 3) counter->Add(0, BinOf(p[0] | p[1] << 8 | p[2] << 16));
}

void CountRgba(const uint8_t* p, size_t count, Counter* counter) {
  for (size_t i = 0; i < count; ++i, p += 4) {
    uint32_t rgba = Load32(p);
    if (rgba >> 24) counter->Add(i % kLanes, BinOf(rgba));
  }
}

void CountGrey(const uint8_t* p, size_t count, Counter* counter) {
  for (size_t i = 0; i < count; ++i) counter->Add(i % kLanes, (p[i] >> 4) * 0x111u);
}

ColourHistogram Shares(const std::array<uint64_t, kColourBins>& counts) {
  uint64_t pixels = 0;
  for (uint64_t count : counts) pixels += count;
  if (pixels == 0) return {};
  struct Remainder {
    uint64_t rest;
    uint16_t bin;
  };
  std::vector<Remainder> remainders;
  std::array<uint16_t, kColourBins> weights{};
  uint32_t left = kColourTotal;
  for (uint32_t bin = 0; bin < kColourBins; ++bin) {
    if (counts[bin] == 0) continue;
    uint64_t scaled = counts[bin] * kColourTotal;
    weights[bin] = static_cast<uint16_t>(scaled / pixels);
    left -= weights[bin];
    remainders.push_back({scaled % pixels, static_cast<uint16_t>(bin)});
  }
  std::nth_element(remainders.begin(), remainders.begin() + left, remainders.end(),
                   [](const auto& a, const auto& b) { return a.rest != b.rest ? a.rest > b.rest : a.bin < b.bin; });
  for (uint32_t i = 0; i < left; ++i) ++weights[remainders[i].bin];
  ColourHistogram histogram;
  for (uint32_t bin = 0; bin < kColourBins; ++bin) {
    if (weights[bin]) histogram.push_back({static_cast<uint16_t>(bin), weights[bin]});
  }
  return histogram;
}

}  // namespace

ColourHistogram ComputeColour(const image::Bitmap& bitmap) {
  Counter counter;
  size_t pixels = static_cast<size_t>(bitmap.width) * bitmap.height;
  for (size_t done = 0; done < pixels; done += kPixelsPerFlush) {
    const uint8_t* p = bitmap.pixels.data() + done * bitmap.channels;
    size_t count = std::min(pixels - done, kPixelsPerFlush);
    if (bitmap.channels == 3) CountRgb(p, count, &counter);
    if (bitmap.channels == 4) CountRgba(p, count, &counter);
    if (bitmap.channels == 1) CountGrey(p, count, &counter);
    counter.Flush();
  }
  return Shares(counter.total());
}

uint32_t ColourDistance(const ColourHistogram& a, const ColourHistogram& b) {
  uint32_t distance = 0;
  auto i = a.begin();
  auto j = b.begin();
  while (i != a.end() && j != b.end()) {
    if (i->bin == j->bin) {
      distance += i->weight > j->weight ? i->weight - j->weight : j->weight - i->weight;
      ++i;
      ++j;
    } else if (i->bin < j->bin) {
      distance += (i++)->weight;
    } else {
      distance += (j++)->weight;
    }
  }
  for (; i != a.end(); ++i) distance += i->weight;
  for (; j != b.end(); ++j) distance += j->weight;
  return distance;
}

}  // namespace likeness::feature
