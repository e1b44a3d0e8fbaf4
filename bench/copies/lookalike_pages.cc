#include "copies/lookalike_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace likeness::bench {
namespace {

using cv::Mat;
using cv::Point;
using cv::Rect;
using cv::RNG;
using cv::Scalar;

const Scalar kInk(20, 20, 20), kDim(110, 110, 110), kPaper(255, 255, 255);

constexpr std::array<const char*, 64> kWords{
    "the",      "of",      "and",     "we",      "you",      "for",     "with",     "this",     "your",    "our",
    "that",     "please",  "account", "date",    "amount",   "service", "contract", "letter",   "because", "without",
    "after",    "before",  "number",  "payment", "customer", "regards", "office",   "street",   "annual",  "report",
    "question", "answer",  "machine", "garden",  "window",   "water",   "morning",  "evening",  "train",   "station",
    "weather",  "kitchen", "music",   "doctor",  "teacher",  "summer",  "winter",   "village",  "bridge",  "harbour",
    "forest",   "yellow",  "quick",   "silent",  "heavy",    "gentle",  "certain",  "possible", "about",   "between",
    "through",  "never",   "always",  "often"};

std::string Word(RNG& random) {
  return kWords[size_t(random.uniform(0, int(kWords.size())))];
}

std::string Capital(std::string word) {
  if (!word.empty()) word[0] = char(word[0] - 32);
  return word;
}

std::string Words(RNG& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i ? " " : "") + Word(random);
  return text;
}

// Lines of words from `top` to `bottom`, in paragraphs; the last line of each is short.
void Paragraphs(Pen& pen, Mat& page, RNG& random, Rect area, double size, Font font) {
  int line = int(size * 1.45), y = area.y + line;
  while (y < area.y + area.height) {
    int lines = random.uniform(2, 7);
    for (int i = 0; i < lines && y < area.y + area.height; ++i, y += line) {
      int right = area.x + (i + 1 == lines ? area.width * random.uniform(20, 80) / 100 : area.width);
      int x = area.x;
      while (x < right - int(size * 4)) x = pen.Write(page, Word(random) + " ", {x, y}, size, kInk, font);
    }
    y += line / 2;
  }
}

std::string Digits(RNG& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += char('0' + random.uniform(0, 10));
  return text;
}

std::string Money(RNG& random) {
  return fmt::format("{}.{:02}", random.uniform(3, 4000), random.uniform(0, 100));
}

void Letterhead(Pen& pen, Mat& page, RNG& common) {
  Scalar colour(common.uniform(60, 200), common.uniform(20, 120), common.uniform(20, 120));
  cv::circle(page, {110, 95}, 42, colour, cv::FILLED, cv::LINE_AA);
  cv::circle(page, {126, 84}, 22, kPaper, cv::FILLED, cv::LINE_AA);
  cv::rectangle(page, Rect(60, 150, page.cols - 120, 4), colour, cv::FILLED);
  std::string name = Capital(Word(common)) + " & " + Capital(Word(common)) + " Ltd";
  pen.Write(page, name, {175, 95}, 36, colour, Font::kSansBold);
  pen.Write(page, Words(common, 5), {175, 128}, 16, kDim);
  int bottom = page.rows - 70;
  cv::line(page, {60, bottom}, {page.cols - 60, bottom}, kDim);
  pen.Write(page, Words(common, 9) + " " + Digits(common, 8), {70, bottom + 24}, 13, kDim);
  pen.Write(page, Words(common, 8) + " " + Digits(common, 10), {70, bottom + 44}, 13, kDim);
}

Mat Screen(Scalar ground) {
  return Mat(720, 1280, CV_8UC3, ground);
}

