#include "codec/colour_profile.h"

#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "codec/matrix_profile.h"

namespace likeness::codec {

namespace {

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using Profile = std::unique_ptr<void, CloseProfile>;
struct DeleteTransform {
  void operator()(void* transform) const { cmsDeleteTransform(transform); }
};
using Transform = std::unique_ptr<void, DeleteTransform>;

enum class Kind { kGrey, kRgb, kRgba, kCmyk };

Profile OpenProfile(ByteView icc) {
  if (icc.size() < 128) return nullptr;
  return Profile(cmsOpenProfileFromMem(icc.data(), static_cast<cmsUInt32Number>(icc.size())));
}

cmsColorSpaceSignature SpaceOf(Kind kind) {
  switch (kind) {
    case Kind::kGrey:
      return cmsSigGrayData;
    case Kind::kCmyk:
      return cmsSigCmykData;
    case Kind::kRgb:
    case Kind::kRgba:
      break;
  }
  return cmsSigRgbData;
}

std::pair<cmsUInt32Number, cmsUInt32Number> LayoutsOf(Kind kind) {
  switch (kind) {
    case Kind::kGrey:
      return {TYPE_GRAY_8, TYPE_GRAY_8};
    case Kind::kCmyk:
      return {TYPE_CMYK_8, TYPE_RGB_8};
    case Kind::kRgba:
      return {TYPE_RGBA_8, TYPE_RGBA_8};
    case Kind::kRgb:
      break;
  }
  return {TYPE_RGB_8, TYPE_RGB_8};
}

// A grey profile with sRGB's curve, for pictures that stay grey.
Profile SrgbGrey() {
  const cmsFloat64Number srgb[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  cmsToneCurve* curve = cmsBuildParametricToneCurve(nullptr, 4, srgb);
  Profile profile(cmsCreateGrayProfile(cmsD50_xyY(), curve));
  cmsFreeToneCurve(curve);
  return profile;
}

size_t ChannelsOf(Kind kind) {
  return kind == Kind::kGrey ? 1 : kind == Kind::kRgb ? 3 : 4;
}

// Pixels all over the colour space, opaque.
std::vector<uint8_t> Probes(Kind kind) {
  constexpr std::array<uint8_t, 7> kSteps = {0, 24, 64, 112, 160, 208, 255};
  std::vector<uint8_t> in;
  for (uint8_t r : kSteps) {
    for (uint8_t g : kSteps) {
      for (uint8_t b : kSteps) {
        const uint8_t pixel[4] = {r, g, b, 255};
        in.insert(in.end(), pixel, pixel + ChannelsOf(kind));
      }
    }
  }
  return in;
}

bool Near(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b, int difference_max) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [difference_max](uint8_t x, uint8_t y) { return std::abs(int(x) - int(y)) <= difference_max; });
}

// What is done to pixels; nothing when there is no transform.
struct Conversion {
  Transform transform;
  std::unique_ptr<MatrixProfile> matrix;  // does the same, faster
};

// Nothing is to be done without a fitting profile, nor when no probe moves by more than one level: applying that would
// only add rounding.
Conversion Build(ByteView icc, Kind kind) {
  const Profile source = OpenProfile(icc);
  if (source == nullptr || cmsGetColorSpace(source.get()) != SpaceOf(kind)) return {};
  const Profile target = kind == Kind::kGrey ? SrgbGrey() : Profile(cmsCreate_sRGBProfile());
  const auto [in, out] = LayoutsOf(kind);
  const cmsUInt32Number flags = kind == Kind::kRgba ? cmsFLAGS_COPY_ALPHA : 0;
  Transform transform(cmsCreateTransform(source.get(), in, target.get(), out, INTENT_PERCEPTUAL, flags));
  if (transform == nullptr) return {};
  if (kind == Kind::kCmyk) return {std::move(transform), nullptr};

  const std::vector<uint8_t> probes = Probes(kind);
  const auto count = static_cast<cmsUInt32Number>(probes.size() / ChannelsOf(kind));
  std::vector<uint8_t> expected = probes, got = probes;
  cmsDoTransform(transform.get(), probes.data(), expected.data(), count);
  if (Near(probes, expected, 1)) return {};
  if (kind == Kind::kGrey) return {std::move(transform), nullptr};
  // Little CMS has the last word on what a profile means, an odd one too.
  std::unique_ptr<MatrixProfile> matrix = MatrixProfile::Read(source.get());
  if (matrix != nullptr) {
    matrix->ToSrgb(got.data(), static_cast<int>(count), static_cast<int>(ChannelsOf(kind)));
    if (!Near(got, expected, 2)) matrix = nullptr;
  }
  return {std::move(transform), std::move(matrix)};
}

// The last few conversions of this thread: the pictures of one camera share a profile, and building costs milliseconds.
const Conversion& Cached(ByteView icc, Kind kind) {
  struct Entry {
    Bytes icc;
    Kind kind = Kind::kGrey;
    Conversion conversion;
  };
  static thread_local std::vector<Entry> entries;
  constexpr size_t kEntriesMax = 4;
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.kind == kind && std::equal(entry.icc.begin(), entry.icc.end(), icc.begin(), icc.end());
  });
  if (found != entries.end()) {
    std::rotate(entries.begin(), found, found + 1);
    return entries.front().conversion;
  }
  if (entries.size() == kEntriesMax) entries.pop_back();
  entries.insert(entries.begin(), Entry{Bytes(icc.begin(), icc.end()), kind, Build(icc, kind)});
  return entries.front().conversion;
}

