#include "copies/lookalikes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "copies/lookalike_pages.h"

namespace likeness::bench {
namespace {

using cv::Mat;
using cv::RNG;
using cv::Scalar;

constexpr int kOfASet = 3;  // pictures

Mat Grey(const Mat& values) {
  Mat bytes, out;
  values.convertTo(bytes, CV_8U);
  cv::cvtColor(bytes, out, cv::COLOR_GRAY2BGR);
  return out;
}

// --- bursts ---

// Smooth blobs with soft rims that cover about 40 % of the frame: 0 is far, 1 is near.
Mat NearLayer(cv::Size size, RNG& random) {
  Mat coarse(8, 12, CV_32F), mask;
  random.fill(coarse, RNG::UNIFORM, -1.2, 0.8);
  cv::resize(coarse, mask, size, 0, 0, cv::INTER_CUBIC);
  mask = mask * 8;
  mask = cv::min(cv::max(mask, -1.0), 1.0) * 0.5 + 0.5;
  return mask;
}

// The photo as a second camera sees it: each layer moved by its own amount.
Mat SecondView(const Mat& photo, double share, RNG& random) {
  Mat near = NearLayer(photo.size(), random), map_x(photo.size(), CV_32F), map_y(photo.size(), CV_32F), out;
  double turn = random.uniform(0.0, 6.28), shift = share * photo.cols;
  double far_x = random.uniform(-0.5, 0.5) * shift, far_y = random.uniform(-0.5, 0.5) * shift;
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      double depth = double(near.at<float>(y, x));
      map_x.at<float>(y, x) = float(x + far_x + depth * shift * std::cos(turn));
      map_y.at<float>(y, x) = float(y + far_y + depth * shift * std::sin(turn));
    }
  }
  cv::remap(photo, out, map_x, map_y, cv::INTER_LINEAR, cv::BORDER_REFLECT);
  return out;
}

// A thing of `share` of the area, taken from elsewhere in the photo and mirrored, at a random place.
Mat WithThing(const Mat& photo, const Mat& thing, RNG& random) {
  Mat out = photo.clone();
  thing.copyTo(out(cv::Rect(random.uniform(0, photo.cols - thing.cols + 1),
                            random.uniform(0, photo.rows - thing.rows + 1), thing.cols, thing.rows)));
  return out;
}

Mat Thing(const Mat& photo, double share, RNG& random) {
  cv::Size size(int(photo.cols * std::sqrt(share)), int(photo.rows * std::sqrt(share)));
  Mat thing;
  cv::flip(photo(cv::Rect(random.uniform(0, photo.cols - size.width + 1),
                          random.uniform(0, photo.rows - size.height + 1), size.width, size.height)),
           thing, 1);
  return thing;
}

Mat Exposed(const Mat& photo, RNG& random) {
  Mat noise(photo.size(), CV_16SC3), wide, out;
  random.fill(noise, RNG::NORMAL, 0, 4);
  photo.convertTo(wide, CV_16SC3, random.uniform(0.93, 1.07), random.uniform(-5.0, 5.0));
  wide += noise;
  wide.convertTo(out, CV_8UC3);
  return out;
}

void AddBursts(std::vector<LookalikeFamily>& list) {
  using Truth = LookalikeFamily::Truth;
  auto add = [&](std::string name, Truth truth, auto second) {
    list.push_back({"bursts", std::move(name), truth, true, [=](Pen&, RNG& random, const Mat& photo) {
                      Mat first = Exposed(photo, random);
                      return std::vector<Mat>{first, Exposed(second(photo, random), random)};
                    }});
  };
  add("the same frame again", Truth::kOpen, [](const Mat& photo, RNG&) { return photo; });
  for (double share : {0.003, 0.005, 0.01, 0.02, 0.04, 0.08}) {
    // Under a few pixels of half a megapixel no rule can see it.
    add(fmt::format("parallax of {:.1f} % of the width", 100 * share), share < 0.008 ? Truth::kOpen : Truth::kNoCopy,
        [=](const Mat& photo, RNG& random) { return SecondView(photo, share, random); });
  }
  // Less than a fiftieth of the area holds too few points to be recognised elsewhere: it could as well be retouched.
  for (double share : {0.02, 0.05, 0.1, 0.2}) {
    list.push_back({"bursts", fmt::format("tripod, a thing of {:.0f} % moved", 100 * share),
                    share < 0.03 ? Truth::kOpen : Truth::kNoCopy, true, [=](Pen&, RNG& random, const Mat& photo) {
                      Mat thing = Thing(photo, share, random);
                      Mat first = Exposed(WithThing(photo, thing, random), random);
                      return std::vector<Mat>{first, Exposed(WithThing(photo, thing, random), random)};
                    }});
  }
}