// Title bar, tool bar and side bar of one application.
void Chrome(Pen& pen, Mat& screen, RNG& common) {
  Scalar accent(common.uniform(60, 200), common.uniform(60, 160), common.uniform(40, 120));
  cv::rectangle(screen, Rect(0, 0, 1280, 36), Scalar(70, 60, 55), cv::FILLED);
  pen.Write(screen, Capital(Word(common)) + " - " + Capital(Word(common)), {520, 24}, 15, kPaper);
  cv::rectangle(screen, Rect(0, 36, 1280, 48), Scalar(235, 235, 235), cv::FILLED);
  for (int i = 0; i < 14; ++i) {
    Rect icon(16 + i * 44, 46, 28, 28);
    cv::rectangle(screen, icon, Scalar(common.uniform(60, 220), common.uniform(60, 220), common.uniform(60, 220)), 3);
    cv::circle(screen, {icon.x + 14, icon.y + 14}, common.uniform(4, 10), accent, 2, cv::LINE_AA);
  }
  cv::rectangle(screen, Rect(0, 84, 220, 636), Scalar(245, 242, 238), cv::FILLED);
  for (int y = 116; y < 700; y += 34) {
    cv::circle(screen, {24, y - 6}, 8, accent, cv::FILLED, cv::LINE_AA);
    pen.Write(screen, Capital(Words(common, 2)), {44, y}, 15, kDim);
  }
}

}  // namespace

Mat DrawLetter(Pen& pen, RNG& common, RNG& own) {
  Mat page(1160, 820, CV_8UC3, kPaper);
  Letterhead(pen, page, common);
  pen.Write(page, Capital(Word(own)) + " " + Capital(Word(own)), {80, 210}, 18, kInk, Font::kSerif);
  pen.Write(page, Capital(Word(own)) + " street " + Digits(own, 2), {80, 236}, 18, kInk, Font::kSerif);
  pen.Write(page, Digits(own, 5) + " " + Capital(Word(own)), {80, 262}, 18, kInk, Font::kSerif);
  pen.Write(page, fmt::format("2026-{:02}-{:02}", own.uniform(1, 13), own.uniform(1, 29)), {600, 300}, 17, kInk,
            Font::kSerif);
  pen.Write(page, Capital(Words(own, 4)), {80, 350}, 20, kInk, Font::kSansBold);
  Paragraphs(pen, page, own, Rect(80, 370, 660, own.uniform(380, 600)), 17, Font::kSerif);
  return page;
}

Mat DrawScan(Pen& pen, RNG& common, RNG& own) {
  Mat page = DrawLetter(pen, common, own), out;
  Mat turn = cv::getRotationMatrix2D({410, 580}, own.uniform(-1.5, 1.5), own.uniform(0.96, 1.0));
  cv::warpAffine(page, out, turn, page.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, Scalar(205, 208, 210));
  Mat grain(out.size(), CV_16SC3), wide;
  own.fill(grain, RNG::NORMAL, 0, 6);
  out.convertTo(wide, CV_16SC3, 0.93);
  wide += grain;
  wide.convertTo(out, CV_8UC3);
  return out;
}

Mat DrawInvoice(Pen& pen, RNG& common, RNG& own) {
  Mat page(1160, 820, CV_8UC3, kPaper);
  Letterhead(pen, page, common);
  pen.Write(page, "INVOICE", {80, 250}, 34, kInk, Font::kSansBold);
  pen.Write(page, "No. " + Digits(own, 7), {560, 220}, 17, kInk);
  pen.Write(page, "Date " + Digits(own, 2) + "/2026", {560, 246}, 17, kInk);
  pen.Write(page, Capital(Words(own, 3)), {80, 290}, 17, kInk);
  cv::rectangle(page, Rect(70, 330, 680, 34), Scalar(225, 220, 215), cv::FILLED);
  pen.Write(page, "Item", {84, 353}, 16, kInk, Font::kSansBold);
  pen.Write(page, "Quantity", {430, 353}, 16, kInk, Font::kSansBold);
  pen.Write(page, "Price", {560, 353}, 16, kInk, Font::kSansBold);
  pen.Write(page, "Total", {660, 353}, 16, kInk, Font::kSansBold);
  int rows = own.uniform(5, 15), y = 392;
  for (int i = 0; i < rows; ++i, y += 34) {
    pen.Write(page, Capital(Words(own, own.uniform(2, 5))), {84, y}, 16, kInk);
    pen.Write(page, fmt::format("{}", own.uniform(1, 40)), {450, y}, 16, kInk);
    pen.Write(page, Money(own), {560, y}, 16, kInk);
    pen.Write(page, Money(own), {660, y}, 16, kInk);
    cv::line(page, {70, y + 11}, {750, y + 11}, Scalar(200, 200, 200));
  }
  pen.Write(page, "Sum", {560, y + 20}, 19, kInk, Font::kSansBold);
  pen.Write(page, Money(own), {650, y + 20}, 19, kInk, Font::kSansBold);
  pen.Write(page, "Thank you for your order. Please pay within 30 days.", {80, 1040}, 15, kDim);
  return page;
}

