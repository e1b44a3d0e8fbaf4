// The similarity percent on the copy battery, on pairs of distinct photos and on pictures that look alike. Prints
// Markdown.
//
//   similarity_bench [--photos DIR] [--fonts DIR] [--part tune|report] [--size N] [--pairs N] [--sets N] [--threads N]
//                    [--raw FILE]
//
// --part: the percent is tuned on one half of the photos and of the look-alikes' sets, and reported on the other.
// --size: photos that copies are made from. --pairs: distinct photos, each against each. --sets: of each family of
// look-alikes. --raw: each pair with its verdict and percent, tab by tab.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <opencv2/imgproc.hpp>

#include "copies/battery.h"
#include "copies/lookalikes.h"
#include "dedupe/verdict.h"

namespace likeness::bench {
namespace {

struct Options {
  std::string photos, fonts = "/usr/share/fonts/truetype/dejavu", part = "report", raw;
  size_t size = 24, pairs = 60, sets = 6;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
};

Options Parse(int argc, char** argv) {
  Options options;
  const char* shared = std::getenv("LIKENESS_SHARED");
  options.photos = std::string(shared ? shared : LIKENESS_SOURCE_DIR "/../shared") + "/photos/main";
  const auto number = [](const std::string& text) { return std::strtoul(text.c_str(), nullptr, 10); };
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--photos")
      options.photos = value;
    else if (name == "--fonts")
      options.fonts = value;
    else if (name == "--part")
      options.part = value;
    else if (name == "--raw")
      options.raw = value;
    else if (name == "--size")
      options.size = number(value);
    else if (name == "--pairs")
      options.pairs = number(value);
    else if (name == "--sets")
      options.sets = number(value);
    else if (name == "--threads")
      options.threads = unsigned(std::max(1ul, number(value)));
    else {
      fmt::print(stderr, "unknown option {}; see the top of similarity_bench.cc\n", name);
      std::exit(2);
    }
  }
  return options;
}

struct Seen {
  Picture features;
  image::Bitmap pixels;  // RGBA
};

Seen See(const cv::Mat& bgr) {
  Seen seen{Analyse(bgr, true), image::Bitmap(bgr.cols, bgr.rows, 4)};
  cv::Mat rgba(bgr.rows, bgr.cols, CV_8UC4, seen.pixels.pixels.data());
  cv::cvtColor(bgr, rgba, cv::COLOR_BGR2RGBA);
  return seen;
}

struct Row {
  std::string group, name, what, kind;
  double percent = 0;
  bool looked = false;
  double look_ms = 0;
};

class Judge {
 public:
  void Add(std::string group, std::string name, std::string what, const Seen& a, const Seen& b) {
    const feature::Features& match = b.features.likeness.features;
    dedupe::Verdict verdict = dedupe::Decide(compare::Compare(a.features.likeness, match));
    Row row{std::move(group), std::move(name), std::move(what), {}, 0, dedupe::InDoubt(verdict)};
    const double start = ThreadMilliseconds();
    verdict = dedupe::DecideByPixels(std::move(verdict), a.features.likeness, compare::ViewOf(a.pixels), match,
                                     compare::ViewOf(b.pixels));
    row.look_ms = ThreadMilliseconds() - start;
    row.kind = dedupe::Name(verdict.kind);
    row.percent = dedupe::SimilarityPercent(verdict);
    std::scoped_lock lock(mutex_);
    rows_.push_back(std::move(row));
  }

  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::mutex mutex_;
  std::vector<Row> rows_;
};

double Quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[size_t(share * double(values.size() - 1))];
}

std::vector<double> PercentsOf(const std::vector<Row>& rows, const std::string& group, const std::string& name = "") {
  std::vector<double> percents;
  for (const Row& row : rows)
    if (row.group == group && (name.empty() || row.name == name)) percents.push_back(row.percent);
  return percents;
}

void PrintRow(const std::vector<Row>& rows, const std::string& group, const std::string& name) {
  const std::vector<double> percents = PercentsOf(rows, group, name);
  std::map<std::string, size_t> kinds;
  for (const Row& row : rows)
    if (row.group == group && row.name == name) ++kinds[row.kind];
  std::string told;
  for (const auto& [kind, count] : kinds) told += fmt::format("{}{} {}", told.empty() ? "" : ", ", count, kind);
  fmt::print("| {} | {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {} |\n", group, name, percents.size(),
             Quantile(percents, 0), Quantile(percents, 0.1), Quantile(percents, 0.5), Quantile(percents, 1), told);
}

