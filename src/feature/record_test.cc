#include "feature/record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "base/files.h"

namespace likeness::feature {
namespace {

// Made up, fixed: what tests/format_data/feature-record-v2.bin holds; version 1 has no layout.
Features Sample() {
  Features f;
  f.width = 4000;
  f.height = 3000;
  for (int i = 0; i < 16; ++i) f.pixel_hash[i] = static_cast<uint8_t>(0xA0 + i);
  f.phash.words = {0x0123456789abcdef, 1, 2, 3};
  f.pdq.hash.words = {4, 5, 6, 0xfedcba9876543210};
  f.pdq.quality = 88;
  f.quality = {.sharpness = 123.5f, .jpeg_quality = 92, .upscale_ratio = 0.75f, .contrast = 45.25f};
  for (size_t i = 0; i < f.structure.size(); ++i) f.structure[i] = static_cast<uint8_t>(i * 7);
  f.colour = {{0, 30000}, {273, 35000}, {4095, 535}};
  for (int i = 0; i < 3; ++i) {
    auto n = static_cast<float>(i);
    f.local.keypoints.push_back({100.5f + n, 2000.25f - n, 9.5f, 90.0f * n, 0.5f - 0.125f * n});
    Descriptor descriptor;
    for (int w = 0; w < 7; ++w) descriptor.words[w] = 0x0101010101010101u * static_cast<uint64_t>(w + i);
    descriptor.words[7] = (uint64_t{1} << 38) - 1;
    f.local.descriptors.push_back(descriptor);
  }
  f.low_information = true;
  f.layout.emplace();
  for (size_t block = 0; block < kLayoutBlocks; ++block) {
    (*f.layout)[block * kLayoutBins + block] = 200;
    (*f.layout)[block * kLayoutBins + (block + 3) % kLayoutBins] = 55;
  }
  return f;
}

void ExpectEqual(const Features& a, const Features& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.pixel_hash, b.pixel_hash);
  EXPECT_EQ(a.phash, b.phash);
  EXPECT_EQ(a.pdq, b.pdq);
  EXPECT_EQ(a.colour, b.colour);
  EXPECT_EQ(a.local.keypoints, b.local.keypoints);
  EXPECT_EQ(a.local.descriptors, b.local.descriptors);
  EXPECT_EQ(a.layout, b.layout);
  EXPECT_EQ(a.structure, b.structure);
  EXPECT_EQ(a.quality.sharpness, b.quality.sharpness);
  EXPECT_EQ(a.quality.jpeg_quality, b.quality.jpeg_quality);
  EXPECT_EQ(a.quality.upscale_ratio, b.quality.upscale_ratio);
  EXPECT_EQ(a.quality.contrast, b.quality.contrast);
  EXPECT_EQ(a.low_information, b.low_information);
}

TEST(FeatureRecord, ReadsBackWhatItWrites) {
  Features sample = Sample();
  Bytes bytes = SerializeFeatures(sample);
  EXPECT_EQ(bytes.size(), 4212u + 3 * 4 + 3 * (20 + 61) + 8 + 256);
  ExpectEqual(DeserializeFeatures(bytes).value(), sample);
  Features least;
  least.width = least.height = 1;
  ExpectEqual(DeserializeFeatures(SerializeFeatures(least)).value(), least);
}

TEST(FeatureRecord, Version1OpensForEver) {
  auto path = std::filesystem::path(LIKENESS_SOURCE_DIR) / "tests/format_data/feature-record-v1.bin";
  Bytes stored = ReadFile(path, 1 << 20).value();
  Features expected = Sample();
  expected.layout.reset();
  ExpectEqual(DeserializeFeatures(stored).value(), expected);
  stored.push_back(0);
  EXPECT_EQ(DeserializeFeatures(stored).error().code, ErrorCode::kCorruption);
}

TEST(FeatureRecord, Version2OpensForEver) {
  auto path = std::filesystem::path(LIKENESS_SOURCE_DIR) / "tests/format_data/feature-record-v2.bin";
  Bytes stored = ReadFile(path, 1 << 20).value();
  ExpectEqual(DeserializeFeatures(stored).value(), Sample());
}

TEST(FeatureRecord, Version3OpensForEver) {
  auto path = std::filesystem::path(LIKENESS_SOURCE_DIR) / "tests/format_data/feature-record-v3.bin";
  Bytes stored = ReadFile(path, 1 << 20).value();
  ExpectEqual(DeserializeFeatures(stored).value(), Sample());
  EXPECT_EQ(SerializeFeatures(Sample()), stored);
}

TEST(FeatureRecord, OnlyVersion3HoldsMoreThanTheLeadingPoints) {
  Features features = Sample();
  features.local.keypoints.resize(kLocalPointsMax, features.local.keypoints[0]);
  features.local.descriptors.resize(kLocalPointsMax);
  Bytes bytes = SerializeFeatures(features);
  ExpectEqual(DeserializeFeatures(bytes).value(), features);
  bytes[4] = 2;
  EXPECT_EQ(DeserializeFeatures(bytes).error().code, ErrorCode::kCorruption);
}

TEST(FeatureRecord, EveryTruncationAndEveryTailIsCorruption) {
  Bytes bytes = SerializeFeatures(Sample());
  for (size_t length = 0; length < bytes.size(); ++length) {
    if (length == bytes.size() - 8 - kLayoutBlocks * kLayoutBins) continue;  // a record without a layout
    // A copy of exactly this length, so that a checker of memory sees a read past it.
    Bytes cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length));
    auto read = DeserializeFeatures(cut);
    ASSERT_FALSE(read.has_value()) << length;
    EXPECT_EQ(read.error().code, ErrorCode::kCorruption);
  }
  bytes.push_back(0);
  EXPECT_EQ(DeserializeFeatures(bytes).error().code, ErrorCode::kCorruption);
}