// --- textures, flat pictures ---

Mat WhiteNoise(RNG& random) {
  Mat noise(600, 800, CV_32F);
  random.fill(noise, RNG::NORMAL, 128, 40);
  return Grey(noise);
}

// Sum of noises of growing cells: clouds, plaster.
Mat Clouds(RNG& random) {
  Mat sum = Mat::zeros(600, 800, CV_32F);
  for (int cell = 4; cell <= 256; cell *= 2) {
    Mat coarse(600 / cell + 2, 800 / cell + 2, CV_32F), fine;
    random.fill(coarse, RNG::NORMAL, 0, 6 * std::sqrt(double(cell)) / 4);
    cv::resize(coarse, fine, sum.size(), 0, 0, cv::INTER_CUBIC);
    sum += fine;
  }
  return Grey(sum + 128);
}

Mat Grass(RNG& random) {
  Mat out(600, 800, CV_8UC3, Scalar(30, 70, 40));
  for (int i = 0; i < 9000; ++i) {
    cv::Point root(random.uniform(0, 800), random.uniform(0, 640));
    cv::Point tip = root + cv::Point(random.uniform(-18, 19), -random.uniform(15, 45));
    cv::line(out, root, tip, Scalar(random.uniform(10, 70), random.uniform(80, 200), random.uniform(30, 110)),
             random.uniform(1, 3), cv::LINE_AA);
  }
  return out;
}

// Over and under, each thread of its own brightness.
Mat Woven(RNG& random) {
  constexpr int kThread = 10;
  Mat out(600, 800, CV_8UC3);
  std::vector<int> warp(80), weft(60);
  for (int& v : warp) v = random.uniform(90, 170);
  for (int& v : weft) v = random.uniform(70, 150);
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.cols; ++x) {
      int column = x / kThread, row = y / kThread;
      bool over = (column + row) % 2 == 0;
      double across = over ? x % kThread : y % kThread;
      double round = std::sin((across + 0.5) / kThread * 3.1416);
      double value = (over ? warp[size_t(column)] : weft[size_t(row)]) * (0.5 + 0.5 * round) + random.gaussian(6);
      out.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uchar>(value * 0.7), cv::saturate_cast<uchar>(value * 0.9),
                                 cv::saturate_cast<uchar>(value)};
    }
  }
  return out;
}

Mat Flat(RNG& random) {
  return Mat(400, 600, CV_8UC3, Scalar(random.uniform(20, 236), random.uniform(20, 236), random.uniform(20, 236)));
}

Mat Gradient(RNG& random) {
  Mat out(400, 600, CV_8UC3);
  Scalar from(random.uniform(0, 256), random.uniform(0, 256), random.uniform(0, 256));
  Scalar to(random.uniform(0, 256), random.uniform(0, 256), random.uniform(0, 256));
  double turn = random.uniform(0.0, 6.28);
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.cols; ++x) {
      double t = std::clamp(0.5 + ((x - 300) * std::cos(turn) + (y - 200) * std::sin(turn)) / 500, 0.0, 1.0);
      for (int c = 0; c < 3; ++c) out.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uchar>(from[c] * (1 - t) + to[c] * t);
    }
  }
  return out;
}

// --- repeated patterns ---

// One layout, each brick of its own shade and grain; the courses start elsewhere.
Mat Bricks(RNG& random) {
  Mat out(600, 800, CV_8UC3, Scalar(170, 175, 180));
  int start_x = random.uniform(0, 80), start_y = random.uniform(0, 32);
  for (int row = -1; row < 20; ++row) {
    for (int column = -1; column < 12; ++column) {
      cv::Rect brick(column * 80 + (row % 2) * 40 - start_x, row * 32 - start_y, 76, 28);
      double shade = random.uniform(0.75, 1.1);
      cv::rectangle(out, brick, Scalar(50 * shade, 70 * shade, 160 * shade), cv::FILLED);
    }
  }
  Mat grain(out.size(), CV_16SC3), wide;
  random.fill(grain, RNG::NORMAL, 0, 9);
  out.convertTo(wide, CV_16SC3);
  wide += grain;
  wide.convertTo(out, CV_8UC3);
  return out;
}

