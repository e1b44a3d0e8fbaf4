// Is colour by place better than colour alone? Three questions to real photos, each signal alone and fused by rank:
//   copies   the other files of a group of copies found in the wild, among all photos
//   whole    the photo behind a copy with the whole picture and its colours left (half the photos are asked for)
//   parts    ... behind a crop, frame, turn or picture in picture
//   colours  ... behind a copy with other colours or brightness
//   series   other photos of one series (overlapping aerial views; clothes on one floor)
//   looks_bench [--json FILE]
// Figures: mean average precision, and the share of the wanted found among the first ten (recall@10). Photos are those
// of $LIKENESS_SHARED/photos.
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <opencv2/core.hpp>

#include "base/files.h"
#include "bench_util.h"
#include "codec/decode.h"
#include "copies/transforms.h"
#include "feature/extract.h"
#include "image/colour.h"
#include "image/resize.h"

namespace likeness::bench {
namespace {

namespace fs = std::filesystem;

struct Photo {
  std::string name, group;  // group: of copies, or of a series; empty = alone
  image::Bitmap bitmap;     // three channels, at most 640 wide or high
};

struct Signals {
  feature::ColourHistogram colour;
  std::vector<std::vector<uint8_t>> local, mirrored;  // by variant
};

// A way to describe colour by place, from 64x64 averaged pixels; one row of blocks after the other.
struct Variant {
  const char* name;
  std::vector<uint8_t> (*compute)(const image::Bitmap& small);
};

constexpr int kSide = 64;

template <size_t kBins, typename Add>
std::vector<uint8_t> Blocks(const image::Bitmap& small, int blocks, double total, const Add& add) {
  std::vector<uint8_t> out;
  for (int by = 0; by < blocks; ++by)
    for (int bx = 0; bx < blocks; ++bx) {
      std::array<double, kBins> bins{};
      for (int y = by * kSide / blocks; y < (by + 1) * kSide / blocks; ++y)
        for (int x = bx * kSide / blocks; x < (bx + 1) * kSide / blocks; ++x) add(small.row(y) + 3 * x, &bins);
      double sum = 0;
      for (double bin : bins) sum += bin;
      for (double bin : bins) out.push_back(static_cast<uint8_t>(bin / sum * total + 0.5));
    }
  return out;
}

struct Opponent {
  double y, cb, cr;
  explicit Opponent(const uint8_t* p)
      : y(0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]), cb((p[2] - y) * 0.564), cr((p[0] - y) * 0.713) {}
};

// Linear between nodes; beyond the last ones their own.
template <size_t kNodes>
std::array<double, kNodes> Soft(double value, const std::array<double, kNodes>& nodes) {
  std::array<double, kNodes> out{};
  if (value <= nodes.front()) {
    out.front() = 1;
    return out;
  }
  for (size_t i = 1; i < kNodes; ++i)
    if (value < nodes[i]) {
      out[i] = (value - nodes[i - 1]) / (nodes[i] - nodes[i - 1]);
      out[i - 1] = 1 - out[i];
      return out;
    }
  out.back() = 1;
  return out;
}

std::vector<uint8_t> HardRgb(const image::Bitmap& small, int blocks) {
  return Blocks<27>(small, blocks, 255, [](const uint8_t* p, auto* bins) {
    (*bins)[static_cast<size_t>(p[0] / 86 * 9 + p[1] / 86 * 3 + p[2] / 86)] += 1;
  });
}

std::vector<uint8_t> SoftRgb(const image::Bitmap& small, int blocks) {
  return Blocks<27>(small, blocks, 255, [](const uint8_t* p, auto* bins) {
    std::array<std::array<double, 3>, 3> s;
    for (int i = 0; i < 3; ++i) s[i] = Soft<3>(p[i], {0, 127.5, 255});
    for (size_t r = 0; r < 3; ++r)
      for (size_t g = 0; g < 3; ++g)
        for (size_t b = 0; b < 3; ++b) (*bins)[r * 9 + g * 3 + b] += s[0][r] * s[1][g] * s[2][b];
  });
}

// Three soft histograms of one axis each: 6 + 5 + 5.
std::vector<uint8_t> Axes(const image::Bitmap& small, int blocks, double width) {
  return Blocks<16>(small, blocks, 255, [&](const uint8_t* p, auto* bins) {
    Opponent o(p);
    auto y = Soft<6>(o.y, {20, 63, 106, 149, 192, 235});
    auto cb = Soft<5>(o.cb, {-2 * width, -width, 0, width, 2 * width});
    auto cr = Soft<5>(o.cr, {-2 * width, -width, 0, width, 2 * width});
    for (size_t i = 0; i < 6; ++i) (*bins)[i] += y[i];
    for (size_t i = 0; i < 5; ++i) (*bins)[6 + i] += cb[i], (*bins)[11 + i] += cr[i];
  });
}

// One soft histogram of 4 x 2 x 2.
std::vector<uint8_t> Joint(const image::Bitmap& small, int blocks) {
  return Blocks<16>(small, blocks, 255, [](const uint8_t* p, auto* bins) {
    Opponent o(p);
    auto y = Soft<4>(o.y, {30, 95, 160, 225});
    auto cb = Soft<2>(o.cb, {-25, 25});
    auto cr = Soft<2>(o.cr, {-25, 25});
    for (size_t i = 0; i < 16; ++i) (*bins)[i] += y[i / 4] * cb[i / 2 % 2] * cr[i % 2];
  });
}

std::vector<uint8_t> Means(const image::Bitmap& small) {
  std::vector<uint8_t> out;
  constexpr int kBlocks = 8, kBlock = kSide / kBlocks;
  for (int by = 0; by < kBlocks; ++by)
    for (int bx = 0; bx < kBlocks; ++bx) {
      double sums[3] = {};
      for (int y = 0; y < kBlock; ++y)
        for (int x = 0; x < kBlock; ++x) {
          Opponent o(small.row(by * kBlock + y) + 3 * (bx * kBlock + x));
          sums[0] += o.y, sums[1] += o.cb + 128, sums[2] += o.cr + 128;
        }
      for (double sum : sums) out.push_back(static_cast<uint8_t>(sum / kBlock / kBlock));
    }
  return out;
}

const Variant kVariants[] = {
    {"layout",
     [](const image::Bitmap& b) {
       feature::ColourLayout layout = feature::ComputeColourLayout(b);
       return std::vector<uint8_t>(layout.begin(), layout.end());
     }},
    {"axes16, 1 block", [](const image::Bitmap& b) { return Axes(b, 1, 12); }},
    {"axes16, 2x2", [](const image::Bitmap& b) { return Axes(b, 2, 12); }},
    {"axes16, 3x3", [](const image::Bitmap& b) { return Axes(b, 3, 12); }},
    {"axes16, 5x5", [](const image::Bitmap& b) { return Axes(b, 5, 12); }},
    {"axes16, chroma nodes 20 apart", [](const image::Bitmap& b) { return Axes(b, 4, 20); }},
    {"axes16, chroma nodes 8 apart", [](const image::Bitmap& b) { return Axes(b, 4, 8); }},
    {"joint 4x2x2", [](const image::Bitmap& b) { return Joint(b, 4); }},
    {"RGB 3x3x3, soft", [](const image::Bitmap& b) { return SoftRgb(b, 4); }},
    {"RGB 3x3x3, hard", [](const image::Bitmap& b) { return HardRgb(b, 4); }},
    {"mean colours 8x8", [](const image::Bitmap& b) { return Means(b); }},
};
constexpr size_t kVariantCount = std::size(kVariants);

image::Bitmap Mirror(const image::Bitmap& bitmap) {
  image::Bitmap out(bitmap.width, bitmap.height, bitmap.channels);
  for (int y = 0; y < bitmap.height; ++y)
    for (int x = 0; x < bitmap.width; ++x)
      std::copy_n(bitmap.row(y) + bitmap.channels * x, bitmap.channels,
                  out.row(y) + bitmap.channels * (bitmap.width - 1 - x));
  return out;
}

Signals Compute(const image::Bitmap& bitmap) {
  Signals signals;
  signals.colour = feature::ComputeColour(bitmap);
  image::Bitmap small = image::ResizeArea(bitmap, kSide, kSide), mirrored = Mirror(small);
  for (const Variant& variant : kVariants) {
    signals.local.push_back(variant.compute(small));
    signals.mirrored.push_back(variant.compute(mirrored));
  }
  return signals;
}

std::vector<Photo> Read(const fs::path& folder, const std::function<std::string(const fs::path&)>& group_of) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Photo> photos;
  for (const fs::path& path : paths) {
    auto bytes = ReadFile(path, 64u << 20);
    if (!bytes.has_value()) continue;
    auto decoded = codec::Decode(*bytes, {});
    if (!decoded.has_value()) continue;
    image::Bitmap bitmap = image::ToRgb(decoded->bitmap);
    image::Size size = image::FitLongestSide({bitmap.width, bitmap.height}, 640);
    photos.push_back({path.filename().string(), group_of(path), image::ResizeArea(bitmap, size.width, size.height)});
  }
  return photos;
}