Mat DrawForm(Pen& pen, RNG& common, RNG& own) {
  Mat page(1160, 820, CV_8UC3, kPaper);
  pen.Write(page, "Form " + Digits(common, 3) + "  " + Capital(Words(common, 3)), {60, 70}, 26, kInk, Font::kSansBold);
  for (int i = 0; i < 15; ++i) {
    int y = 110 + i * 66;
    cv::rectangle(page, Rect(60, y, 340, 54), kDim, 1);
    cv::rectangle(page, Rect(410, y, 350, 54), kDim, 1);
    pen.Write(page, Capital(Words(common, 2)), {66, y + 15}, 12, kDim);
    pen.Write(page, Capital(Words(common, 3)), {416, y + 15}, 12, kDim);
    pen.Write(page, Capital(Words(own, 2)), {76, y + 44}, 23, Scalar(140, 50, 20), Font::kSerif);
    if (own.uniform(0, 4) != 0)
      pen.Write(page, Digits(own, own.uniform(4, 10)), {430, y + 44}, 23, Scalar(140, 50, 20), Font::kSerif);
  }
  return page;
}

Mat DrawChat(Pen& pen, RNG& common, RNG& own) {
  Mat screen = Screen(Scalar(230, 236, 240));
  Chrome(pen, screen, common);
  int y = 100;
  while (y < 660) {
    bool mine = own.uniform(0, 2) == 0;
    int lines = own.uniform(1, 5), width = own.uniform(220, 520);
    Rect bubble(mine ? 1240 - width : 250, y, width, 22 + lines * 22);
    cv::rectangle(screen, bubble, mine ? Scalar(200, 245, 220) : kPaper, cv::FILLED);
    for (int i = 0; i < lines; ++i) {
      int x = bubble.x + 12;
      while (x < bubble.x + width - 90) x = pen.Write(screen, Word(own) + " ", {x, y + 24 + i * 22}, 15, kInk);
    }
    y += bubble.height + 14;
  }
  return screen;
}

Mat DrawTable(Pen& pen, RNG& common, RNG& own) {
  Mat screen = Screen(kPaper);
  Chrome(pen, screen, common);
  std::array<std::string, 6> heads;
  for (std::string& head : heads) head = Capital(Word(common));
  for (int row = 0; row < 22; ++row) {
    int y = 112 + row * 28;
    if (row == 0) cv::rectangle(screen, Rect(220, 86, 1060, 34), Scalar(215, 215, 215), cv::FILLED);
    for (int column = 0; column < 6; ++column) {
      int x = 236 + column * 174;
      std::string text = row == 0 ? heads[size_t(column)] : column == 0 ? Capital(Words(own, 2)) : Money(own);
      pen.Write(screen, text, {x, y}, 15, kInk, row == 0 ? Font::kSansBold : Font::kSans);
      cv::line(screen, {x - 10, 86}, {x - 10, 720}, Scalar(205, 205, 205));
    }
    cv::line(screen, {220, y + 9}, {1280, y + 9}, Scalar(205, 205, 205));
  }
  return screen;
}

Mat DrawMap(Pen& pen, RNG& common, RNG& own) {
  Mat screen = Screen(Scalar(222, 238, 242));
  for (int i = 0; i < 6; ++i)
    cv::ellipse(screen, {own.uniform(220, 1280), own.uniform(90, 720)}, {own.uniform(40, 160), own.uniform(30, 110)},
                own.uniform(0, 180), 0, 360, i % 2 ? Scalar(190, 225, 195) : Scalar(235, 205, 170), cv::FILLED,
                cv::LINE_AA);
  for (int i = 0; i < 26; ++i) {
    bool main = i < 6;
    Point from(own.uniform(200, 1300), own.uniform(80, 740)), to(own.uniform(200, 1300), own.uniform(80, 740));
    cv::line(screen, from, to, Scalar(180, 180, 180), main ? 11 : 6, cv::LINE_AA);
    cv::line(screen, from, to, main ? Scalar(130, 220, 250) : kPaper, main ? 8 : 4, cv::LINE_AA);
  }
  for (int i = 0; i < 30; ++i)
    pen.Write(screen, Capital(Word(own)), {own.uniform(230, 1200), own.uniform(100, 710)}, own.uniform(11, 17), kDim);
  Chrome(pen, screen, common);
  return screen;
}

