#include "image/palette.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace likeness::image {
namespace {

constexpr int kBinBits = 5;   // a channel, of the histogram
constexpr int kCellBits = 6;  // a channel, of the table of nearest colours
constexpr int kAlphaMin = 128;
constexpr int kDither = 14;  // the pattern's span: about how far colours of a photo's palette lie apart
constexpr int kNear = 3;     // a colour this near to one of the palette needs no pattern

struct Bin {
  uint64_t count = 0;
  std::array<uint64_t, 3> sum{};
  std::array<double, 3> Mean() const {
    return {double(sum[0]) / double(count), double(sum[1]) / double(count), double(sum[2]) / double(count)};
  }
};

// A part of the colour cube: some bins.
struct Part {
  std::vector<const Bin*> bins;
  std::array<double, 3> mean{};
  double error = 0;  // squared distances from the mean
  size_t axis = 0;   // along which they are largest

  explicit Part(std::vector<const Bin*> given) : bins(std::move(given)) {
    double count = 0;
    for (const Bin* bin : bins) {
      count += double(bin->count);
      for (size_t c = 0; c < 3; ++c) mean[c] += double(bin->sum[c]);
    }
    for (double& value : mean) value /= count;
    std::array<double, 3> spread{};
    for (const Bin* bin : bins) {
      const std::array<double, 3> colour = bin->Mean();
      for (size_t c = 0; c < 3; ++c) spread[c] += double(bin->count) * (colour[c] - mean[c]) * (colour[c] - mean[c]);
    }
    axis = static_cast<size_t>(std::max_element(spread.begin(), spread.end()) - spread.begin());
    error = bins.size() < 2 ? 0 : spread[0] + spread[1] + spread[2];
  }
};

bool Counts(const uint8_t* pixel) {
  return pixel[3] >= kAlphaMin;
}

// Empty where there are more than `colours_max`.
std::vector<PaletteColour> OwnColours(std::span<const Bitmap> pictures, size_t colours_max) {
  std::unordered_set<uint32_t> seen;
  uint32_t last = ~uint32_t{0};
  for (const Bitmap& picture : pictures)
    for (size_t i = 0; i < picture.pixels.size(); i += 4) {
      const uint8_t* pixel = &picture.pixels[i];
      const uint32_t colour = uint32_t{pixel[0]} << 16 | uint32_t{pixel[1]} << 8 | pixel[2];
      if (colour == last || !Counts(pixel)) continue;
      last = colour;
      if (seen.insert(colour).second && seen.size() > colours_max) return {};
    }
  std::vector<PaletteColour> out;
  for (const uint32_t colour : seen) out.push_back({uint8_t(colour >> 16), uint8_t(colour >> 8), uint8_t(colour)});
  std::sort(out.begin(), out.end());
  if (out.empty()) out.push_back({0, 0, 0});
  return out;
}

std::vector<Bin> Histogram(std::span<const Bitmap> pictures) {
  std::vector<Bin> bins(size_t{1} << (3 * kBinBits));
  constexpr int kShift = 8 - kBinBits;
  for (const Bitmap& picture : pictures)
    for (size_t i = 0; i < picture.pixels.size(); i += 4) {
      const uint8_t* pixel = &picture.pixels[i];
      if (!Counts(pixel)) continue;
      Bin& bin = bins[size_t(pixel[0] >> kShift) << (2 * kBinBits) | size_t(pixel[1] >> kShift) << kBinBits |
                      size_t(pixel[2] >> kShift)];
      ++bin.count;
      for (size_t c = 0; c < 3; ++c) bin.sum[c] += pixel[c];
    }
  return bins;
}

int Distance(const PaletteColour& colour, const std::array<int, 3>& to) {
  int out = 0;
  for (size_t c = 0; c < 3; ++c) out += (colour[c] - to[c]) * (colour[c] - to[c]);
  return out;
}

// The nearest colour of a palette: of colours that it has, those; of others by the middle of their cell of the cube, so
// that the answer hangs on nothing but the colour. Cells are filled when they are first asked for.
class Nearest {
 public:
  explicit Nearest(std::span<const PaletteColour> palette)
      : palette_(palette), found_(size_t{1} << (3 * kCellBits), -1) {
    for (size_t i = 0; i < palette.size(); ++i)
      own_.emplace(Key({palette[i][0], palette[i][1], palette[i][2]}, 8), static_cast<uint8_t>(i));
  }