// A ladder is one damage at growing strength.
void PrintLadders(const std::vector<Row>& rows) {
  const std::vector<std::vector<std::string>> ladders = {
      {"jpeg-95", "jpeg-75", "jpeg-50", "jpeg-30", "jpeg-20", "jpeg-10"},
      {"resize-50", "resize-25", "resize-10"},
      {"blur-1.5", "blur-3", "blur-6"},
      {"noise-10", "noise-25", "noise-50"},
      {"crop-95", "crop-75", "crop-50", "crop-40", "crop-30", "crop-20", "crop-15", "crop-10"},
      {"border-5", "border-20", "border-50"},
      {"turn-4-filled", "turn-10-filled", "turn-25-filled"},
      {"perspective-6", "perspective-10", "perspective-15"},
      {"watermark-15", "watermark-25", "watermark-40"},
      {"logo-20", "logo-30"},
      {"banner-18", "banner-25"},
      {"covered-20", "covered-30", "covered-40"}};
  std::map<std::string, std::map<std::string, double>> by_photo;
  for (const Row& row : rows)
    if (row.group == "copies") by_photo[row.what][row.name] = row.percent;
  fmt::print(
      "\n| ladder | photos | steps | rises | of more than 1 | largest | median at each strength "
      "|\n|---|---|---|---|---|---|---|\n");
  for (const std::vector<std::string>& ladder : ladders) {
    size_t steps = 0, rises = 0, large = 0;
    double largest = 0;
    for (const auto& [photo, percents] : by_photo)
      for (size_t i = 1; i < ladder.size(); ++i) {
        const double rise = percents.at(ladder[i]) - percents.at(ladder[i - 1]);
        ++steps;
        rises += rise > 0;
        large += rise > 1;
        largest = std::max(largest, rise);
      }
    std::string medians;
    for (const std::string& name : ladder)
      medians += fmt::format("{}{:.1f}", medians.empty() ? "" : ", ", Quantile(PercentsOf(rows, "copies", name), 0.5));
    fmt::print("| {} to {} | {} | {} | {} | {} | {:.1f} | {} |\n", ladder.front(), ladder.back(), by_photo.size(),
               steps, rises, large, largest, medians);
  }
}

double ShareOf(const std::vector<double>& percents, const std::function<bool(double)>& holds) {
  return percents.empty() ? 0 : 100.0 * double(std::ranges::count_if(percents, holds)) / double(percents.size());
}

void PrintGoals(const std::vector<Row>& rows) {
  const std::vector<double> copies = PercentsOf(rows, "copies"), distinct = PercentsOf(rows, "distinct");
  fmt::print("\n{} copies: {:.2f} % at 90 and more. {} pairs of distinct photos: {:.2f} % below 70, highest {:.1f}.\n",
             copies.size(), ShareOf(copies, [](double p) { return p >= 90; }), distinct.size(),
             ShareOf(distinct, [](double p) { return p < 70; }), Quantile(distinct, 1));
  const std::vector<double> alike = PercentsOf(rows, "look-alikes");
  fmt::print("{} look-alike pairs that are no copies: {:.1f} % below 70, {:.1f} % between, {:.1f} % at 90 and more.\n",
             alike.size(), ShareOf(alike, [](double p) { return p < 70; }),
             ShareOf(alike, [](double p) { return p >= 70 && p < 90; }),
             ShareOf(alike, [](double p) { return p >= 90; }));
  std::vector<double> looks;
  for (const Row& row : rows)
    if (row.looked) looks.push_back(row.look_ms);
  fmt::print(
      "{} pairs were in doubt; a look at their pixels took {:.0f} ms of processor time (median; 95 %: {:.0f}).\n",
      looks.size(), Quantile(looks, 0.5), Quantile(looks, 0.95));
}

bool Asked(const Options& options, const std::string& what) {
  return (Seed("part " + what) & 1) == (options.part == "tune" ? 1u : 0u);
}