image::Bitmap Apply(const Transform& transform, const image::Bitmap& bitmap, const Extras& extras, uint64_t seed) {
  cv::Mat photo(bitmap.height, bitmap.width, CV_8UC3);
  for (int y = 0; y < bitmap.height; ++y)
    for (int x = 0; x < 3 * bitmap.width; ++x) photo.ptr(y)[x] = bitmap.row(y)[x - x % 3 + 2 - x % 3];
  cv::RNG random(seed);
  cv::Mat changed = transform.apply(photo, random, extras);
  image::Bitmap out(changed.cols, changed.rows, 3);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < 3 * out.width; ++x) out.row(y)[x] = changed.ptr(y)[x - x % 3 + 2 - x % 3];
  return out;
}

uint32_t L1(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  uint32_t distance = 0;
  for (size_t i = 0; i < a.size(); ++i) distance += static_cast<uint32_t>(std::abs(a[i] - b[i]));
  return distance;
}

struct Score {
  double average_precision = 0, recall = 0;
  size_t queries = 0;
  void Take(const std::vector<double>& distances, const std::vector<bool>& wanted, size_t self) {
    std::vector<size_t> order;
    for (size_t i = 0; i < distances.size(); ++i)
      if (i != self) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return distances[a] < distances[b]; });
    double found = 0, early = 0, sum = 0;
    for (size_t rank = 0; rank < order.size(); ++rank) {
      if (!wanted[order[rank]]) continue;
      ++found;
      if (rank < 10) ++early;
      sum += found / static_cast<double>(rank + 1);
    }
    ++queries;
    average_precision += sum / found;
    recall += early / std::min(found, 10.0);
  }
};