Mat DrawTerminal(Pen& pen, RNG& common, RNG& own) {
  Mat screen = Screen(Scalar(30, 25, 20));
  std::string prompt = Word(common) + "@" + Word(common) + ":~$ ";
  cv::rectangle(screen, Rect(0, 0, 1280, 30), Scalar(80, 75, 70), cv::FILLED);
  pen.Write(screen, "Terminal - " + prompt, {500, 21}, 15, kPaper);
  bool command = true;
  for (int y = 56; y < 712; y += 21, command = own.uniform(0, 4) == 0) {
    int x = command ? pen.Write(screen, prompt, {10, y}, 15, Scalar(120, 230, 120), Font::kMono) : 10;
    pen.Write(screen, Words(own, own.uniform(1, command ? 4 : 12)), {x, y}, 15, Scalar(220, 220, 220), Font::kMono);
  }
  return screen;
}

namespace {

Mat Axes(Pen& pen, RNG& common) {
  Mat chart(600, 900, CV_8UC3, kPaper);
  pen.Write(chart, Capital(Words(common, 4)), {260, 44}, 24, kInk, Font::kSansBold);
  for (int i = 0; i <= 6; ++i) {
    int y = 520 - i * 70;
    cv::line(chart, {90, y}, {860, y}, Scalar(220, 220, 220));
    pen.Write(chart, fmt::format("{}", i * 50), {44, y + 6}, 15, kDim);
  }
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (int i = 0; i < 12; ++i) pen.Write(chart, kMonths[size_t(i)], {104 + i * 64, 546}, 15, kDim);
  pen.Write(chart, Capital(Words(common, 2)), {400, 584}, 16, kInk);
  return chart;
}

}  // namespace

Mat DrawBars(Pen& pen, RNG& common, RNG& own) {
  Mat chart = Axes(pen, common);
  Scalar colour(common.uniform(100, 220), common.uniform(60, 160), common.uniform(20, 120));
  for (int i = 0; i < 12; ++i) {
    int height = own.uniform(20, 410);
    cv::rectangle(chart, Rect(102 + i * 64, 520 - height, 40, height), colour, cv::FILLED);
  }
  return chart;
}

Mat DrawLines(Pen& pen, RNG& common, RNG& own) {
  Mat chart = Axes(pen, common);
  for (int series = 0; series < 3; ++series) {
    Scalar colour(common.uniform(0, 220), common.uniform(0, 180), common.uniform(0, 220));
    Point last(110, own.uniform(120, 500));
    for (int x = 130; x < 850; x += 20) {
      Point next(x, std::clamp(last.y + own.uniform(-36, 37), 110, 515));
      cv::line(chart, last, next, colour, 3, cv::LINE_AA);
      last = next;
    }
    cv::rectangle(chart, Rect(690, 70 + series * 24, 18, 12), colour, cv::FILLED);
    pen.Write(chart, Capital(Word(common)), {716, 82 + series * 24}, 15, kInk);
  }
  return chart;
}

Mat DrawSquareCode(Pen&, RNG&, RNG& own) {
  constexpr int kModules = 33, kSize = 16, kQuiet = 4 * kSize;
  Mat code(kModules * kSize + 2 * kQuiet, kModules * kSize + 2 * kQuiet, CV_8UC3, kPaper);
  auto box = [&](int x, int y, int side, Scalar colour) {
    cv::rectangle(code, Rect(kQuiet + x * kSize, kQuiet + y * kSize, side * kSize, side * kSize), colour, cv::FILLED);
  };
  for (int y = 0; y < kModules; ++y) {
    for (int x = 0; x < kModules; ++x) {
      if (own.uniform(0, 2) == 0) box(x, y, 1, Scalar());
    }
  }
  auto finder = [&](int x, int y, int side) {
    box(x - 1, y - 1, side + 2, kPaper);
    box(x, y, side, Scalar());
    box(x + 1, y + 1, side - 2, kPaper);
    box(x + 2, y + 2, side - 4, Scalar());
  };
  finder(0, 0, 7);
  finder(kModules - 7, 0, 7);
  finder(0, kModules - 7, 7);
  finder(kModules - 9, kModules - 9, 5);
  cv::rectangle(code, Rect(0, 0, code.cols, kQuiet), kPaper, cv::FILLED);
  cv::rectangle(code, Rect(0, 0, kQuiet, code.rows), kPaper, cv::FILLED);
  cv::rectangle(code, Rect(0, code.rows - kQuiet, code.cols, kQuiet), kPaper, cv::FILLED);
  cv::rectangle(code, Rect(code.cols - kQuiet, 0, kQuiet, code.rows), kPaper, cv::FILLED);
  return code;
}

