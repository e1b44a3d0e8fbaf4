// Area reduction works row by row: the source rows under one output row are summed with weights of 1/256 into 32 bits
// (whole rows first into 16 bits, which is what most of the work is), then each output pixel sums its columns of that.
// Sums: 255 * 256 * 65,000 rows fit 32 bits; a column sum adds at most 8 + 16 bits and is done in 64.
#include "image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(LIKENESS_SANITIZED)
#define LK_VECTORISED __attribute__((target_clones("avx2", "default")))
#else
#define LK_VECTORISED
#endif

namespace likeness::image {

namespace {

constexpr int64_t kOne = 256;

// The source cells under one output cell. Weights are 1..256; the inner cells have 256.
struct Span {
  int first = 0, last = 0;  // inclusive
  uint32_t weight_first = kOne, weight_last = kOne;
  double inverse = 1.0 / kOne;  // of the sum of the weights
};

std::vector<Span> MakeSpans(int source, int target) {
  std::vector<Span> spans(static_cast<size_t>(target));
  const int64_t n = source, m = target;
  for (int64_t i = 0; i < m; ++i) {
    Span& span = spans[size_t(i)];
    // The cell covers [i n / m, (i + 1) n / m): fractions in 1/m.
    const int64_t from = i * n, to = (i + 1) * n;
    span.first = int(from / m);
    span.last = int((to - 1) / m);
    const auto weight = [&](int64_t part) { return uint32_t(std::clamp<int64_t>((part * kOne + m / 2) / m, 1, kOne)); };
    if (span.first == span.last) continue;
    span.weight_first = weight((int64_t(span.first) + 1) * m - from);
    span.weight_last = weight(to - int64_t(span.last) * m);
    const int64_t inner = int64_t(span.last) - span.first - 1;
    span.inverse = 1.0 / double(span.weight_first + span.weight_last + inner * kOne);
  }
  return spans;
}

LK_VECTORISED void AddRow16(const uint8_t* __restrict in, uint16_t* __restrict sums, size_t count) {
  for (size_t i = 0; i < count; ++i) sums[i] = uint16_t(sums[i] + in[i]);
}

// Four rows at once: the sums are read and written a quarter as often.
LK_VECTORISED void AddFourRows16(const uint8_t* __restrict in, size_t stride, uint16_t* __restrict sums, size_t count) {
  const uint8_t *a = in, *b = in + stride, *c = b + stride, *d = c + stride;
  for (size_t i = 0; i < count; ++i) sums[i] = uint16_t(sums[i] + a[i] + b[i] + c[i] + d[i]);
}

LK_VECTORISED void AddRowWeighted(const uint8_t* __restrict in, uint32_t weight, uint32_t* __restrict sums,
                                  size_t count) {
  for (size_t i = 0; i < count; ++i) sums[i] += in[i] * weight;
}

LK_VECTORISED void Flush16(uint16_t* __restrict part, uint32_t* __restrict sums, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    sums[i] += uint32_t(part[i]) * uint32_t(kOne);
    part[i] = 0;
  }
}

// Premultiplies one row of RGBA; the alpha stays. Rounded division by 255.
LK_VECTORISED void PremultiplyRow(const uint8_t* __restrict in, uint8_t* __restrict out, size_t width) {
  for (size_t x = 0; x < width; ++x) {
    const uint32_t alpha = in[4 * x + 3];
    for (size_t c = 0; c < 3; ++c) {
      const uint32_t t = in[4 * x + c] * alpha + 127;
      out[4 * x + c] = uint8_t((t + 1 + (t >> 8)) >> 8);
    }
    out[4 * x + 3] = uint8_t(alpha);
  }
}

// Sums of one output row over the source rows of `span`.
class RowSummer {
 public:
  RowSummer(const Bitmap& bitmap)
      : bitmap_(bitmap),
        count_(bitmap.row_bytes()),
        sums_(count_),
        part_(count_),
        row_(bitmap.channels == 4 ? count_ : 0) {}