TEST(FeatureRecord, FlippedBitsNeverCrashAndWhatIsReadIsInRange) {
  Bytes bytes = SerializeFeatures(Sample());
  auto try_read = [](const Bytes& changed) {
    auto read = DeserializeFeatures(changed);
    if (!read) return;
    // What got through is a record like any other; one of an earlier version is written as the last.
    Bytes written = SerializeFeatures(*read);
    written[4] = changed[4];
    EXPECT_EQ(written, changed);
  };
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    if (bit / 8 >= 120 && bit / 8 < 4200) continue;  // structure: any value is valid
    Bytes changed = bytes;
    changed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    try_read(changed);
  }
  std::mt19937 random(5);
  for (int round = 0; round < 5000; ++round) {
    Bytes changed = bytes;
    for (int i = 0; i < 4; ++i) changed[random() % changed.size()] = static_cast<uint8_t>(random());
    for (int i = 0; i < 2; ++i) changed[random() % 116] = static_cast<uint8_t>(random());
    try_read(changed);
  }
}

TEST(FeatureRecord, ANewerVersionIsUnsupported) {
  Bytes bytes = SerializeFeatures(Sample());
  bytes[4] = 4;
  EXPECT_EQ(DeserializeFeatures(bytes).error().code, ErrorCode::kUnsupported);
  bytes[4] = 0;
  EXPECT_EQ(DeserializeFeatures(bytes).error().code, ErrorCode::kCorruption);
}

TEST(FeatureRecord, ValuesOutOfRangeAreCorruption) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  std::function<void(Features&)> spoils[] = {
      [](Features& f) { f.width = 0; },
      [](Features& f) { f.height = 0x80000000; },
      [](Features& f) { f.pdq.quality = 101; },
      [](Features& f) { f.quality.jpeg_quality = 101; },
      [](Features& f) { f.quality.upscale_ratio = 0; },
      [](Features& f) { f.quality.upscale_ratio = 1.5f; },
      [](Features& f) { f.quality.sharpness = kNan; },
      [](Features& f) { f.quality.sharpness = kInfinity; },
      [](Features& f) { f.quality.contrast = -1; },
      [](Features& f) { f.colour[1].bin = 0; },
      [](Features& f) { f.colour[2].bin = 4096; },
      [](Features& f) { f.colour[0].weight = 0; },
      [](Features& f) { f.colour[0].weight += 1; },
      [](Features& f) { ++(*f.layout)[7]; },
      [](Features& f) { (*f.layout)[255] = 255; },
      [](Features& f) { f.local.keypoints[0].x = 4001; },
      [](Features& f) { f.local.keypoints[0].y = kNan; },
      [](Features& f) { f.local.keypoints[1].size = 0; },
      [](Features& f) { f.local.keypoints[1].angle_degrees = 360; },
      [](Features& f) { f.local.keypoints[2].response = kInfinity; },
      [](Features& f) { f.local.descriptors[2].words[7] |= uint64_t{1} << 38; },
      [](Features& f) {
        f.local.keypoints.resize(kLocalPointsMax + 1, f.local.keypoints[0]);
        f.local.descriptors.resize(kLocalPointsMax + 1);
      },
  };
  int index = 0;
  for (const auto& spoil : spoils) {
    Features features = Sample();
    spoil(features);
    auto read = DeserializeFeatures(SerializeFeatures(features));
    ASSERT_FALSE(read.has_value()) << "case " << index;
    EXPECT_EQ(read.error().code, ErrorCode::kCorruption) << "case " << index;
    ++index;
  }
}

}  // namespace
}  // namespace likeness::feature