// The same building, other windows lit, other curtains.
Mat Facade(RNG& random) {
  Mat out(800, 700, CV_8UC3, Scalar(120, 130, 140));
  for (int row = 0; row < 9; ++row) {
    for (int column = 0; column < 8; ++column) {
      cv::Rect window(30 + column * 82, 30 + row * 84, 50, 60);
      bool lit = random.uniform(0, 3) == 0;
      cv::rectangle(out, window, lit ? Scalar(120, 220, 250) : Scalar(60, 50, 40), cv::FILLED);
      cv::rectangle(out, window, Scalar(230, 230, 230), 3);
      cv::line(out, {window.x + 25, window.y}, {window.x + 25, window.y + 60}, Scalar(230, 230, 230), 2);
      int curtain = random.uniform(0, 25);
      cv::rectangle(out, cv::Rect(window.x + 3, window.y + 3, curtain, 54), Scalar(180, 190, 220), cv::FILLED);
    }
  }
  return out;
}

// A motif over and over; a few tiles are worn or exchanged.
Mat Tiles(RNG& random) {
  Mat out(640, 640, CV_8UC3, Scalar(225, 225, 220));
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column) {
      cv::Point centre(column * 80 + 40, row * 80 + 40);
      cv::rectangle(out, cv::Rect(column * 80, row * 80, 80, 80), Scalar(150, 150, 150), 2);
      if (random.uniform(0, 5) == 0) continue;
      cv::circle(out, centre, 30, Scalar(140, 80, 30), 3, cv::LINE_AA);
      for (int i = 0; i < 4; ++i) {
        double turn = i * 1.5708 + (random.uniform(0, 4) == 0 ? 0.785 : 0);
        cv::line(out, centre, centre + cv::Point(int(28 * std::cos(turn)), int(28 * std::sin(turn))),
                 Scalar(40, 90, 160), 4, cv::LINE_AA);
      }
    }
  }
  return out;
}

// Squares of a board; pieces stand elsewhere.
Mat Board(RNG& random) {
  Mat out(640, 640, CV_8UC3);
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column) {
      cv::Rect square(column * 80, row * 80, 80, 80);
      cv::rectangle(out, square, (row + column) % 2 ? Scalar(90, 130, 170) : Scalar(190, 215, 235), cv::FILLED);
      if (random.uniform(0, 3) != 0) continue;
      bool white = random.uniform(0, 2) == 0;
      cv::Point centre(column * 80 + 40, row * 80 + 40);
      int size = random.uniform(16, 30);
      cv::circle(out, centre, size, white ? Scalar(245, 245, 245) : Scalar(30, 30, 30), cv::FILLED, cv::LINE_AA);
      cv::circle(out, centre, size / 2, Scalar(128, 128, 128), 2, cv::LINE_AA);
    }
  }
  return out;
}

// One word over and over, as wrapping paper and forum walls have it; another word in each.
Mat TextWall(Pen& pen, RNG& random) {
  static constexpr std::array<const char*, 6> kWords{"SAMPLE ", "happy birthday ", "likeness ",
                                                     "0123 ",   "copy ",           "merci "};
  Mat out(600, 800, CV_8UC3, Scalar(250, 248, 240));
  std::string line;
  std::string word = kWords[size_t(random.uniform(0, int(kWords.size())))];
  while (line.size() < 120) line += word;
  int shift = random.uniform(0, 60);
  for (int y = 24; y < 620; y += 30) pen.Write(out, line, {-shift - (y / 30 % 2) * 25, y}, 20, Scalar(150, 110, 90));
  return out;
}

template <typename Draw>
std::vector<Mat> SetOf(RNG& random, Draw draw) {
  std::vector<Mat> pictures;
  for (int i = 0; i < kOfASet; ++i) {
    Mat picture = draw(random);
    std::vector<uchar> bytes;
    cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, random.uniform(70, 96)});
    pictures.push_back(cv::imdecode(bytes, cv::IMREAD_COLOR));
  }
  return pictures;
}

void Add(std::vector<LookalikeFamily>& list, std::string group, std::string name, Mat (*draw)(RNG&)) {
  list.push_back({std::move(group), std::move(name), LookalikeFamily::Truth::kNoCopy, false,
                  [=](Pen&, RNG& random, const Mat&) { return SetOf(random, draw); }});
}

// What stays the same in a set is drawn from the set's seed, the rest from each page's.
void AddPages(std::vector<LookalikeFamily>& list, const char* group, const char* name,
              Mat (*draw)(Pen&, RNG& common, RNG& own),
              LookalikeFamily::Truth truth = LookalikeFamily::Truth::kNoCopy) {
  list.push_back({group, name, truth, false, [=](Pen& pen, RNG& random, const Mat&) {
                    const RNG common(random.state);
                    return SetOf(random, [&](RNG& own) {
                      own.next();
                      RNG again = common;
                      return draw(pen, again, own);
                    });
                  }});
}