// Ranks from 1; equal distances share one.
std::vector<double> Ranks(const std::vector<double>& distances) {
  std::vector<size_t> order(distances.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return distances[a] < distances[b]; });
  std::vector<double> ranks(distances.size());
  for (size_t i = 0; i < order.size(); ++i)
    ranks[order[i]] =
        i > 0 && distances[order[i]] == distances[order[i - 1]] ? ranks[order[i - 1]] : static_cast<double>(i + 1);
  return ranks;
}

class Comparison {
 public:
  explicit Comparison(std::vector<Photo> photos) : photos_(std::move(photos)) {
    for (const Photo& photo : photos_) stored_.push_back(Compute(photo.bitmap));
  }
  void Ask(const std::string& question, const Signals& query, const std::function<bool(size_t)>& is_wanted,
           size_t self) {
    std::vector<bool> wanted(photos_.size());
    bool any = false;
    for (size_t i = 0; i < photos_.size(); ++i) any |= wanted[i] = i != self && is_wanted(i);
    if (!any) return;
    std::vector<double> colour(photos_.size());
    for (size_t i = 0; i < photos_.size(); ++i) colour[i] = feature::ColourDistance(query.colour, stored_[i].colour);
    auto take = [&](const std::string& what, const std::vector<double>& distances) {
      scores_[{order_.try_emplace(what, order_.size()).first->second, what}][question].Take(distances, wanted, self);
    };
    take("colour", colour);
    std::vector<double> layout;
    for (size_t v = 0; v < kVariantCount; ++v) {
      std::vector<double> place(photos_.size()), both(photos_.size());
      for (size_t i = 0; i < photos_.size(); ++i) {
        place[i] = L1(query.local[v], stored_[i].local[v]);
        both[i] = std::min<double>(place[i], L1(query.mirrored[v], stored_[i].local[v]));
      }
      if (v == 0) take("layout, upright only", place);
      take(kVariants[v].name, both);
      if (v == 0) layout = both;
    }
    std::vector<double> colour_ranks = Ranks(colour), layout_ranks = Ranks(layout);
    for (double weight : {0.5, 1.0, 2.0, 4.0, 8.0, 16.0}) {
      std::vector<double> fused(photos_.size());
      for (size_t i = 0; i < fused.size(); ++i)
        fused[i] = -(1 / (60 + colour_ranks[i]) + weight / (60 + layout_ranks[i]));
      take(fmt::format("colour + {} x layout", weight), fused);
    }
  }
  const std::vector<Photo>& photos() const { return photos_; }
  const Signals& stored(size_t i) const { return stored_[i]; }
  void Print(const std::string& json) const {
    const std::vector<std::string> questions = {"copies", "whole", "parts", "colours", "series"};
    std::vector<std::string> columns = {"signal", "mean mAP"};
    for (const std::string& question : questions) {
      columns.push_back(question + " mAP");
      columns.push_back(question + " recall@10");
    }
    Table table(columns);
    for (const auto& [what, scores] : scores_) {
      std::vector<std::string> cells = {what.second};
      double sum = 0;
      for (const std::string& question : questions)
        sum += scores.at(question).average_precision / static_cast<double>(scores.at(question).queries);
      cells.push_back(fmt::format("{:.3f}", sum / static_cast<double>(questions.size())));
      for (const std::string& question : questions) {
        const Score& score = scores.at(question);
        auto queries = static_cast<double>(score.queries);
        cells.push_back(fmt::format("{:.3f}", score.average_precision / queries));
        cells.push_back(fmt::format("{:.3f}", score.recall / queries));
      }
      table.Row(cells);
    }
    std::string counts;
    for (const auto& [question, score] : scores_.begin()->second)
      counts += fmt::format("{} {}  ", question, score.queries);
    fmt::print("\nqueries: {}\n", counts);
    table.WriteJson(json);
  }

