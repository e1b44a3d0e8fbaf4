// What local_training.py learns from: the points of photos, and the points of edited copies of them with the stored
// point that lies at the same place.
//   local_pairs FOLDER OUT        writes OUT.stored and OUT.queries
//
// OUT.stored: a row for each point: i32 photo, 64 bytes descriptor.
// OUT.queries: a row for each point of each edit: i32 photo, i32 edit, i32 partner (its number among the photo's points;
// -1: none), i32 distance in bits, 64 bytes descriptor.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "base/threads.h"
#include "feature/extract.h"

namespace likeness::bench {
namespace {

using cv::Mat;
using feature::LocalFeatures;

struct Edit {
  double crop, scale, degrees;
  int jpeg;
  double blur, gamma, noise;
};
constexpr Edit kEdits[] = {{1, 1, 0, 20, 0, 1, 0},     {.5, 1, 0, 90, 0, 1, 0},    {.3, 1, 0, 60, 0, 1, 0},
                           {.2, 1, 0, 60, 0, 1, 0},    {.1, 1, 0, 60, 0, 1, 0},    {.5, .5, 0, 40, 0, 1, 0},
                           {1, .25, 0, 80, 0, 1, 0},   {1, .5, 0, 50, 0, 1, 0},    {.5, 1, 25, 80, 0, 1, 0},
                           {1, 1, 10, 80, 0, 1, 0},    {.3, 1.5, 0, 70, 0, 1, 0},  {1, 1, 0, 80, 3, 1, 0},
                           {1, 1, 0, 80, 0, 2, 0},     {1, 1, 0, 80, 0, 1, 25}};

LocalFeatures Features(const Mat& bgr) {
  image::Bitmap bitmap(bgr.cols, bgr.rows, 3);
  Mat rgb(bgr.rows, bgr.cols, CV_8UC3, bitmap.pixels.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return feature::ComputeLocal(bitmap, {bgr.cols, bgr.rows});
}

// `query_from_photo` takes corners of pixels to corners of pixels.
Mat Apply(const Edit& edit, const Mat& photo, cv::RNG& random, cv::Matx23d* query_from_photo) {
  const double side = std::sqrt(edit.crop), width = photo.cols * side, height = photo.rows * side;
  const bool turned = edit.degrees != 0;
  const double x = turned ? photo.cols / 2.0 : random.uniform(width / 2, photo.cols - width / 2 + 1e-6);
  const double y = turned ? photo.rows / 2.0 : random.uniform(height / 2, photo.rows - height / 2 + 1e-6);
  const cv::Size size(int(std::lround(width * edit.scale)), int(std::lround(height * edit.scale)));
  cv::Matx23d m = cv::getRotationMatrix2D(cv::Point2f(float(x), float(y)), edit.degrees, edit.scale);
  m(0, 2) += size.width / 2.0 - x;
  m(1, 2) += size.height / 2.0 - y;
  *query_from_photo = m;
  for (int row = 0; row < 2; ++row) m(row, 2) += 0.5 * (m(row, 0) + m(row, 1)) - 0.5;  // between pixel centres
  Mat smooth = photo, out;
  if (edit.scale < 1) cv::GaussianBlur(photo, smooth, {}, 0.5 * (1 / edit.scale - 0.6));
  cv::warpAffine(smooth, out, m, size, cv::INTER_CUBIC, cv::BORDER_REFLECT);
  if (edit.blur > 0) cv::GaussianBlur(out, out, {}, edit.blur);
  if (edit.gamma != 1) {
    Mat table(1, 256, CV_8U);
    for (int i = 0; i < 256; ++i) table.at<uchar>(i) = cv::saturate_cast<uchar>(255 * std::pow(i / 255.0, edit.gamma));
    cv::LUT(out, table, out);
  }
  if (edit.noise > 0) {
    Mat noise(out.size(), CV_16SC3), wide;
    random.fill(noise, cv::RNG::NORMAL, 0, edit.noise);
    out.convertTo(wide, CV_16SC3);
    wide += noise;
    wide.convertTo(out, CV_8UC3);
  }
  std::vector<uchar> bytes;
  cv::imencode(".jpg", out, bytes, {cv::IMWRITE_JPEG_QUALITY, edit.jpeg});
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

double WorkingPixel(const Mat& picture) {
  return std::sqrt(std::max(1.0, double(picture.cols) * picture.rows / feature::kLocalPixels));
}

template <typename T>
void Put(std::FILE* file, const T& value) {
  std::fwrite(&value, sizeof value, 1, file);
}

int Main(const std::string& folder, const std::string& out) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::FILE* stored = std::fopen((out + ".stored").c_str(), "wb");
  std::FILE* queries = std::fopen((out + ".queries").c_str(), "wb");
  if (stored == nullptr || queries == nullptr) return 2;
  std::mutex mutex;
  ParallelFor(paths.size(), 2, nullptr, [&](size_t i) {
    const Mat photo = cv::imread(paths[i].string());
    if (photo.empty()) return;
    const LocalFeatures own = Features(photo);
    {
      std::lock_guard lock(mutex);
      for (const feature::Descriptor& descriptor : own.descriptors) Put(stored, int32_t(i)), Put(stored, descriptor);
    }
    for (size_t e = 0; e < std::size(kEdits); ++e) {
      cv::RNG random(i * 100 + e + 7);
      cv::Matx23d m;
      const Edit& edit = kEdits[e];
      const Mat picture = Apply(edit, photo, random, &m);
      const LocalFeatures seen = Features(picture);
      const double tolerance = 3.5 * std::max(WorkingPixel(picture), WorkingPixel(photo) * edit.scale);
      std::lock_guard lock(mutex);
      for (size_t q = 0; q < seen.keypoints.size(); ++q) {
        const feature::Keypoint& point = seen.keypoints[q];
        int32_t partner = -1, nearest = 999;
        for (size_t s = 0; s < own.keypoints.size(); ++s) {
          const feature::Keypoint& other = own.keypoints[s];
          const cv::Vec2d at = m * cv::Vec3d(other.x, other.y, 1);
          if (std::hypot(at[0] - point.x, at[1] - point.y) > tolerance) continue;
          const double ratio = point.size / (other.size * edit.scale);
          if (ratio > 1.5 || ratio * 1.5 < 1) continue;
          if (std::abs(std::remainder(point.angle_degrees - other.angle_degrees + edit.degrees, 360.0)) > 30) continue;
          const int distance = feature::HammingDistance(seen.descriptors[q], own.descriptors[s]);
          if (distance < nearest) nearest = distance, partner = int32_t(s);
        }
        Put(queries, int32_t(i)), Put(queries, int32_t(e)), Put(queries, partner), Put(queries, nearest);
        Put(queries, seen.descriptors[q]);
      }
    }
  });
  std::fclose(stored);
  std::fclose(queries);
  return 0;
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: local_pairs FOLDER OUT\n");
    return 2;
  }
  return likeness::bench::Main(argv[1], argv[2]);
}