Mat DrawBarCode(Pen& pen, RNG&, RNG& own) {
  Mat code(300, 560, CV_8UC3, kPaper);
  int x = 40;
  while (x < 510) {
    int bar = own.uniform(1, 5) * 3;
    cv::rectangle(code, Rect(x, 30, bar, 200), Scalar(), cv::FILLED);
    x += bar + own.uniform(1, 5) * 3;
  }
  pen.Write(code, Digits(own, 13), {150, 268}, 30, Scalar(), Font::kMono);
  return code;
}

namespace {

// A sign of two or three plain shapes.
void Sign(Mat& picture, RNG& random, Point centre, int size) {
  for (int i = random.uniform(2, 4); i > 0; --i) {
    Scalar colour(random.uniform(0, 200), random.uniform(0, 200), random.uniform(0, 200));
    Point at = centre + Point(random.uniform(-size / 2, size / 2), random.uniform(-size / 2, size / 2));
    switch (random.uniform(0, 3)) {
      case 0:
        cv::circle(picture, at, random.uniform(size / 3, size), colour, cv::FILLED, cv::LINE_AA);
        break;
      case 1:
        cv::rectangle(picture, Rect(at.x - size / 2, at.y - size / 3, size, 2 * size / 3), colour, cv::FILLED);
        break;
      default:
        std::vector<Point> corners{at + Point(0, -size), at + Point(size, size / 2), at + Point(-size, size / 2)};
        cv::fillConvexPoly(picture, corners, colour, cv::LINE_AA);
    }
  }
}

}  // namespace

Mat DrawLogo(Pen& pen, RNG& common, RNG& own) {
  Mat picture(500, 700, CV_8UC3, Scalar(common.uniform(200, 256), common.uniform(200, 256), common.uniform(200, 256)));
  Sign(picture, own, {350, 200}, 90);
  std::string name = Capital(Word(own));
  pen.Write(picture, name, {350 - int(name.size()) * 18, 420}, 56, kInk, Font::kSansBold);
  return picture;
}

Mat DrawCard(Pen& pen, RNG& common, RNG& own) {
  Mat card(500, 850, CV_8UC3, Scalar(250, 250, 250));
  Sign(card, common, {160, 150}, 70);
  pen.Write(card, Capital(Word(common)) + " " + Capital(Word(common)), {300, 130}, 40, kInk, Font::kSansBold);
  pen.Write(card, Words(common, 4), {300, 170}, 18, kDim);
  pen.Write(card, Capital(Word(own)) + " " + Capital(Word(own)), {300, 300}, 30, kInk);
  pen.Write(card, Capital(Words(own, 2)), {300, 335}, 18, kDim);
  pen.Write(card, "+" + Digits(own, 11), {300, 400}, 18, kInk);
  pen.Write(card, Word(own) + "." + Word(own) + "@example.com", {300, 430}, 18, kInk);
  return card;
}

Mat DrawMeme(Pen& pen, RNG& own, const Mat& photo) {
  Mat out = photo.clone();
  double size = photo.cols / 14.0;
  for (int row = 0; row < 2; ++row) {
    std::string text = Words(own, own.uniform(2, 4));
    std::ranges::transform(text, text.begin(), [](char c) { return char(std::toupper(c)); });
    Point at(int(photo.cols * 0.06), row == 0 ? int(size * 1.3) : int(photo.rows - size * 0.5));
    for (Point shift : {Point(-3, 0), Point(3, 0), Point(0, -3), Point(0, 3)})
      pen.Write(out, text, at + shift, size, Scalar(), Font::kSansBold);
    pen.Write(out, text, at, size, kPaper, Font::kSansBold);
  }
  return out;
}

}  // namespace likeness::bench