std::string GroupOf(LookalikeFamily::Truth truth) {
  switch (truth) {
    case LookalikeFamily::Truth::kNoCopy:
      return "look-alikes";
    case LookalikeFamily::Truth::kEdit:
      return "other texts";
    case LookalikeFamily::Truth::kOpen:
      return "second frames";
    case LookalikeFamily::Truth::kCopy:
      return "copies of pages";
  }
  return "";
}

std::vector<Photo> Spread(std::vector<Photo> photos, size_t count) {
  std::ranges::sort(photos, {}, [](const Photo& photo) { return Seed("order " + photo.name); });
  if (photos.size() > count) photos.resize(count);
  return photos;
}

int Run(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  cv::setNumThreads(1);
  std::vector<Photo> photos;
  for (Photo& photo : LoadPhotos(options.photos, 0))
    if (Asked(options, photo.name.starts_with("drone-") ? "drone-" : photo.name)) photos.push_back(std::move(photo));
  if (photos.size() < 8) {
    fmt::print(stderr, "no photos in {}\n", options.photos);
    return 2;
  }
  Judge judge;
  const std::vector<Photo> made_from = Spread(photos, options.size), distinct = Spread(photos, options.pairs);
  const std::vector<Transform> transforms = Battery();
  Parallel(made_from.size(), options.threads, [&](size_t at) {
    const Photo& photo = made_from[at];
    const Seen original = See(photo.pixels);
    for (const Transform& transform : transforms) {
      cv::RNG random(Seed(fmt::format("{} {} {}", 1, photo.name, transform.name)));
      Extras extras;
      for (int i = 0; i < 6; ++i) {
        const Photo& other = photos[size_t(random.uniform(0, int(photos.size())))];
        if (other.name != photo.name) extras.strangers.push_back(other.pixels);
      }
      judge.Add("copies", transform.name, photo.name, See(transform.apply(photo.pixels, random, extras)), original);
    }
  });
  std::vector<Seen> seen(distinct.size());
  Parallel(distinct.size(), options.threads, [&](size_t i) { seen[i] = See(distinct[i].pixels); });
  Parallel(distinct.size(), options.threads, [&](size_t i) {
    for (size_t j = 0; j < seen.size(); ++j)
      if (i != j) judge.Add("distinct", "photos", distinct[i].name + "|" + distinct[j].name, seen[i], seen[j]);
  });
  for (const LookalikeFamily& family : LookalikeFamilies()) {
    Parallel(options.sets, options.threads, [&](size_t at) {
      const Photo& photo = photos[at * photos.size() / options.sets];
      const std::string name =
          fmt::format("{} {} {}", options.part, family.name, family.of_photo ? photo.name : std::to_string(at));
      cv::RNG random(Seed(name));
      Pen pen(options.fonts);
      std::vector<Seen> members;
      for (const cv::Mat& picture : family.make(pen, random, family.of_photo ? photo.pixels : cv::Mat()))
        members.push_back(See(picture));
      for (size_t i = 0; i < members.size(); ++i)
        for (size_t j = i + 1; j < members.size(); ++j)
          judge.Add(GroupOf(family.truth), family.name, fmt::format("{} {} {}", name, i, j), members[i], members[j]);
    });
  }
  const std::vector<Row>& rows = judge.rows();
  fmt::print("Part '{}': {} photos, {} distinct ones, {} sets of each family.\n\n", options.part, made_from.size(),
             distinct.size(), options.sets);
  fmt::print("| group | pair | pairs | least | 10 % | median | most | verdicts |\n|---|---|---|---|---|---|---|---|\n");
  for (const Transform& transform : transforms) PrintRow(rows, "copies", transform.name);
  PrintRow(rows, "distinct", "photos");
  for (const LookalikeFamily& family : LookalikeFamilies()) PrintRow(rows, GroupOf(family.truth), family.name);
  PrintLadders(rows);
  PrintGoals(rows);
  if (!options.raw.empty()) {
    std::ofstream raw(options.raw);
    for (const Row& row : rows)
      raw << fmt::format("{}\t{}\t{}\t{}\t{:.1f}\t{}\n", row.group, row.name, row.what, row.kind, row.percent,
                         row.looked);
  }
  return 0;
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  return likeness::bench::Run(argc, argv);
}