  const std::vector<uint32_t>& Sum(const Span& span) {
    std::fill(sums_.begin(), sums_.end(), 0u);
    AddRowWeighted(Row(span.first), span.weight_first, sums_.data(), count_);
    if (span.last == span.first) return sums_;
    AddRowWeighted(Row(span.last), span.weight_last, sums_.data(), count_);
    int rows = 0;
    for (int y = span.first + 1; y < span.last;) {
      const int step = bitmap_.channels != 4 && y + 4 <= span.last ? 4 : 1;
      if (rows + step > 256) {  // 255 * 257 is the most that 16 bits hold
        Flush16(part_.data(), sums_.data(), count_);
        rows = 0;
      }
      if (step == 4) {
        AddFourRows16(bitmap_.row(y), bitmap_.row_bytes(), part_.data(), count_);
      } else {
        AddRow16(Row(y), part_.data(), count_);
      }
      rows += step;
      y += step;
    }
    if (rows > 0) Flush16(part_.data(), sums_.data(), count_);
    return sums_;
  }

 private:
  const uint8_t* Row(int y) {
    if (bitmap_.channels != 4) return bitmap_.row(y);
    PremultiplyRow(bitmap_.row(y), row_.data(), size_t(bitmap_.width));
    return row_.data();
  }

  const Bitmap& bitmap_;
  size_t count_;
  std::vector<uint32_t> sums_;
  std::vector<uint16_t> part_;
  std::vector<uint8_t> row_;
};

template <int kChannels>
void SumColumns(const uint32_t* sums, const std::vector<Span>& columns, double row_inverse, uint8_t* out) {
  for (const Span& span : columns) {
    uint64_t sum[kChannels];
    const uint32_t* at = sums + size_t(span.first) * kChannels;
    for (int c = 0; c < kChannels; ++c) sum[c] = uint64_t(at[c]) * span.weight_first;
    if (span.last > span.first) {
      uint64_t inner[kChannels] = {};
      at += kChannels;
      for (int x = span.first + 1; x < span.last; ++x, at += kChannels) {
        for (int c = 0; c < kChannels; ++c) inner[c] += at[c];
      }
      for (int c = 0; c < kChannels; ++c) sum[c] += inner[c] * uint64_t(kOne) + uint64_t(at[c]) * span.weight_last;
    }
    const double inverse = span.inverse * row_inverse;
    if constexpr (kChannels == 4) {
      // Back to straight alpha.
      const double straight = sum[3] == 0 ? 0.0 : 255.0 / double(sum[3]);
      for (int c = 0; c < 3; ++c) out[c] = uint8_t(std::min(255.0, double(sum[c]) * straight + 0.5));
      out[3] = uint8_t(double(sum[3]) * inverse + 0.5);
    } else {
      for (int c = 0; c < kChannels; ++c) out[c] = uint8_t(double(sum[c]) * inverse + 0.5);
    }
    out += kChannels;
  }
}

}  // namespace

Size FitLongestSide(Size size, int longest) {
  const int side = std::max(size.width, size.height);
  if (side <= longest) return size;
  const auto fit = [&](int value) { return std::max(1, int((int64_t(value) * longest + side / 2) / side)); };
  return {fit(size.width), fit(size.height)};
}

Bitmap ResizeArea(const Bitmap& bitmap, int width, int height) {
  width = std::clamp(width, 1, bitmap.width);
  height = std::clamp(height, 1, bitmap.height);
  if (bitmap.empty() || (width == bitmap.width && height == bitmap.height)) return bitmap;
  const std::vector<Span> columns = MakeSpans(bitmap.width, width), rows = MakeSpans(bitmap.height, height);
  Bitmap out(width, height, bitmap.channels);
  RowSummer summer(bitmap);
  for (int y = 0; y < height; ++y) {
    const Span& span = rows[size_t(y)];
    const std::vector<uint32_t>& sums = summer.Sum(span);
    switch (bitmap.channels) {
      case 1:
        SumColumns<1>(sums.data(), columns, span.inverse, out.row(y));
        break;
      case 3:
        SumColumns<3>(sums.data(), columns, span.inverse, out.row(y));
        break;
      default:
        SumColumns<4>(sums.data(), columns, span.inverse, out.row(y));
        break;
    }
  }
  return out;
}

