#include "copies/akaze.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "feature/pixel_hash.h"

namespace likeness::bench {
namespace {

constexpr int kRowBytes = 61;
constexpr int kVersion = 1;  // of what Compute does: part of the kept files' names

cv::Mat Compute(const cv::Mat& bgr) {
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

std::string FileName(const cv::Mat& bgr) {
  image::Bitmap bitmap(bgr.cols, bgr.rows, 3);
  bgr.copyTo(cv::Mat(bgr.rows, bgr.cols, CV_8UC3, bitmap.pixels.data()));
  return fmt::format("{:02x}.v{}", fmt::join(feature::ComputePixelHash(bitmap), ""), kVersion);
}

}  // namespace

OriginalAkaze::OriginalAkaze(std::string folder) : folder_(std::move(folder)) {
  if (!folder_.empty()) std::filesystem::create_directories(folder_);
}

cv::Mat OriginalAkaze::Points(const cv::Mat& bgr) const {
  if (folder_.empty()) return Compute(bgr);
  const std::filesystem::path path = std::filesystem::path(folder_) / FileName(bgr);
  if (std::ifstream file(path, std::ios::binary); file) {
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return cv::Mat(int(bytes.size()) / kRowBytes, kRowBytes, CV_8U, bytes.data()).clone();
  }
  cv::Mat rows = Compute(bgr);
  // Renamed when whole: a run that is stopped leaves no half file behind.
  std::filesystem::path part = path;
  part += fmt::format(".{}", std::hash<std::thread::id>{}(std::this_thread::get_id()));
  std::ofstream(part, std::ios::binary)
      .write(reinterpret_cast<const char*>(rows.data), std::streamsize(rows.total() * rows.elemSize()));
  std::filesystem::rename(part, path);
  return rows;
}

}  // namespace likeness::bench