  uint8_t Of(const std::array<int, 3>& colour) {
    if (const auto own = own_.find(Key(colour, 8)); own != own_.end()) return own->second;
    int16_t& found = found_[Key(colour, kCellBits)];
    if (found < 0) found = Search(colour);
    return static_cast<uint8_t>(found);
  }

 private:
  static uint32_t Key(const std::array<int, 3>& colour, int bits) {
    const int shift = 8 - bits;
    return static_cast<uint32_t>(colour[0] >> shift << 2 * bits | colour[1] >> shift << bits | colour[2] >> shift);
  }

  int16_t Search(std::array<int, 3> colour) const {
    constexpr int kCell = 1 << (8 - kCellBits);
    for (int& channel : colour) channel = channel / kCell * kCell + kCell / 2;
    const auto nearer = [&](const PaletteColour& x, const PaletteColour& y) {
      return Distance(x, colour) < Distance(y, colour);
    };
    return static_cast<int16_t>(std::min_element(palette_.begin(), palette_.end(), nearer) - palette_.begin());
  }

  std::span<const PaletteColour> palette_;
  std::unordered_map<uint32_t, uint8_t> own_;
  std::vector<int16_t> found_;
};

// 0..63, each once in eight by eight.
int Bayer(int x, int y) {
  int out = 0;
  for (int bit = 0; bit < 3; ++bit) out = out << 2 | (((x ^ y) >> bit & 1) << 1 | (y >> bit & 1));
  return out;
}

}  // namespace

std::vector<PaletteColour> FindPalette(std::span<const Bitmap> pictures, size_t colours_max) {
  if (std::vector<PaletteColour> own = OwnColours(pictures, colours_max); !own.empty()) return own;
  const std::vector<Bin> bins = Histogram(pictures);
  std::vector<const Bin*> all;
  for (const Bin& bin : bins)
    if (bin.count > 0) all.push_back(&bin);
  std::vector<Part> parts;
  parts.emplace_back(std::move(all));
  while (parts.size() < colours_max) {
    const auto worst =
        std::max_element(parts.begin(), parts.end(), [](const Part& x, const Part& y) { return x.error < y.error; });
    if (worst->error <= 0) break;
    const auto middle = std::partition(worst->bins.begin(), worst->bins.end(), [&](const Bin* bin) {
      return bin->Mean()[worst->axis] < worst->mean[worst->axis];
    });
    std::vector<const Bin*> above(middle, worst->bins.end()), below(worst->bins.begin(), middle);
    if (above.empty() || below.empty()) {  // nearer to each other than a sum is exact
      worst->error = 0;
      continue;
    }
    *worst = Part(std::move(below));
    parts.emplace_back(std::move(above));
  }
  std::vector<PaletteColour> out;
  for (const Part& part : parts) {
    PaletteColour& colour = out.emplace_back();
    for (size_t c = 0; c < 3; ++c) colour[c] = static_cast<uint8_t>(part.mean[c] + 0.5);
  }
  return out;
}

std::vector<uint8_t> IndexByPalette(const Bitmap& picture, std::span<const PaletteColour> palette,
                                    uint8_t transparent) {
  Nearest nearest(palette);
  std::vector<uint8_t> out(size_t(picture.width) * size_t(picture.height), transparent);
  for (int y = 0; y < picture.height; ++y) {
    const uint8_t* pixel = picture.row(y);
    uint8_t* to = out.data() + size_t(y) * size_t(picture.width);
    for (int x = 0; x < picture.width; ++x, pixel += 4, ++to) {
      if (!Counts(pixel)) continue;
      std::array<int, 3> colour = {pixel[0], pixel[1], pixel[2]};
      *to = nearest.Of(colour);
      if (Distance(palette[*to], colour) <= kNear * kNear) continue;
      const int offset = (2 * Bayer(x, y) - 63) * kDither / 128;
      for (int& channel : colour) channel = std::clamp(channel + offset, 0, 255);
      *to = nearest.Of(colour);
    }
  }
  return out;
}

}  // namespace likeness::image
