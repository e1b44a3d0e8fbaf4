// The DCT hash of a large JPEG from file bytes, one thread: ours against the way of the replaced system (full decode to
// grey, OpenCV resize to 64x64, DCT of 64x64), and against two floors: libjpeg's 1/8 decode, which walks all
// entropy-coded symbols, and reading nothing but the hash from decoded pixels.
//
//   hashes_bench [--json FILE] [--large] [FILE...]   without files: a photo of the development set at 5919x3946
#include <fmt/format.h>
#include <jpeglib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "feature/phash.h"
#include "image/resize.h"
#include "sandbox/analysis.h"

namespace likeness {
namespace {

double NowMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// As cv::imread(file, IMREAD_GRAYSCALE) does it: libjpeg's grey output, at num/8 of the size.
cv::Mat DecodeGrey(ByteView file, unsigned num) {
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, file.data(), file.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_GRAYSCALE;
  info.scale_num = num;
  info.scale_denom = 8;
  jpeg_start_decompress(&info);
  cv::Mat out(static_cast<int>(info.output_height), static_cast<int>(info.output_width), CV_8UC1);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = out.ptr(static_cast<int>(info.output_scanline));
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return out;
}

double HashAsBefore(ByteView file) {
  cv::Mat small, floats, coefficients;
  cv::resize(DecodeGrey(file, 8), small, {64, 64}, 0, 0, cv::INTER_LINEAR);
  small.convertTo(floats, CV_64F);
  cv::dct(floats, coefficients);
  return coefficients.at<double>(15, 15);
}

struct Row {
  const char* name;
  double best_ms, median_ms;
};

template <typename Body>
Row Measure(const char* name, int rounds, std::vector<double>& times, Body body) {
  times.clear();
  for (int i = 0; i < rounds; ++i) {
    double start = NowMs();
    body();
    times.push_back(NowMs() - start);
  }
  std::sort(times.begin(), times.end());
  return {name, times.front(), times[times.size() / 2]};
}

volatile double g_sink;  // keeps results alive

void RunFile(const std::string& name, ByteView file, int rounds, std::string& json) {
  std::vector<double> times;
  sandbox::AnalyzeOptions only;
  only.phash_only = true;
  auto facts = sandbox::Analyze(file, {}, only);
  if (!facts) {
    std::printf("%s: %s\n", name.c_str(), facts.error().Text().c_str());
    return;
  }
  const Row rows[] = {
      Measure("original's way: full grey decode, resize, DCT", rounds, times, [&] { g_sink = HashAsBefore(file); }),
      Measure("ours: only the blocks that are read", rounds, times,
              [&] { g_sink = static_cast<double>(sandbox::Analyze(file, {}, only)->features.phash.words[0]); }),
      Measure("floor: libjpeg at 1/8 (entropy decoding, no transform)", rounds, times,
              [&] { g_sink = DecodeGrey(file, 1).at<uint8_t>(0, 0); }),
  };
  std::printf(
      "\n%s, %ux%u, %zu KB, %d rounds\n\n| way | best ms | median ms | ratio to the original's |\n|---|---|---|---|\n",
      name.c_str(), facts->info.width, facts->info.height, file.size() / 1024, rounds);
  for (const Row& row : rows) {
    std::printf("| %s | %.1f | %.1f | %.2f |\n", row.name, row.best_ms, row.median_ms,
                rows[0].median_ms / row.median_ms);
    json += fmt::format("{}{{\"file\":\"{}\",\"way\":\"{}\",\"best_ms\":{:.3f},\"median_ms\":{:.3f}}}",
                        json.empty() ? "" : ",", name, row.name, row.best_ms, row.median_ms);
  }
}

// The article's picture had 5919x3946 pixels and 1.5 MB.
Bytes LargePhoto(const std::filesystem::path& shared) {
  auto file = ReadFile(shared / "photos/highres/unsp-daniel-olah-nplteczg-uu.jpg", 1u << 28);
  if (!file) return {};
  auto decoded = codec::Decode(*file, {});
  if (!decoded) return {};
  return codec::EncodeJpeg(image::ResizeArea(decoded->bitmap, 5919, 3946), 93).value_or(Bytes{});
}

}  // namespace
}  // namespace likeness

int main(int argc, char** argv) {
  using namespace likeness;
  std::string json_path, json;
  std::vector<std::string> files;
  int rounds = 9;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--json" && i + 1 < argc)
      json_path = argv[++i];
    else if (word == "--large")
      rounds = 31;
    else
      files.push_back(word);
  }
  cv::setNumThreads(1);
  const char* shared = std::getenv("LIKENESS_SHARED");
  if (files.empty()) {
    Bytes photo = shared ? LargePhoto(shared) : Bytes{};
    if (photo.empty()) {
      std::puts("skipped: the development photos are not here (LIKENESS_SHARED), and no file was given");
      return 0;
    }
    RunFile("photo at 23 megapixels", photo, rounds, json);
    files = {std::string(shared) + "/photos/highres/elem-desk-plants.jpg",
             std::string(shared) + "/photos/highres/deepin-marian-kroell-qelmhweppok.jpg"};
  }
  for (const std::string& path : files) {
    auto bytes = ReadFile(path, 1u << 28);
    if (bytes) RunFile(std::filesystem::path(path).filename().string(), *bytes, rounds, json);
  }
  if (!json_path.empty()) std::ofstream(json_path) << "[" << json << "]\n";
  return 0;
}
