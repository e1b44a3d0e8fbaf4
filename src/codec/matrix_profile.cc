#include "codec/matrix_profile.h"

#include <lcms2.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

namespace likeness::codec {

namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

// Columns are the colorants: linear RGB to XYZ under D50.
std::optional<Matrix> Colorants(cmsHPROFILE profile) {
  constexpr cmsTagSignature kTags[] = {cmsSigRedColorantTag, cmsSigGreenColorantTag, cmsSigBlueColorantTag};
  Matrix out{};
  for (size_t c = 0; c < 3; ++c) {
    const auto* xyz = static_cast<const cmsCIEXYZ*>(cmsReadTag(profile, kTags[c]));
    if (xyz == nullptr) return std::nullopt;
    out[0][c] = xyz->X, out[1][c] = xyz->Y, out[2][c] = xyz->Z;
    for (const auto& row : out) {
      if (!std::isfinite(row[c])) return std::nullopt;
    }
  }
  return out;
}

// REQUIRES: a determinant away from zero, as sRGB's is.
Matrix Inverse(const Matrix& m) {
  const auto minor = [&m](size_t row, size_t column) {
    const size_t r0 = row == 0 ? 1 : 0, r1 = row == 2 ? 1 : 2, c0 = column == 0 ? 1 : 0, c1 = column == 2 ? 1 : 2;
    return ((row + column) % 2 == 0 ? 1 : -1) * (m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0]);
  };
  const double determinant = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
  Matrix out{};
  for (size_t row = 0; row < 3; ++row) {
    for (size_t column = 0; column < 3; ++column) out[row][column] = minor(column, row) / determinant;
  }
  return out;
}

// IEC 61966-2-1, 0..1 to 0..1.
double SrgbFromLinear(double linear) {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

}  // namespace

std::unique_ptr<MatrixProfile> MatrixProfile::Read(void* profile) {
  if (cmsGetColorSpace(profile) != cmsSigRgbData || cmsGetPCS(profile) != cmsSigXYZData) return nullptr;
  for (const cmsTagSignature table : {cmsSigAToB0Tag, cmsSigDToB0Tag}) {
    if (cmsIsTag(profile, table)) return nullptr;
  }
  std::array<const cmsToneCurve*, 3> curves{};
  constexpr cmsTagSignature kCurves[] = {cmsSigRedTRCTag, cmsSigGreenTRCTag, cmsSigBlueTRCTag};
  for (size_t c = 0; c < 3; ++c) {
    curves[c] = static_cast<const cmsToneCurve*>(cmsReadTag(profile, kCurves[c]));
    if (curves[c] == nullptr) return nullptr;
  }
  const std::optional<Matrix> source = Colorants(profile);
  const cmsHPROFILE srgb = cmsCreate_sRGBProfile();
  const std::optional<Matrix> target = srgb == nullptr ? std::nullopt : Colorants(srgb);
  if (srgb != nullptr) cmsCloseProfile(srgb);
  if (!source || !target) return nullptr;

  const Matrix from_xyz = Inverse(*target);
  auto out = std::make_unique<MatrixProfile>();
  for (size_t c = 0; c < 3; ++c) {
    for (size_t sample = 0; sample < 256; ++sample) {
      const float linear = cmsEvalToneCurveFloat(curves[c], static_cast<float>(sample) / 255.0f);
      if (!std::isfinite(linear)) return nullptr;
      for (size_t to = 0; to < 3; ++to) {
        double weight = 0;
        for (size_t i = 0; i < 3; ++i) weight += from_xyz[to][i] * (*source)[i][c];
        // Far outside of what the curve's table holds nothing differs any more; bounded, the sums stay exact enough.
        const double share = std::clamp(weight * std::clamp(double(linear), 0.0, 1.0), -64.0, 64.0) * (kCurveSteps - 1);
        out->share_[c][sample][to] = static_cast<float>(share + (c == 0 ? 0.5 : 0.0));
      }
    }
  }
  for (int i = 0; i < kCurveSteps; ++i) {
    out->curve_[size_t(i)] = static_cast<uint8_t>(255 * SrgbFromLinear(double(i) / (kCurveSteps - 1)) + 0.5);
  }
  return out;
}

template <int kChannels>
void MatrixProfile::Convert(uint8_t* row, int width) const {
  // Four floats that the compilers know to add and compare at once on every processor.
  using Four = float __attribute__((vector_size(16)));
  using FourInts = int32_t __attribute__((vector_size(16)));
  const auto load = [](const std::array<float, 4>& from) {
    Four out;
    std::memcpy(&out, __builtin_assume_aligned(from.data(), 16), sizeof out);
    return out;
  };
  const Four lowest{0, 0, 0, 0};
  const Four highest = lowest + float(kCurveSteps - 1);
  for (int x = 0; x < width; ++x, row += kChannels) {
    Four sum = load(share_[0][row[0]]) + load(share_[1][row[1]]) + load(share_[2][row[2]]);
    sum = sum > lowest ? sum : lowest;
    sum = sum < highest ? sum : highest;
    const FourInts at = __builtin_convertvector(sum, FourInts);
    row[0] = curve_[size_t(at[0])], row[1] = curve_[size_t(at[1])], row[2] = curve_[size_t(at[2])];
  }
}

void MatrixProfile::ToSrgb(uint8_t* row, int width, int channels) const {
  if (channels == 4) {
    Convert<4>(row, width);
  } else {
    Convert<3>(row, width);
  }
}

}  // namespace likeness::codec
