#include "codec/colour_profile.h"

#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

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

// No step of any channel moves by more than one: applying it would only add rounding.
bool ChangesNothing(cmsHTRANSFORM transform, Kind kind) {
  const size_t channels = kind == Kind::kGrey ? 1 : kind == Kind::kRgb ? 3 : 4;
  constexpr std::array<uint8_t, 7> kSteps = {0, 24, 64, 112, 160, 208, 255};
  std::vector<uint8_t> in;
  for (uint8_t r : kSteps) {
    for (uint8_t g : kSteps) {
      for (uint8_t b : kSteps) {
        const uint8_t pixel[4] = {r, g, b, 255};
        in.insert(in.end(), pixel, pixel + channels);
      }
    }
  }
  std::vector<uint8_t> out = in;
  cmsDoTransform(transform, in.data(), out.data(), static_cast<cmsUInt32Number>(in.size() / channels));
  for (size_t i = 0; i < in.size(); ++i) {
    if (std::abs(int(in[i]) - int(out[i])) > 1) return false;
  }
  return true;
}

// The transform, or null when nothing is to be done: no fitting profile, or as good as sRGB.
Transform Build(ByteView icc, Kind kind) {
  const Profile source = OpenProfile(icc);
  if (source == nullptr || cmsGetColorSpace(source.get()) != SpaceOf(kind)) return nullptr;
  const Profile target = kind == Kind::kGrey ? SrgbGrey() : Profile(cmsCreate_sRGBProfile());
  const auto [in, out] = LayoutsOf(kind);
  const cmsUInt32Number flags = kind == Kind::kRgba ? cmsFLAGS_COPY_ALPHA : 0;
  Transform transform(cmsCreateTransform(source.get(), in, target.get(), out, INTENT_PERCEPTUAL, flags));
  if (transform == nullptr || (kind != Kind::kCmyk && ChangesNothing(transform.get(), kind))) return nullptr;
  return transform;
}

// The last few transforms of this thread: the pictures of one camera share a profile, and building costs milliseconds.
cmsHTRANSFORM Cached(ByteView icc, Kind kind) {
  struct Entry {
    Bytes icc;
    Kind kind = Kind::kGrey;
    Transform transform;
  };
  static thread_local std::vector<Entry> entries;
  constexpr size_t kEntriesMax = 4;
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.kind == kind && std::equal(entry.icc.begin(), entry.icc.end(), icc.begin(), icc.end());
  });
  if (found != entries.end()) {
    std::rotate(entries.begin(), found, found + 1);
    return entries.front().transform.get();
  }
  if (entries.size() == kEntriesMax) entries.pop_back();
  entries.insert(entries.begin(), Entry{Bytes(icc.begin(), icc.end()), kind, Build(icc, kind)});
  return entries.front().transform.get();
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
  const cmsHTRANSFORM transform = Cached(icc, kind);
  if (transform == nullptr) return;
  for (int y = 0; y < bitmap.height; ++y) {
    cmsDoTransform(transform, bitmap.row(y), bitmap.row(y), static_cast<cmsUInt32Number>(bitmap.width));
  }
}

image::Bitmap CmykToRgb(image::Bitmap bitmap, ByteView icc) {
  SilenceLcms();
  const cmsHTRANSFORM transform = icc.empty() ? nullptr : Cached(icc, Kind::kCmyk);
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
