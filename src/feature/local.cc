#include "feature/local.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <numeric>
#include <opencv2/core.hpp>
#include <opencv2/features2d.hpp>
#include <vector>

namespace likeness::feature {
namespace {

constexpr int kQuadrants = 4;
constexpr int kPerQuadrant = kLocalPointsMax / kQuadrants;
constexpr float kNeighbourRadius = 40;
constexpr int kNeighboursMax = 3;
constexpr int kSideMin = 16;

// The strongest of each quadrant that are not crowded. A point counts as a neighbour only once it is chosen.
std::vector<int> Choose(const std::vector<cv::KeyPoint>& points, image::Size size) {
  std::vector<int> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  // Ties by position, so that the order does not rest on the sort.
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    const auto &p = points[a], &q = points[b];
    if (p.response != q.response) return p.response > q.response;
    if (p.pt.y != q.pt.y) return p.pt.y < q.pt.y;
    return p.pt.x != q.pt.x ? p.pt.x < q.pt.x : p.size < q.size;
  });
  std::vector<int> chosen;
  int in_quadrant[kQuadrants] = {};
  for (int i : order) {
    cv::Point2f at = points[i].pt;
    int& count = in_quadrant[(at.x * 2 >= size.width) + 2 * (at.y * 2 >= size.height)];
    if (count == kPerQuadrant) continue;
    int neighbours = 0;
    for (int j : chosen) {
      float dx = points[j].pt.x - at.x, dy = points[j].pt.y - at.y;
      neighbours += dx * dx + dy * dy <= kNeighbourRadius * kNeighbourRadius;
    }
    if (neighbours >= kNeighboursMax) continue;
    chosen.push_back(i);
    ++count;
  }
  return chosen;
}

LocalFeatures Extract(const image::Bitmap& luma, image::Size original) {
  LocalFeatures out;
  if (luma.width < kSideMin || luma.height < kSideMin) return out;
  static std::once_flag single_threaded;
  std::call_once(single_threaded, [] { cv::setNumThreads(1); });
  std::vector<cv::KeyPoint> points;
  cv::Mat descriptors;
  try {
    cv::Mat image(luma.height, luma.width, CV_8UC1, const_cast<uint8_t*>(luma.pixels.data()));
    auto akaze = cv::AKAZE::create(cv::AKAZE::DESCRIPTOR_MLDB, 0, 3, 0.0f, 4, 4);
    akaze->detectAndCompute(image, cv::noArray(), points, descriptors);
  } catch (const cv::Exception&) {
    return out;
  }
  float scale_x = static_cast<float>(original.width) / static_cast<float>(luma.width);
  float scale_y = static_cast<float>(original.height) / static_cast<float>(luma.height);
  for (int i : Choose(points, {luma.width, luma.height})) {
    const cv::KeyPoint& p = points[i];
    // OpenCV's pixel centres are whole numbers, ours are halves.
    Keypoint keypoint{(p.pt.x + 0.5f) * scale_x, (p.pt.y + 0.5f) * scale_y, p.size * std::sqrt(scale_x * scale_y),
                      std::fmod(p.angle + 360.0f, 360.0f), p.response};
    out.keypoints.push_back(keypoint);
    Descriptor descriptor;
    std::memcpy(descriptor.words.data(), descriptors.ptr(i), kDescriptorBytes);
    out.descriptors.push_back(descriptor);
  }
  return out;
}

}  // namespace

LocalFeatures ComputeLocal(const image::Bitmap& bitmap, image::Size original) {
  return Extract(WorkingLuma(bitmap), original);
}

LocalFeatures ComputeLocalMirrored(const image::Bitmap& bitmap, image::Size original) {
  image::Bitmap luma = WorkingLuma(bitmap);
  for (int y = 0; y < luma.height; ++y) std::reverse(luma.row(y), luma.row(y) + luma.width);
  return Extract(luma, original);
}

}  // namespace likeness::feature