Mat Recompressed(const Mat& picture, int quality) {
  std::vector<uchar> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

Mat Scaled(const Mat& picture, double scale) {
  Mat out;
  cv::resize(picture, out, {}, scale, scale, cv::INTER_AREA);
  return out;
}

// What becomes of pages on their way.
void AddCopiesOfPages(std::vector<LookalikeFamily>& list) {
  auto add = [&](const char* name, auto copy) {
    list.push_back(
        {"copies of pages", name, LookalikeFamily::Truth::kCopy, false, [=](Pen& pen, RNG& random, const Mat&) {
           static constexpr std::array<Mat (*)(Pen&, RNG&, RNG&), 9> kPages{
               DrawLetter, DrawInvoice, DrawForm, DrawChat, DrawTable, DrawMap, DrawBars, DrawLines, DrawCard};
           RNG common(random.next());
           Mat page = kPages[random.next() % kPages.size()](pen, common, random);
           return std::vector<Mat>{Recompressed(page, 90), copy(page, random)};
         }});
  };
  add("JPEG 40", [](const Mat& page, RNG&) { return Recompressed(page, 40); });
  add("half the size", [](const Mat& page, RNG&) { return Recompressed(Scaled(page, 0.5), 80); });
  add("a quarter of the size", [](const Mat& page, RNG&) { return Recompressed(Scaled(page, 0.25), 80); });
  add("crop to half", [](const Mat& page, RNG& random) {
    cv::Size size(int(page.cols * 0.7), int(page.rows * 0.7));
    return page(cv::Rect(random.uniform(0, page.cols - size.width), random.uniform(0, page.rows - size.height),
                         size.width, size.height))
        .clone();
  });
  add("turned by 1 degree, darker", [](const Mat& page, RNG&) {
    Mat out;
    cv::warpAffine(page * 0.9, out, cv::getRotationMatrix2D({page.cols / 2.f, page.rows / 2.f}, 1, 0.98), page.size(),
                   cv::INTER_LINEAR, cv::BORDER_CONSTANT, Scalar(205, 208, 210));
    return out;
  });
}

}  // namespace

std::vector<LookalikeFamily> LookalikeFamilies() {
  std::vector<LookalikeFamily> list;
  AddBursts(list);
  AddPages(list, "documents", "letters", DrawLetter);
  AddPages(list, "documents", "letters, scanned", DrawScan);
  AddPages(list, "documents", "invoices", DrawInvoice);
  AddPages(list, "documents", "forms", DrawForm);
  AddPages(list, "screens", "chat", DrawChat);
  AddPages(list, "screens", "table", DrawTable);
  AddPages(list, "screens", "map", DrawMap);
  AddPages(list, "screens", "terminal", DrawTerminal);
  AddPages(list, "charts", "bars", DrawBars);
  AddPages(list, "charts", "lines", DrawLines);
  AddPages(list, "codes", "two-dimensional", DrawSquareCode);
  AddPages(list, "codes", "bars", DrawBarCode);
  AddPages(list, "logos", "one ground, other signs", DrawLogo);
  AddPages(list, "logos", "cards of one firm", DrawCard);
  Add(list, "textures", "white noise", WhiteNoise);
  Add(list, "textures", "clouds", Clouds);
  Add(list, "textures", "grass", Grass);
  Add(list, "textures", "woven", Woven);
  Add(list, "flat", "one colour", Flat);
  Add(list, "flat", "gradients", Gradient);
  Add(list, "patterns", "bricks", Bricks);
  Add(list, "patterns", "facade", Facade);
  Add(list, "patterns", "tiles", Tiles);
  Add(list, "patterns", "board", Board);
  list.push_back(
      {"patterns", "wall of text", LookalikeFamily::Truth::kNoCopy, false,
       [](Pen& pen, RNG& random, const Mat&) { return SetOf(random, [&](RNG& own) { return TextWall(pen, own); }); }});
  list.push_back({"memes", "one photo, other texts", LookalikeFamily::Truth::kEdit, true,
                  [](Pen& pen, RNG& random, const Mat& photo) {
                    return SetOf(random, [&](RNG& own) { return DrawMeme(pen, own, photo); });
                  }});
  AddCopiesOfPages(list);
  return list;
}

}  // namespace likeness::bench
