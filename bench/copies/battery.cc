#include "copies/battery.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <opencv2/features2d.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "feature/extract.h"

namespace likeness::bench {

std::vector<Photo> LoadPhotos(const std::string& folder, size_t limit) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  size_t count = limit == 0 ? paths.size() : std::min(limit, paths.size());
  std::vector<Photo> photos;
  for (size_t i = 0; i < count; ++i) {
    const auto& path = paths[i * paths.size() / count];
    cv::Mat pixels = cv::imread(path.string(), cv::IMREAD_COLOR);
    if (!pixels.empty()) photos.push_back({path.filename().string(), pixels});
  }
  return photos;
}

cv::Mat OriginalAkaze(const cv::Mat& bgr) {
  constexpr double kPixelsMax = 3000.0 * 3000.0;
  constexpr int kQuadrantMax = 64, kNeighboursMax = 3;
  constexpr float kNeighbourhood = 40;
  cv::Mat grey;
  cv::cvtColor(bgr, grey, cv::COLOR_BGR2GRAY);
  if (double(grey.cols) * grey.rows > kPixelsMax) {
    double scale = std::sqrt(kPixelsMax / (double(grey.cols) * grey.rows));
    cv::resize(grey, grey, {}, scale, scale, cv::INTER_LINEAR);
  }
  auto akaze = cv::AKAZE::create(cv::AKAZE::DESCRIPTOR_MLDB, 0, 3, 0.0f);
  std::vector<cv::KeyPoint> points, chosen;
  akaze->detect(grey, points);
  std::ranges::stable_sort(points, std::greater<>{}, &cv::KeyPoint::response);
  std::array<int, 4> quadrants{};
  float middle_x = float(grey.cols) / 2, middle_y = float(grey.rows) / 2;
  for (const cv::KeyPoint& point : points) {
    if (point.pt.x == middle_x || point.pt.y == middle_y) continue;
    int& count = quadrants[size_t((point.pt.x > middle_x) + 2 * (point.pt.y > middle_y))];
    if (count >= kQuadrantMax) continue;
    auto near = std::ranges::count_if(chosen, [&](const cv::KeyPoint& other) {
      cv::Point2f d = other.pt - point.pt;
      return d.x * d.x + d.y * d.y < kNeighbourhood * kNeighbourhood;
    });
    if (near >= kNeighboursMax) continue;
    ++count;
    chosen.push_back(point);
  }
  cv::Mat descriptors;
  if (!chosen.empty()) akaze->compute(grey, chosen, descriptors);
  return descriptors;
}

Picture Analyse(const cv::Mat& bgr, bool rivals, bool query) {
  Picture picture;
  image::Bitmap bitmap(bgr.cols, bgr.rows, 3);
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, bitmap.pixels.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);

  auto start = std::chrono::steady_clock::now();
  feature::Features& features = picture.likeness.features;
  image::Size size{bgr.cols, bgr.rows};
  features.width = uint32_t(bgr.cols);
  features.height = uint32_t(bgr.rows);
  features.pixel_hash = feature::ComputePixelHash(bitmap);
  picture.likeness.phash_variants = feature::ComputePhashVariants(bitmap);
  features.phash = picture.likeness.phash_variants[0];
  features.pdq = feature::ComputePdq(bitmap);
  features.colour = feature::ComputeColour(bitmap);
  image::Bitmap working = feature::WorkingLuma(bitmap);
  features.local = feature::ComputeLocal(working, size);
  features.structure = feature::ComputeStructure(working);
  features.quality = feature::ComputeQuality(bitmap, working, 0);
  features.low_information = feature::IsLowInformation(features);
  if (query) picture.likeness.local_mirrored = feature::MirrorLocal(features.local, size);
  picture.extract_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();

  if (rivals) {
    picture.akaze = OriginalAkaze(bgr);
    if (query) {
      cv::Mat mirrored;
      cv::flip(bgr, mirrored, 1);
      picture.akaze_mirrored = OriginalAkaze(mirrored);
    }
  }
  return picture;
}

uint64_t Seed(const std::string& text) {
  uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

}  // namespace likeness::bench