namespace {

// Two neighbours and their weights in 1/2048, as OpenCV's resize computes them.
struct Tap {
  int at0 = 0, at1 = 0;
  int weight0 = 2048, weight1 = 0;
};

std::vector<Tap> MakeTaps(int source, int target) {
  std::vector<Tap> taps(static_cast<size_t>(target));
  const double scale = double(source) / target;
  for (int i = 0; i < target; ++i) {
    float position = static_cast<float>((i + 0.5) * scale - 0.5);
    int first = static_cast<int>(std::floor(position));
    float fraction = position - static_cast<float>(first);
    if (first < 0) first = 0, fraction = 0;
    if (first >= source - 1) first = source - 1, fraction = 0;
    Tap& tap = taps[size_t(i)];
    tap.at0 = first;
    tap.at1 = std::min(first + 1, source - 1);
    tap.weight0 = static_cast<int>(std::lrint((1.0f - fraction) * 2048.0f));
    tap.weight1 = static_cast<int>(std::lrint(fraction * 2048.0f));
  }
  return taps;
}

}  // namespace

Bitmap ResizeBilinear(const Bitmap& bitmap, int width, int height) {
  if (bitmap.empty() || (width == bitmap.width && height == bitmap.height)) return bitmap;
  width = std::max(1, width), height = std::max(1, height);
  const int channels = bitmap.channels;
  const std::vector<Tap> columns = MakeTaps(bitmap.width, width), rows = MakeTaps(bitmap.height, height);
  Bitmap out(width, height, channels);
  const size_t count = out.row_bytes();
  std::vector<int> lines[2] = {std::vector<int>(count), std::vector<int>(count)};
  int held[2] = {-1, -1};  // the source rows that `lines` are made from
  const auto line = [&](int y, int slot) -> const int* {
    if (held[slot] != y) {
      if (held[1 - slot] == y) {
        lines[slot] = lines[1 - slot];
      } else {
        const uint8_t* in = bitmap.row(y);
        size_t i = 0;
        for (const Tap& tap : columns) {
          const uint8_t *a = in + size_t(tap.at0) * size_t(channels), *b = in + size_t(tap.at1) * size_t(channels);
          for (int c = 0; c < channels; ++c) lines[slot][i++] = a[c] * tap.weight0 + b[c] * tap.weight1;
        }
      }
      held[slot] = y;
    }
    return lines[slot].data();
  };
  for (int y = 0; y < height; ++y) {
    const Tap& tap = rows[size_t(y)];
    const int *a = line(tap.at0, 0), *b = line(tap.at1, 1);
    uint8_t* to = out.row(y);
    for (size_t i = 0; i < count; ++i) {
      const int value = (((tap.weight0 * (a[i] >> 4)) >> 16) + ((tap.weight1 * (b[i] >> 4)) >> 16) + 2) >> 2;
      to[i] = static_cast<uint8_t>(std::clamp(value, 0, 255));
    }
  }
  return out;
}

Bitmap Stretch(const Bitmap& bitmap, int width, int height) {
  const bool smaller = width <= bitmap.width && height <= bitmap.height;
  return smaller ? ResizeArea(bitmap, width, height) : ResizeBilinear(bitmap, width, height);
}

std::vector<Bitmap> Cascade(const Bitmap& bitmap, std::span<const int> longest_sides) {
  std::vector<Bitmap> out;
  out.reserve(longest_sides.size());
  for (const int longest : longest_sides) {
    const Size size = FitLongestSide({bitmap.width, bitmap.height}, longest);
    const bool from_last = !out.empty() && out.back().width >= 2 * size.width && out.back().height >= 2 * size.height;
    out.push_back(ResizeArea(from_last ? out.back() : bitmap, size.width, size.height));
  }
  return out;
}

}  // namespace likeness::image