 private:
  std::vector<Photo> photos_;
  std::vector<Signals> stored_;
  std::map<std::string, size_t> order_;
  std::map<std::pair<size_t, std::string>, std::map<std::string, Score>> scores_;
};

std::string SeriesOf(const std::string& name) {
  for (const char* series : {"drone-", "cloth-"})
    if (name.starts_with(series)) return series;
  return "";
}

std::string QuestionOf(const Transform& transform) {
  if (transform.group != "whole") return "parts";
  for (const char* word : {"gamma", "brightness", "contrast", "grey", "saturation", "vignette"})
    if (transform.name.starts_with(word)) return "colours";
  return "whole";
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  using namespace likeness::bench;
  const char* shared = std::getenv("LIKENESS_SHARED");
  const fs::path folder = fs::path(shared ? shared : "") / "photos";
  if (!fs::is_directory(folder / "main")) {
    fmt::print("skipped: no photos; set LIKENESS_SHARED to the folder that holds photos/\n");
    return 0;
  }
  std::vector<Photo> photos =
      Read(folder / "main", [](const fs::path& path) { return SeriesOf(path.filename().string()); });
  const size_t main_count = photos.size();
  for (Photo& photo :
       Read(folder / "neardup", [](const fs::path& path) { return path.parent_path().filename().string(); }))
    photos.push_back(std::move(photo));
  Comparison comparison(std::move(photos));
  Extras extras;
  const auto& all = comparison.photos();
  for (size_t i = 1; i < 12; i += 2) {
    const auto& bitmap = all[i].bitmap;
    cv::Mat mat(bitmap.height, bitmap.width, CV_8UC3, const_cast<uint8_t*>(bitmap.pixels.data()));
    extras.strangers.push_back(mat.clone());
  }
  for (size_t i = 0; i < all.size(); ++i)
    if (!all[i].group.empty())
      comparison.Ask(
          i < main_count ? "series" : "copies", comparison.stored(i),
          [&](size_t j) { return all[j].group == all[i].group; }, i);
  constexpr size_t kEvery = 8;
  for (size_t i = 0; i < main_count; i += kEvery)
    for (const Transform& transform : Battery())
      comparison.Ask(
          QuestionOf(transform), Compute(Apply(transform, all[i].bitmap, extras, i + 1)),
          [&](size_t j) { return i == j; }, all.size());
  std::string json;
  for (int i = 1; i + 1 < argc; ++i)
    if (std::strcmp(argv[i], "--json") == 0) json = argv[i + 1];
  comparison.Print(json);
}
