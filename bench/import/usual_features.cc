// The features of the replaced system, computed its way: full decode; AKAZE with threshold 0 on at most 3000x3000 pixels,
// 4x64 points chosen; 64x64 DCT hash; 16x16x16 RGB histogram. One thread; prints seconds by step.
//   usual_features FILE...
#include <fmt/format.h>
#include <jpeglib.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <opencv2/core.hpp>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

cv::Mat DecodeRgb(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return {};
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_stdio_src(&info, file);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  cv::Mat out(static_cast<int>(info.output_height), static_cast<int>(info.output_width), CV_8UC3);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = out.ptr(static_cast<int>(info.output_scanline));
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  std::fclose(file);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  cv::setNumThreads(1);
  double decode = 0, akaze = 0, hash = 0, colour = 0;
  size_t points = 0;
  for (int i = 1; i < argc; ++i) {
    double start = Now();
    cv::Mat rgb = DecodeRgb(argv[i]), grey;
    if (rgb.empty()) continue;
    decode += Now() - start;
    start = Now();
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    cv::Mat small, floats, coefficients;
    cv::resize(grey, small, {64, 64}, 0, 0, cv::INTER_LINEAR);
    small.convertTo(floats, CV_64F);
    cv::dct(floats, coefficients);
    hash += Now() - start;
    start = Now();
    const double area = static_cast<double>(grey.total());
    if (area > 9e6) cv::resize(grey, grey, {}, std::sqrt(9e6 / area), std::sqrt(9e6 / area), cv::INTER_LINEAR);
    std::vector<cv::KeyPoint> keypoints;
    cv::Mat descriptors;
    cv::AKAZE::create(cv::AKAZE::DESCRIPTOR_MLDB, 0, 3, 0)->detectAndCompute(grey, cv::noArray(), keypoints, descriptors);
    points += keypoints.size();
    akaze += Now() - start;
    start = Now();
    cv::Mat histogram;
    const int channels[] = {0, 1, 2}, bins[] = {16, 16, 16};
    const float range[] = {0, 256};
    const float* ranges[] = {range, range, range};
    cv::calcHist(&rgb, 1, channels, cv::Mat(), histogram, 3, bins, ranges);
    colour += Now() - start;
  }
  fmt::print("{:.3f} {:.3f} {:.3f} {:.3f} {}\n", decode, hash, colour, akaze, points);
  return 0;
}
