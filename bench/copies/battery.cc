#include "copies/battery.h"

#include <time.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
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

std::vector<Photo> LoadDistractors(const std::string& list, const std::string& root) {
  std::vector<Photo> photos;
  std::ifstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::filesystem::path path = std::filesystem::path(root) / line;
    cv::Mat pixels = cv::imread(path.string(), cv::IMREAD_COLOR);
    if (pixels.empty()) continue;
    double scale = 1280.0 / std::max(pixels.cols, pixels.rows);
    if (scale < 1) cv::resize(pixels, pixels, {}, scale, scale, cv::INTER_AREA);
    photos.push_back({"more-" + path.parent_path().filename().string() + "-" + path.filename().string(), pixels});
  }
  return photos;
}

double ThreadMilliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

Picture Analyse(const cv::Mat& bgr, bool query) {
  Picture picture;
  image::Bitmap bitmap(bgr.cols, bgr.rows, 3);
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, bitmap.pixels.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);

  double start = ThreadMilliseconds();
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
  picture.extract_ms = ThreadMilliseconds() - start;
  return picture;
}

uint64_t Seed(const std::string& text) {
  uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

}  // namespace likeness::bench