// lcms writes its complaints to standard error unless told otherwise.
void SilenceLcms() {
  static const bool kDone = [] {
    cmsSetLogErrorHandler([](cmsContext, cmsUInt32Number, const char*) {});
    return true;
  }();
  (void)kDone;
}

void InkToRgbRow(const uint8_t* in, uint8_t* out, int width) {
  for (int x = 0; x < width; ++x, in += 4, out += 3) {
    const unsigned light = 255u - in[3];
    for (int c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>(((255u - in[c]) * light + 127) / 255);
  }
}

}  // namespace

std::string ProfileDescription(ByteView icc) {
  SilenceLcms();
  const Profile profile = OpenProfile(icc);
  if (profile == nullptr) return {};
  char text[256] = {};
  cmsGetProfileInfoASCII(profile.get(), cmsInfoDescription, "en", "US", text, sizeof text - 1);
  return text;
}

void ToSrgb(image::Bitmap& bitmap, ByteView icc) {
  if (icc.empty() || bitmap.empty()) return;
  SilenceLcms();
  const Kind kind = bitmap.channels == 1 ? Kind::kGrey : bitmap.channels == 3 ? Kind::kRgb : Kind::kRgba;
  const Conversion& conversion = Cached(icc, kind);
  if (conversion.transform == nullptr) return;
  for (int y = 0; y < bitmap.height; ++y) {
    uint8_t* row = bitmap.row(y);
    if (conversion.matrix != nullptr) {
      conversion.matrix->ToSrgb(row, bitmap.width, bitmap.channels);
    } else {
      cmsDoTransform(conversion.transform.get(), row, row, static_cast<cmsUInt32Number>(bitmap.width));
    }
  }
}

image::Bitmap CmykToRgb(image::Bitmap bitmap, ByteView icc) {
  SilenceLcms();
  const cmsHTRANSFORM transform = icc.empty() ? nullptr : Cached(icc, Kind::kCmyk).transform.get();
  // In place: a row of RGB ends before the next row of ink begins.
  std::vector<uint8_t> row(size_t(bitmap.width) * 3);
  for (int y = 0; y < bitmap.height; ++y) {
    if (transform != nullptr) {
      cmsDoTransform(transform, bitmap.row(y), row.data(), static_cast<cmsUInt32Number>(bitmap.width));
    } else {
      InkToRgbRow(bitmap.row(y), row.data(), bitmap.width);
    }
    std::copy(row.begin(), row.end(), bitmap.pixels.begin() + ptrdiff_t(row.size()) * y);
  }
  bitmap.channels = 3;
  bitmap.pixels.resize(row.size() * size_t(bitmap.height));
  return bitmap;
}

}  // namespace likeness::codec
