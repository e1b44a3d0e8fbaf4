#include "copies/transforms.h"

#include <avif/avif.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace likeness::bench {
namespace {

using cv::Mat;
using cv::RNG;

Mat Encode(const Mat& photo, const char* extension, int parameter, int quality) {
  std::vector<uchar> bytes;
  cv::imencode(extension, photo, bytes, {parameter, quality});
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}
Mat Jpeg(const Mat& photo, int quality) {
  return Encode(photo, ".jpg", cv::IMWRITE_JPEG_QUALITY, quality);
}

// To AVIF and back, at the encoder's fastest speed. Empty if libavif fails.
Mat Avif(const Mat& photo, int quantiser) {
  std::unique_ptr<avifImage, decltype(&avifImageDestroy)> image(
      avifImageCreate(uint32_t(photo.cols), uint32_t(photo.rows), 8, AVIF_PIXEL_FORMAT_YUV420), avifImageDestroy);
  avifRGBImage pixels;
  avifRGBImageSetDefaults(&pixels, image.get());
  pixels.format = AVIF_RGB_FORMAT_BGR;
  Mat whole = photo.isContinuous() ? photo : photo.clone();
  pixels.pixels = whole.data;
  pixels.rowBytes = uint32_t(whole.step);
  avifImageRGBToYUV(image.get(), &pixels);

  std::unique_ptr<avifEncoder, decltype(&avifEncoderDestroy)> encoder(avifEncoderCreate(), avifEncoderDestroy);
  encoder->speed = AVIF_SPEED_FASTEST;
  encoder->minQuantizer = encoder->maxQuantizer = quantiser;
  avifRWData bytes = AVIF_DATA_EMPTY;
  std::unique_ptr<avifDecoder, decltype(&avifDecoderDestroy)> decoder(avifDecoderCreate(), avifDecoderDestroy);
  Mat out(photo.size(), CV_8UC3);
  if (avifEncoderWrite(encoder.get(), image.get(), &bytes) != AVIF_RESULT_OK ||
      avifDecoderReadMemory(decoder.get(), image.get(), bytes.data, bytes.size) != AVIF_RESULT_OK)
    out = Mat();
  avifRWDataFree(&bytes);
  if (out.empty()) return out;
  pixels.pixels = out.data;
  pixels.rowBytes = uint32_t(out.step);
  if (avifImageYUVToRGB(image.get(), &pixels) != AVIF_RESULT_OK) return {};
  return out;
}

Mat Resize(const Mat& photo, double scale_x, double scale_y) {
  Mat out;
  cv::Size size(std::max(16, int(std::lround(photo.cols * scale_x))),
                std::max(16, int(std::lround(photo.rows * scale_y))));
  cv::resize(photo, out, size, 0, 0, scale_x < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return out;
}

Mat Blur(const Mat& photo, double sigma) {
  Mat out;
  cv::GaussianBlur(photo, out, {}, sigma);
  return out;
}

Mat Noise(const Mat& photo, double deviation, RNG& random) {
  Mat noise(photo.size(), CV_16SC3), wide, out;
  random.fill(noise, RNG::NORMAL, 0, deviation);
  photo.convertTo(wide, CV_16SC3);
  wide += noise;
  wide.convertTo(out, CV_8UC3);
  return out;
}

template <typename Curve>
Mat Tone(const Mat& photo, Curve curve) {
  Mat table(1, 256, CV_8U), out;
  for (int i = 0; i < 256; ++i) table.at<uchar>(i) = cv::saturate_cast<uchar>(curve(i));
  cv::LUT(photo, table, out);
  return out;
}

Mat Saturate(const Mat& photo, double factor) {
  Mat grey, wide, out;
  cv::cvtColor(photo, grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(grey, grey, cv::COLOR_GRAY2BGR);
  cv::addWeighted(photo, factor, grey, 1 - factor, 0, out);
  return out;
}

Mat Vignette(const Mat& photo, double strength) {
  Mat out = photo.clone();
  double radius = std::hypot(photo.cols, photo.rows) / 2;
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.cols; ++x) {
      double r = std::hypot(x - out.cols / 2.0, y - out.rows / 2.0) / radius;
      out.at<cv::Vec3b>(y, x) *= 1 - strength * r * r;
    }
  }
  return out;
}

Mat Mirror(const Mat& photo) {
  Mat out;
  cv::flip(photo, out, 1);
  return out;
}

Mat Quarter(const Mat& photo, cv::RotateFlags turn) {
  Mat out;
  cv::rotate(photo, out, turn);
  return out;
}

// Keeps `share` of the area at a random place, the aspect changed a little.
Mat Crop(const Mat& photo, double share, RNG& random) {
  double aspect = std::exp(random.uniform(-0.15, 0.15));
  double side = std::sqrt(share);
  int width = std::clamp(int(photo.cols * side * aspect), 16, photo.cols);
  int height = std::clamp(int(photo.rows * share * photo.cols / width), 16, photo.rows);
  int x = random.uniform(0, photo.cols - width + 1), y = random.uniform(0, photo.rows - height + 1);
  return photo(cv::Rect(x, y, width, height)).clone();
}

// A border of `share` of each side's length, all around.
Mat Border(const Mat& photo, double share, RNG& random) {
  int x = int(photo.cols * share / 2), y = int(photo.rows * share / 2);
  const cv::Scalar colours[] = {{0, 0, 0}, {255, 255, 255}, {40, 60, 120}};
  Mat out;
  cv::copyMakeBorder(photo, out, y, y, x, x, cv::BORDER_CONSTANT, colours[random.uniform(0, 3)]);
  return out;
}

// `filled`: same frame, black corners. Else the largest rectangle without corners.
Mat Turn(const Mat& photo, double degrees, bool filled) {
  cv::Point2f centre(float(photo.cols) / 2, float(photo.rows) / 2);
  Mat out;
  cv::warpAffine(photo, out, cv::getRotationMatrix2D(centre, degrees, 1), photo.size(), cv::INTER_LINEAR);
  if (filled) return out;
  double radians = std::abs(degrees) * CV_PI / 180, w = photo.cols, h = photo.rows;
  double scale = 1 / (std::cos(radians) + std::max(w / h, h / w) * std::sin(radians));
  int width = int(w * scale), height = int(h * scale);
  return out(cv::Rect((photo.cols - width) / 2, (photo.rows - height) / 2, width, height)).clone();
}

Mat Perspective(const Mat& photo, double strength, RNG& random) {
  float w = float(photo.cols), h = float(photo.rows);
  cv::Point2f from[] = {{0, 0}, {w, 0}, {w, h}, {0, h}}, to[4];
  for (int i = 0; i < 4; ++i) {
    float dx = float(random.uniform(0.0, strength)) * w, dy = float(random.uniform(0.0, strength)) * h;
    to[i] = {from[i].x > 0 ? w - dx : dx, from[i].y > 0 ? h - dy : dy};
  }
  Mat out;
  cv::warpPerspective(photo, out, cv::getPerspectiveTransform(from, to), photo.size(), cv::INTER_LINEAR);
  return out;
}

void Write(Mat& photo, const std::string& text, cv::Point at, double height, cv::Scalar colour) {
  double scale = height / 22;
  int thickness = std::max(1, int(height / 9));
  cv::putText(photo, text, at + cv::Point(1, 1), cv::FONT_HERSHEY_DUPLEX, scale, {0, 0, 0}, thickness + 1, cv::LINE_AA);
  cv::putText(photo, text, at, cv::FONT_HERSHEY_DUPLEX, scale, colour, thickness, cv::LINE_AA);
}

Mat TextLine(const Mat& photo, RNG& random) {
  Mat out = photo.clone();
  int y = int(random.uniform(0.3, 0.8) * photo.rows);
  Write(out, "when the weekend starts on monday", {photo.cols / 30, y}, photo.cols / 19.0, {255, 255, 255});
  return out;
}

// As on a picture that is passed round for its joke: a line at the top, one at the bottom.
Mat Caption(const Mat& photo) {
  Mat out = photo.clone();
  double height = photo.cols / 14.0;
  Write(out, "NOBODY SAID A WORD", {photo.cols / 20, int(1.3 * height)}, height, {255, 255, 255});
  Write(out, "SO I TOOK THE CAKE", {photo.cols / 20, photo.rows - int(0.4 * height)}, height, {255, 255, 255});
  return out;
}

// A disc with letters in a corner, `share` of the width.
Mat Logo(const Mat& photo, double share, RNG& random) {
  Mat out = photo.clone();
  int radius = int(photo.cols * share / 2);
  int x = random.uniform(0, 2) ? photo.cols - radius - 8 : radius + 8;
  int y = random.uniform(0, 2) ? photo.rows - radius - 8 : radius + 8;
  cv::circle(out, {x, y}, radius, {30, 30, 200}, cv::FILLED, cv::LINE_AA);
  Write(out, "NEWS", {x - radius * 3 / 4, y + radius / 4}, radius * 0.6, {255, 255, 255});
  return out;
}

Mat Watermark(const Mat& photo, double opacity) {
  Mat over = photo.clone(), out;
  double height = photo.cols / 22.0;
  for (int y = int(height); y < photo.rows + int(height); y += int(4 * height)) {
    for (int x = -((y * 7) % 100); x < photo.cols; x += int(9 * height))
      Write(over, "stock photo", {x, y}, height, {255, 255, 255});
  }
  cv::addWeighted(over, opacity, photo, 1 - opacity, 0, out);
  return out;
}

// The top `share` is replaced by another picture's strip with a headline.
Mat Banner(const Mat& photo, double share, RNG& random, const Extras& extras) {
  Mat out = photo.clone();
  int height = int(photo.rows * share);
  const Mat& other = extras.strangers[size_t(random.uniform(0, int(extras.strangers.size())))];
  Mat strip;
  cv::resize(other(cv::Rect(0, 0, other.cols, std::max(8, other.rows / 5))), strip, {photo.cols, height});
  strip.copyTo(out(cv::Rect(0, 0, photo.cols, height)));
  Write(out, "Daily picture", {10, height * 2 / 3}, height / 3.0, {0, 255, 255});
  return out;
}

// A phone's screen: bars, text, the picture as wide as the screen unless that is too tall; never squeezed.
Mat Screenshot(const Mat& photo) {
  const int width = 720, height = 1280, room = 900;
  Mat out(height, width, CV_8UC3, cv::Scalar(250, 250, 250)), small;
  cv::rectangle(out, {0, 0, width, 90}, {120, 60, 20}, cv::FILLED);
  Write(out, "Messages   12:45", {20, 60}, 30, {255, 255, 255});
  double scale = std::min(double(width) / photo.cols, double(room) / photo.rows);
  cv::resize(photo, small, {int(photo.cols * scale), int(photo.rows * scale)}, 0, 0, cv::INTER_AREA);
  small.copyTo(out(cv::Rect((width - small.cols) / 2, 130, small.cols, small.rows)));
  for (int y = 130 + small.rows + 50; y < height - 20; y += 55)
    Write(out, "lorem ipsum dolor sit amet", {30, y}, 24, {90, 90, 90});
  return out;
}

// A desktop's screen: a window with the picture on two fifths of it, lines of text beside.
Mat Desktop(const Mat& photo) {
  const int width = 1366, height = 768;
  Mat out(height, width, CV_8UC3, cv::Scalar(96, 72, 48)), small;
  cv::rectangle(out, {40, 30, width - 80, height - 80}, {245, 245, 245}, cv::FILLED);
  cv::rectangle(out, {40, 30, width - 80, 36}, {200, 200, 200}, cv::FILLED);
  Write(out, "Holiday - Viewer", {60, 56}, 18, {60, 60, 60});
  double scale = std::min(820.0 / photo.cols, 600.0 / photo.rows);
  cv::resize(photo, small, {int(photo.cols * scale), int(photo.rows * scale)}, 0, 0, cv::INTER_AREA);
  small.copyTo(out(cv::Rect(60, 80, small.cols, small.rows)));
  for (int y = 110; y < height - 90; y += 34) Write(out, "dolor sit amet consectetur", {910, y}, 16, {90, 90, 90});
  return out;
}

Mat Fill(const Mat& photo, cv::Size size) {
  double scale = std::max(double(size.width) / photo.cols, double(size.height) / photo.rows);
  Mat large = Resize(photo, scale, scale);
  int x = std::max(0, (large.cols - size.width) / 2), y = std::max(0, (large.rows - size.height) / 2);
  Mat out;
  cv::resize(large(cv::Rect(x, y, std::min(size.width, large.cols - x), std::min(size.height, large.rows - y))), out,
             size);
  return out;
}

// `columns` by two, the photo at a random place, whole.
Mat Collage(const Mat& photo, int columns, RNG& random, const Extras& extras) {
  Mat small = Resize(photo, 0.6, 0.6);
  Mat out(small.rows * 2 + 12, (small.cols + 4) * columns + 4, CV_8UC3, cv::Scalar(255, 255, 255));
  int place = random.uniform(0, 2 * columns);
  for (int i = 0; i < 2 * columns; ++i) {
    const Mat& other = extras.strangers[size_t(random.uniform(0, int(extras.strangers.size())))];
    Mat tile = i == place ? small : Fill(other, small.size());
    int x = 4 + (i % columns) * (small.cols + 4), y = 4 + (i / columns) * (small.rows + 4);
    tile.copyTo(out(cv::Rect(x, y, small.cols, small.rows)));
  }
  return out;
}

// Another picture covers `share` of it.
Mat Covered(const Mat& photo, double share, RNG& random, const Extras& extras) {
  Mat out = photo.clone();
  const Mat& other = extras.strangers[size_t(random.uniform(0, int(extras.strangers.size())))];
  cv::Size size(int(photo.cols * std::sqrt(share)), int(photo.rows * std::sqrt(share)));
  cv::Rect at(random.uniform(0, photo.cols - size.width + 1), random.uniform(0, photo.rows - size.height + 1),
              size.width, size.height);
  Fill(other, size).copyTo(out(at));
  return out;
}

using Apply = decltype(Transform::apply);

void AddWhole(std::vector<Transform>& list) {
  // Whether it may be tuned on, its name, the work.
  auto add = [&](bool tuning, std::string name, Apply apply) {
    list.push_back({std::move(name), "whole", tuning, std::move(apply)});
  };
  for (int quality : {95, 75, 50, 30, 20, 10})
    add(quality == 75 || quality == 50 || quality == 20, fmt::format("jpeg-{}", quality),
        [=](const Mat& p, RNG&, const Extras&) { return Jpeg(p, quality); });
  add(true, "webp-40",
      [](const Mat& p, RNG&, const Extras&) { return Encode(p, ".webp", cv::IMWRITE_WEBP_QUALITY, 40); });
  add(false, "avif-40", [](const Mat& p, RNG&, const Extras&) { return Avif(p, 40); });
  for (int percent : {200, 50, 25, 10})
    add(percent == 200 || percent == 25, fmt::format("resize-{}", percent),
        [=](const Mat& p, RNG&, const Extras&) { return Resize(p, percent / 100.0, percent / 100.0); });
  for (double sigma : {1.5, 3.0, 6.0})
    add(sigma == 3, fmt::format("blur-{}", sigma), [=](const Mat& p, RNG&, const Extras&) { return Blur(p, sigma); });
  for (int deviation : {10, 25, 50})
    add(deviation == 25, fmt::format("noise-{}", deviation),
        [=](const Mat& p, RNG& r, const Extras&) { return Noise(p, deviation, r); });
  for (double gamma : {0.5, 2.0})
    add(gamma == 0.5, fmt::format("gamma-{}", gamma), [=](const Mat& p, RNG&, const Extras&) {
      return Tone(p, [=](int v) { return 255 * std::pow(v / 255.0, gamma); });
    });
  for (int shift : {-60, 60})
    add(shift == 60, fmt::format("brightness{:+}", shift),
        [=](const Mat& p, RNG&, const Extras&) { return Tone(p, [=](int v) { return v + shift; }); });
  for (double factor : {0.5, 1.7})
    add(factor == 0.5, fmt::format("contrast-{}", factor),
        [=](const Mat& p, RNG&, const Extras&) { return Tone(p, [=](int v) { return 128 + (v - 128) * factor; }); });
  add(false, "grey", [](const Mat& p, RNG&, const Extras&) { return Saturate(p, 0); });
  add(true, "saturation-2", [](const Mat& p, RNG&, const Extras&) { return Saturate(p, 2); });
  add(false, "saturation-0.4", [](const Mat& p, RNG&, const Extras&) { return Saturate(p, 0.4); });
  add(false, "vignette-60", [](const Mat& p, RNG&, const Extras&) { return Vignette(p, 0.6); });
  add(true, "aspect-0.75", [](const Mat& p, RNG&, const Extras&) { return Resize(p, 0.75, 1); });
  add(false, "aspect-1.3", [](const Mat& p, RNG&, const Extras&) { return Resize(p, 1, 0.77); });
  add(false, "mirror", [](const Mat& p, RNG&, const Extras&) { return Mirror(p); });
  add(true, "rotate-90", [](const Mat& p, RNG&, const Extras&) { return Quarter(p, cv::ROTATE_90_CLOCKWISE); });
  add(false, "rotate-180", [](const Mat& p, RNG&, const Extras&) { return Quarter(p, cv::ROTATE_180); });
  add(false, "rotate-270",
      [](const Mat& p, RNG&, const Extras&) { return Quarter(p, cv::ROTATE_90_COUNTERCLOCKWISE); });
}

void AddCutAndTurned(std::vector<Transform>& list) {
  auto add = [&](bool tuning, std::string name, Apply apply) {
    list.push_back({std::move(name), "part", tuning, std::move(apply)});
  };
  for (int percent : {95, 75, 50, 40, 30, 20, 15, 10})
    add(percent == 95 || percent == 40 || percent == 15, fmt::format("crop-{}", percent),
        [=](const Mat& p, RNG& r, const Extras&) { return Crop(p, percent / 100.0, r); });
  for (int percent : {5, 20, 50})
    add(percent == 5, fmt::format("border-{}", percent),
        [=](const Mat& p, RNG& r, const Extras&) { return Border(p, percent / 100.0, r); });
  for (int degrees : {4, 10, 25}) {
    add(degrees == 10, fmt::format("turn-{}-filled", degrees),
        [=](const Mat& p, RNG&, const Extras&) { return Turn(p, degrees, true); });
    add(degrees == 10, fmt::format("turn-{}-cut", degrees),
        [=](const Mat& p, RNG&, const Extras&) { return Turn(p, degrees, false); });
  }
  for (int percent : {6, 10, 15})
    add(percent == 10, fmt::format("perspective-{}", percent),
        [=](const Mat& p, RNG& r, const Extras&) { return Perspective(p, percent / 100.0, r); });
}

void AddPainted(std::vector<Transform>& list) {
  auto add = [&](bool tuning, std::string name, Apply apply) {
    list.push_back({std::move(name), "part", tuning, std::move(apply)});
  };
  add(false, "text-line", [](const Mat& p, RNG& r, const Extras&) { return TextLine(p, r); });
  add(true, "caption", [](const Mat& p, RNG&, const Extras&) { return Caption(p); });
  for (int percent : {20, 30})
    add(percent == 30, fmt::format("logo-{}", percent),
        [=](const Mat& p, RNG& r, const Extras&) { return Logo(p, percent / 100.0, r); });
  for (int percent : {15, 25, 40})
    add(percent == 25, fmt::format("watermark-{}", percent),
        [=](const Mat& p, RNG&, const Extras&) { return Watermark(p, percent / 100.0); });
  for (int percent : {18, 25})
    add(percent == 25, fmt::format("banner-{}", percent),
        [=](const Mat& p, RNG& r, const Extras& e) { return Banner(p, percent / 100.0, r, e); });
  add(false, "screenshot", [](const Mat& p, RNG&, const Extras&) { return Screenshot(p); });
  add(true, "desktop", [](const Mat& p, RNG&, const Extras&) { return Desktop(p); });
  add(false, "collage-4", [](const Mat& p, RNG& r, const Extras& e) { return Collage(p, 2, r, e); });
  add(true, "collage-6", [](const Mat& p, RNG& r, const Extras& e) { return Collage(p, 3, r, e); });
  for (int percent : {20, 30, 40})
    add(percent != 30, fmt::format("covered-{}", percent),
        [=](const Mat& p, RNG& r, const Extras& e) { return Covered(p, percent / 100.0, r, e); });
}

void AddCombinations(std::vector<Transform>& list) {
  auto add = [&](bool tuning, std::string name, Apply apply) {
    list.push_back({std::move(name), "combination", tuning, std::move(apply)});
  };
  add(false, "crop-50+resize-50+jpeg-40",
      [](const Mat& p, RNG& r, const Extras&) { return Jpeg(Resize(Crop(p, 0.5, r), 0.5, 0.5), 40); });
  add(false, "mirror+crop-50", [](const Mat& p, RNG& r, const Extras&) { return Crop(Mirror(p), 0.5, r); });
  add(true, "mirror+crop-20+jpeg-60",
      [](const Mat& p, RNG& r, const Extras&) { return Jpeg(Crop(Mirror(p), 0.2, r), 60); });
  add(false, "banner-15+jpeg-50+turn-2",
      [](const Mat& p, RNG& r, const Extras& e) { return Turn(Jpeg(Banner(p, 0.15, r, e), 50), 2, true); });
  add(true, "border-20+text+grey",
      [](const Mat& p, RNG& r, const Extras&) { return Saturate(TextLine(Border(p, 0.2, r), r), 0); });
  add(true, "collage-4+jpeg-30", [](const Mat& p, RNG& r, const Extras& e) { return Jpeg(Collage(p, 2, r, e), 30); });
}

}  // namespace

std::vector<Transform> Battery() {
  std::vector<Transform> list;
  AddWhole(list);
  AddCutAndTurned(list);
  AddPainted(list);
  AddCombinations(list);
  return list;
}

}  // namespace likeness::bench
