// Profiles are made here with Little CMS, which is also the oracle.
#include "codec/colour_profile.h"

#include <gtest/gtest.h>
#include <lcms2.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "codec/matrix_profile.h"

namespace likeness::codec {
namespace {

struct CloseProfile {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using Profile = std::unique_ptr<void, CloseProfile>;

struct Kind {
  const char* name;
  cmsCIExyY white;
  cmsCIExyYTRIPLE primaries;
  double gamma;  // 0: sRGB's curve
};
constexpr cmsCIExyY kD65 = {0.3127, 0.3290, 1}, kD50 = {0.3457, 0.3585, 1};
constexpr Kind kDisplayP3 = {"Display P3", kD65, {{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}}, 0};
constexpr Kind kAdobeRgb = {"Adobe RGB", kD65, {{0.64, 0.33, 1}, {0.21, 0.71, 1}, {0.15, 0.06, 1}}, 2.19921875};
constexpr Kind kProPhoto = {"ProPhoto", kD50, {{0.7347, 0.2653, 1}, {0.1596, 0.8404, 1}, {0.0366, 0.0001, 1}}, 1.8};
constexpr Kind kLinear = {"linear Rec. 2020", kD65, {{0.708, 0.292, 1}, {0.170, 0.797, 1}, {0.131, 0.046, 1}}, 1};

Profile Make(const Kind& kind) {
  const cmsFloat64Number srgb[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  cmsToneCurve* curve =
      kind.gamma == 0 ? cmsBuildParametricToneCurve(nullptr, 4, srgb) : cmsBuildGamma(nullptr, kind.gamma);
  cmsToneCurve* const curves[3] = {curve, curve, curve};
  Profile profile(cmsCreateRGBProfile(&kind.white, &kind.primaries, curves));
  cmsFreeToneCurve(curve);
  return profile;
}

// As pictures carry it.
Bytes Saved(const Profile& profile) {
  cmsUInt32Number size = 0;
  EXPECT_TRUE(cmsSaveProfileToMem(profile.get(), nullptr, &size));
  Bytes out(size);
  EXPECT_TRUE(cmsSaveProfileToMem(profile.get(), out.data(), &size));
  return out;
}

image::Bitmap Noise(int width, int height, int channels) {
  image::Bitmap out(width, height, channels);
  std::mt19937 random(3);
  for (uint8_t& sample : out.pixels) sample = uint8_t(random());
  return out;
}

// Little CMS without its shortcuts.
image::Bitmap ByLcms(image::Bitmap bitmap, const Bytes& icc, cmsUInt32Number layout) {
  const Profile source(cmsOpenProfileFromMem(icc.data(), cmsUInt32Number(icc.size())));
  const Profile target(cmsCreate_sRGBProfile());
  void* transform = cmsCreateTransform(source.get(), layout, target.get(), layout, INTENT_PERCEPTUAL,
                                       cmsFLAGS_NOOPTIMIZE | cmsFLAGS_COPY_ALPHA);
  cmsDoTransform(transform, bitmap.pixels.data(), bitmap.pixels.data(), cmsUInt32Number(bitmap.width * bitmap.height));
  cmsDeleteTransform(transform);
  return bitmap;
}

TEST(ColourProfile, MatrixProfilesAgreeWithLittleCms) {
  for (const Kind& kind : {kDisplayP3, kAdobeRgb, kProPhoto, kLinear}) {
    for (int channels : {3, 4}) {
      SCOPED_TRACE(testing::Message() << kind.name << ", " << channels << " channels");
      const Bytes icc = Saved(Make(kind));
      const image::Bitmap before = Noise(301, 200, channels);
      const image::Bitmap want = ByLcms(before, icc, channels == 3 ? TYPE_RGB_8 : TYPE_RGBA_8);
      image::Bitmap got = before;
      ToSrgb(got, icc);
      EXPECT_NE(got.pixels, before.pixels);
      double sum = 0;
      int worst = 0;
      for (size_t i = 0; i < got.pixels.size(); ++i) {
        const int difference = std::abs(int(got.pixels[i]) - int(want.pixels[i]));
        if (channels == 4 && i % 4 == 3) {
          ASSERT_EQ(got.pixels[i], before.pixels[i]);
        }
        worst = std::max(worst, difference), sum += difference;
      }
      EXPECT_LE(worst, 1);
      EXPECT_LE(sum / double(got.pixels.size()), 0.02);
    }
  }
}

TEST(ColourProfile, GreysStayGreysAndTheEndsStay) {
  for (const Kind& kind : {kDisplayP3, kAdobeRgb, kProPhoto}) {
    image::Bitmap ramp(256, 1, 3);
    for (int i = 0; i < 256 * 3; ++i) ramp.pixels[size_t(i)] = uint8_t(i / 3);
    ToSrgb(ramp, Saved(Make(kind)));
    for (int x = 0; x < 256; ++x) {
      const uint8_t* at = ramp.row(0) + 3 * x;
      EXPECT_NEAR(at[0], at[1], 1) << kind.name << ' ' << x;
      EXPECT_NEAR(at[2], at[1], 1) << kind.name << ' ' << x;
    }
    EXPECT_EQ(ramp.pixels[0], 0) << kind.name;
    EXPECT_EQ(ramp.pixels[255 * 3 + 1], 255) << kind.name;
  }
}

TEST(ColourProfile, OnlyMatrixProfilesTakeTheShortcut) {
  EXPECT_NE(MatrixProfile::Read(Make(kDisplayP3).get()), nullptr);
  cmsToneCurve* gamma = cmsBuildGamma(nullptr, 2.2);
  const Profile grey(cmsCreateGrayProfile(cmsD50_xyY(), gamma));
  cmsFreeToneCurve(gamma);
  EXPECT_EQ(MatrixProfile::Read(grey.get()), nullptr);
  const Profile lab(cmsCreateLab4Profile(nullptr));
  EXPECT_EQ(MatrixProfile::Read(lab.get()), nullptr);
}

// Gives a table that turns everything into XYZ's middle precedence over the matrix.
TEST(ColourProfile, ATableComesBeforeTheMatrix) {
  const Profile profile = Make(kAdobeRgb);
  cmsSetProfileVersion(profile.get(), 4.3);
  cmsPipeline* table = cmsPipelineAlloc(nullptr, 3, 3);
  const std::vector<cmsUInt16Number> nodes(2 * 2 * 2 * 3, 0x4000);
  ASSERT_TRUE(cmsPipelineInsertStage(table, cmsAT_END, cmsStageAllocToneCurves(nullptr, 3, nullptr)));
  ASSERT_TRUE(cmsPipelineInsertStage(table, cmsAT_END, cmsStageAllocCLut16bit(nullptr, 2, 3, 3, nodes.data())));
  ASSERT_TRUE(cmsPipelineInsertStage(table, cmsAT_END, cmsStageAllocToneCurves(nullptr, 3, nullptr)));
  ASSERT_TRUE(cmsWriteTag(profile.get(), cmsSigAToB0Tag, table));
  cmsPipelineFree(table);
  EXPECT_EQ(MatrixProfile::Read(profile.get()), nullptr);
  image::Bitmap got = Noise(30, 20, 3);
  ToSrgb(got, Saved(profile));
  for (size_t i = 3; i < got.pixels.size(); ++i) ASSERT_EQ(got.pixels[i], got.pixels[i % 3]);
}

TEST(ColourProfile, SrgbAndNonsenseChangeNothing) {
  const image::Bitmap before = Noise(64, 64, 3);
  Bytes cut = Saved(Make(kAdobeRgb));
  cut.resize(200);
  const Kind srgb = {"sRGB", kD65, {{0.64, 0.33, 1}, {0.30, 0.60, 1}, {0.15, 0.06, 1}}, 0};
  for (const Bytes& icc : {Saved(Make(srgb)), cut, Bytes(500, 7), Bytes{}}) {
    image::Bitmap bitmap = before;
    ToSrgb(bitmap, icc);
    EXPECT_EQ(bitmap.pixels, before.pixels);
  }
}

}  // namespace
}  // namespace likeness::codec
