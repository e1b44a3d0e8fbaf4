// Photos, edits of them, and as many other pictures with the same statistics of points as a benchmark wants.
#pragma once

#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/threads.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "compare/signals.h"
#include "feature/extract.h"
#include "image/resize.h"

namespace likeness::bench {

using feature::Descriptor;
using feature::LocalFeatures;
using image::Bitmap;

struct Photo {
  std::string name;
  Bitmap bitmap;
  LocalFeatures features;
};

inline std::vector<Photo> LoadPhotos(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Photo> photos(paths.size());
  ParallelFor(paths.size(), 2, nullptr, [&](size_t i) {
    auto bytes = ReadFile(paths[i], 64u << 20);
    if (!bytes.has_value()) return;
    auto decoded = codec::Decode(*bytes, {});
    if (!decoded.has_value()) return;
    photos[i] = {paths[i].filename().string(), std::move(decoded->bitmap), {}};
    photos[i].features = feature::ComputeLocal(photos[i].bitmap, {photos[i].bitmap.width, photos[i].bitmap.height});
  });
  std::erase_if(photos, [](const Photo& photo) { return photo.bitmap.empty(); });
  return photos;
}

inline Bitmap Jpeg(const Bitmap& bitmap, int quality) {
  auto bytes = codec::EncodeJpeg(bitmap, quality);
  auto decoded = codec::Decode(*bytes, {});
  return std::move(decoded->bitmap);
}

inline Bitmap Crop(const Bitmap& in, double share, std::mt19937_64& random) {
  const double side = std::sqrt(share);
  Bitmap out(std::max(16, int(in.width * side)), std::max(16, int(in.height * side)), in.channels);
  const int x = int(random() % uint64_t(in.width - out.width + 1)),
            y = int(random() % uint64_t(in.height - out.height + 1));
  for (int row = 0; row < out.height; ++row)
    std::memcpy(out.row(row), in.row(y + row) + x * in.channels, out.row_bytes());
  return out;
}

inline Bitmap Scale(const Bitmap& in, double scale) {
  const int width = int(in.width * scale), height = int(in.height * scale);
  return scale < 1 ? image::ResizeArea(in, width, height) : image::ResizeBilinear(in, width, height);
}

inline Bitmap Mirror(const Bitmap& in) {
  Bitmap out = in;
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x)
      std::memcpy(out.row(y) + x * in.channels, in.row(y) + (in.width - 1 - x) * in.channels, size_t(in.channels));
  return out;
}

// All that a query has.
inline compare::QueryFeatures Analysed(const Bitmap& bitmap) {
  compare::QueryFeatures query;
  feature::Features& features = query.features;
  features.width = uint32_t(bitmap.width);
  features.height = uint32_t(bitmap.height);
  features.pixel_hash = feature::ComputePixelHash(bitmap);
  query.phash_variants = feature::ComputePhashVariants(bitmap);
  features.phash = query.phash_variants[0];
  features.pdq = feature::ComputePdq(bitmap);
  features.colour = feature::ComputeColour(bitmap);
  const Bitmap working = feature::WorkingLuma(bitmap);
  const image::Size size{bitmap.width, bitmap.height};
  features.local = feature::ComputeLocal(working, size);
  features.structure = feature::ComputeStructure(working);
  features.quality = feature::ComputeQuality(bitmap, working, 0);
  features.low_information = feature::IsLowInformation(features);
  query.local_mirrored = feature::MirrorLocal(features.local, size);
  return query;
}

struct Edit {
  const char* name;
  std::function<Bitmap(const Bitmap&, std::mt19937_64&)> apply;
};

