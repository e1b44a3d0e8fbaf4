// Pictures that look alike but are no copies, through the product's comparison and rules at their defaults: how many
// pairs are called duplicates? Each set of a family is judged in all ordered pairs. Prints Markdown.
//
//   lookalikes_bench [--photos DIR] [--fonts DIR] [--part tune|report|all] [--sets N] [--only TEXT] [--threads N]
//                    [--misses]
//
// --part: rules are tuned on one half of the sets and of the photos and reported on the other. --sets: of each family
// (24 by default). --misses: each wrong verdict with its numbers on standard error.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>

#include "copies/battery.h"
#include "copies/lookalikes.h"
#include "copies/systems.h"

namespace likeness::bench {
namespace {

using Truth = LookalikeFamily::Truth;

struct Options {
  std::string photos, fonts = "/usr/share/fonts/truetype/dejavu", part = "report", only;
  size_t sets = 24;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool misses = false;
};

Options Parse(int argc, char** argv) {
  Options options;
  const char* shared = std::getenv("LIKENESS_SHARED");
  options.photos = std::string(shared ? shared : LIKENESS_SOURCE_DIR "/../shared") + "/photos/main";
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
    if (name == "--photos")
      options.photos = value();
    else if (name == "--fonts")
      options.fonts = value();
    else if (name == "--part")
      options.part = value();
    else if (name == "--only")
      options.only = value();
    else if (name == "--sets")
      options.sets = std::strtoul(value().c_str(), nullptr, 10);
    else if (name == "--threads")
      options.threads = unsigned(std::max(1ul, std::strtoul(value().c_str(), nullptr, 10)));
    else if (name == "--misses")
      options.misses = true;
    else {
      fmt::print(stderr, "unknown option {}; see the top of lookalikes_bench.cc\n", name);
      std::exit(2);
    }
  }
  return options;
}

struct Tally {
  size_t sets = 0, pairs = 0, duplicates = 0, alike = 0;
  std::map<std::string, size_t> kinds;
  double score = 0;  // highest of a pair that is called a duplicate
};

class Judges {
 public:
  explicit Judges(const Options& options) : options_(options) {}

  void JudgeSet(const std::string& name, const std::vector<std::string>& members, const std::vector<cv::Mat>& pictures,
                Tally& tally) {
    std::vector<Picture> seen;
    for (const cv::Mat& picture : pictures) seen.push_back(Analyse(picture, true));
    std::scoped_lock lock(mutex_);
    ++tally.sets;
    for (size_t i = 0; i < seen.size(); ++i) {
      for (size_t j = 0; j < seen.size(); ++j) {
        if (i == j) continue;
        dedupe::Verdict verdict = dedupe::Decide(compare::Compare(seen[i].likeness, seen[j].likeness.features), {});
        std::string kind(dedupe::Name(verdict.kind));
        ++tally.pairs;
        ++tally.kinds[kind];
        tally.alike += verdict.kind == dedupe::VerdictKind::kSimilar;
        bool duplicate = dedupe::IsDuplicate(verdict.kind);
        tally.duplicates += duplicate;
        if (duplicate) tally.score = std::max(tally.score, verdict.score);
        if (options_.misses)
          fmt::print(stderr, "{}: {} against {}: {} {}\n", name, members[i], members[j], kind, Explain(verdict));
      }
    }
  }

 private:
  const Options& options_;
  std::mutex mutex_;
};

bool Asked(const Options& options, const std::string& what) {
  return options.part == "all" || (Seed("part " + what) & 1) == (options.part == "tune" ? 1u : 0u);
}

void PrintRow(const LookalikeFamily& family, const Tally& tally) {
  std::string kinds;
  for (const auto& [kind, count] : tally.kinds) kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count, kind);
  std::string duplicates = family.truth == Truth::kNoCopy ? fmt::format("{}", tally.duplicates)
                           : family.truth == Truth::kEdit ? "(edits)"
                           : family.truth == Truth::kCopy ? fmt::format("({} found)", tally.duplicates)
                                                          : "(open)";
  fmt::print("| {} | {} | {} | {} | {} | {} | {} |\n", family.group, family.name, tally.sets, tally.pairs, duplicates,
             tally.duplicates > 0 ? fmt::format("{:.2f}", tally.score) : "", kinds);
  std::fflush(stdout);
}

int Run(int argc, char** argv) {
  Options options = Parse(argc, argv);
  std::vector<Photo> photos;
  for (Photo& photo : LoadPhotos(options.photos, 0)) {
    if (Asked(options, photo.name)) photos.push_back(std::move(photo));
  }
  if (photos.size() < 8) {
    fmt::print(stderr, "no photos in {}\n", options.photos);
    return 2;
  }
  Judges judges(options);
  size_t pairs = 0, wrong = 0;
  auto wanted = [&](const LookalikeFamily& family) {
    return options.only.empty() || (family.group + " " + family.name).find(options.only) != std::string::npos;
  };
  auto print = [&](const LookalikeFamily& family, const Tally& tally) {
    PrintRow(family, tally);
    if (family.truth != Truth::kNoCopy) return;
    pairs += tally.pairs;
    wrong += tally.duplicates;
  };
  fmt::print("Part '{}'.\n\n| group | family | sets | pairs | false | highest score | verdicts |\n", options.part);
  fmt::print("|---|---|---|---|---|---|---|\n");
  for (const LookalikeFamily& family : LookalikeFamilies()) {
    if (!wanted(family)) continue;
    Tally tally;
    Parallel(options.sets, options.threads, [&](size_t at) {
      const Photo& photo = photos[at * photos.size() / options.sets];
      std::string name =
          fmt::format("{} {} {}", options.part, family.name, family.of_photo ? photo.name : std::to_string(at));
      cv::RNG random(Seed(name));
      Pen pen(options.fonts);
      std::vector<cv::Mat> pictures = family.make(pen, random, family.of_photo ? photo.pixels : cv::Mat());
      std::vector<std::string> members;
      for (size_t i = 0; i < pictures.size(); ++i) members.push_back(std::to_string(i));
      judges.JudgeSet(name, members, pictures, tally);
    });
    print(family, tally);
  }
  // Real photos that are alike: clothes on plain floors, nights and stars, walls and stones, overlapping views.
  for (const char* start : {"cloth", "drone", "stun", "dedbox", "gb82", "elem"}) {
    LookalikeFamily family{"photos", start, Truth::kNoCopy, false, {}};
    if (!wanted(family)) continue;
    std::vector<std::string> members;
    std::vector<cv::Mat> pictures;
    for (const Photo& photo : photos) {
      if (!photo.name.starts_with(start)) continue;
      members.push_back(photo.name);
      pictures.push_back(photo.pixels);
    }
    Tally tally;
    judges.JudgeSet(start, members, pictures, tally);
    print(family, tally);
  }
  fmt::print("\n{} false duplicates of {} pairs that are no copies.\n", wrong, pairs);
  return 0;
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  return likeness::bench::Run(argc, argv);
}