inline std::vector<Edit> Edits() {
  return {{"jpeg-30", [](const Bitmap& in, auto&) { return Jpeg(in, 30); }},
          {"resize-50", [](const Bitmap& in, auto&) { return Jpeg(Scale(in, 0.5), 80); }},
          {"resize-25", [](const Bitmap& in, auto&) { return Jpeg(Scale(in, 0.25), 80); }},
          {"crop-50", [](const Bitmap& in, auto& random) { return Jpeg(Crop(in, 0.5, random), 75); }},
          {"crop-30", [](const Bitmap& in, auto& random) { return Jpeg(Crop(in, 0.3, random), 75); }},
          {"crop-20", [](const Bitmap& in, auto& random) { return Jpeg(Crop(in, 0.2, random), 75); }},
          {"crop-10", [](const Bitmap& in, auto& random) { return Jpeg(Crop(in, 0.1, random), 75); }},
          {"mirror+crop-30", [](const Bitmap& in, auto& random) { return Jpeg(Mirror(Crop(in, 0.3, random)), 60); }},
          {"crop-50+resize-50+jpeg-40",
           [](const Bitmap& in, auto& random) { return Jpeg(Scale(Crop(in, 0.5, random), 0.5), 40); }}};
}

// Pictures that are not there: each point's descriptor is one of the photos' mixed with another in the space of cell
// ranks (0.9 and 0.44, so that variances stay), its bits compared anew; its place, size and angle are those of other
// points.
class Multiplier {
 public:
  explicit Multiplier(const std::vector<Photo>& photos) : photos_(photos) {
    for (const Photo& photo : photos)
      for (size_t i = 0; i < photo.features.keypoints.size(); ++i) {
        points_.push_back(photo.features.keypoints[i]);
        ranks_.push_back(Ranks(photo.features.descriptors[i]));
      }
  }

  struct Picture {
    LocalFeatures features;
    uint32_t width, height;
  };
  Picture Make(uint64_t number) const {
    std::mt19937_64 random(number * 7919 + 1);
    const Photo& like = photos_[random() % photos_.size()];
    Picture picture{{}, uint32_t(like.bitmap.width), uint32_t(like.bitmap.height)};
    for (size_t i = 0; i < like.features.keypoints.size(); ++i) {
      feature::Keypoint point = points_[random() % points_.size()];
      point.x = float(random() % picture.width);
      point.y = float(random() % picture.height);
      point.angle_degrees = float(random() % 3600) / 10;
      picture.features.keypoints.push_back(point);
      const auto &a = ranks_[random() % ranks_.size()], &b = ranks_[random() % ranks_.size()];
      picture.features.descriptors.push_back(Mixed(a, b));
    }
    return picture;
  }

 private:
  using RankVector = std::array<int8_t, 87>;

  // visit(a, b, bit): cell numbers over all grids and channels, and the bit that compares them.
  template <typename Visit>
  static void ForEachBit(Visit visit) {
    int bit = 0, base = 0;
    for (int side = 2; side <= 4; ++side)
      for (int channel = 0; channel < 3; ++channel, base += side * side)
        for (int a = 0; a < side * side; ++a)
          for (int b = a + 1; b < side * side; ++b, ++bit) visit(base + a, base + b, bit);
  }
  static RankVector Ranks(const Descriptor& descriptor) {
    RankVector ranks{};
    ForEachBit([&](int a, int b, int bit) {
      int sign = descriptor.words[size_t(bit / 64)] >> (bit % 64) & 1 ? 1 : -1;
      ranks[size_t(a)] = int8_t(ranks[size_t(a)] + sign);
      ranks[size_t(b)] = int8_t(ranks[size_t(b)] - sign);
    });
    return ranks;
  }
  static Descriptor Mixed(const RankVector& first, const RankVector& second) {
    std::array<int, 87> values;
    for (size_t i = 0; i < values.size(); ++i) values[i] = 90 * first[i] + 44 * second[i];
    Descriptor out;
    ForEachBit([&](int a, int b, int bit) {
      out.words[size_t(bit / 64)] |= uint64_t{values[size_t(a)] > values[size_t(b)]} << (bit % 64);
    });
    return out;
  }

  const std::vector<Photo>& photos_;
  std::vector<feature::Keypoint> points_;
  std::vector<RankVector> ranks_;
};

}  // namespace likeness::bench
