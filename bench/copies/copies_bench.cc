// The copy battery: how many copies does each system find, at how many false matches? Half of the photos are
// references, the other half strangers; queries are made from both by seeded transforms. Prints Markdown, and JSON on
// request.
//
//   copies_bench [--photos DIR] [--neardup DIR] [--size N | --large] [--part tune|report|all] [--only TEXT] [--seed N]
//                [--threads N] [--json FILE] [--no-rivals] [--candidates N | --exhaustive] [--kinds] [--misses]
//   copies_bench --pairs     every photo against every other: what is said of pictures that are no copies
//
// --size: photos of either half that queries are made from (--large, 0: all). --part: rules are tuned on one half of
// the photos (of references and strangers alike) and reported on the other. --candidates: of the index of points, that
// are compared. --policies: also by the classic rules, on our own points. --misses: what was missed, and on standard
// error each verdict with its numbers.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "copies/pairs.h"
#include "copies/score.h"

namespace likeness::bench {
namespace {

struct Options {
  std::string photos, neardup, part = "report", only, json;
  size_t size = 2;
  uint64_t seed = 1;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool exhaustive = false, rivals = true, kinds = false, misses = false;
  bool pairs = false, policies = false;
  size_t candidates = 50;
};

Options Parse(int argc, char** argv) {
  Options options;
  const char* shared = std::getenv("LIKENESS_SHARED");
  std::string root = shared ? shared : LIKENESS_SOURCE_DIR "/../shared";
  options.photos = root + "/photos/main";
  options.neardup = root + "/photos/neardup";
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
    if (name == "--photos")
      options.photos = value();
    else if (name == "--neardup")
      options.neardup = value();
    else if (name == "--part")
      options.part = value();
    else if (name == "--only")
      options.only = value();
    else if (name == "--json")
      options.json = value();
    else if (name == "--size")
      options.size = std::strtoul(value().c_str(), nullptr, 10);
    else if (name == "--seed")
      options.seed = std::strtoul(value().c_str(), nullptr, 10);
    else if (name == "--threads")
      options.threads = unsigned(std::max(1ul, std::strtoul(value().c_str(), nullptr, 10)));
    else if (name == "--candidates")
      options.candidates = std::strtoul(value().c_str(), nullptr, 10);
    else if (name == "--large")
      options.size = 0;
    else if (name == "--pairs")
      options.pairs = true;
    else if (name == "--policies")
      options.policies = true;
    else if (name == "--exhaustive")
      options.exhaustive = true;
    else if (name == "--no-rivals")
      options.rivals = false;
    else if (name == "--kinds")
      options.kinds = true;
    else if (name == "--misses")
      options.misses = true;
    else {
      fmt::print(stderr, "unknown option {}; see the top of copies_bench.cc\n", name);
      std::exit(2);
    }
  }
  return options;
}

struct Split {
  std::vector<const Photo*> references, strangers;        // all
  std::vector<size_t> query_references, query_strangers;  // of which queries are made
};

// By the names' hashes, so that adding a photo moves no other.
Split Divide(const std::vector<Photo>& photos, const Options& options) {
  Split split;
  auto asked = [&](const Photo& photo) {
    if (options.part == "all") return true;
    return (Seed("part " + photo.name) & 1) == (options.part == "tune" ? 1u : 0u);
  };
  for (const Photo& photo : photos) {
    bool reference = Seed("half " + photo.name) >> 9 & 1;
    auto& list = reference ? split.references : split.strangers;
    auto& chosen = reference ? split.query_references : split.query_strangers;
    if (asked(photo)) chosen.push_back(list.size());
    list.push_back(&photo);
  }
  auto thin = [&](std::vector<size_t>& chosen) {
    if (options.size == 0 || chosen.size() <= options.size) return;
    std::vector<size_t> kept;
    for (size_t i = 0; i < options.size; ++i) kept.push_back(chosen[i * chosen.size() / options.size]);
    chosen = kept;
  };
  thin(split.query_references);
  thin(split.query_strangers);
  return split;
}

std::vector<Query> MakeQueries(const Split& split, const std::vector<Transform>& transforms, const Options& options) {
  struct Job {
    const Photo* photo;
    int truth;
    size_t transform;
  };
  std::vector<Job> jobs;
  for (size_t t = 0; t < transforms.size(); ++t) {
    if (!options.only.empty() && transforms[t].name.find(options.only) == std::string::npos) continue;
    for (size_t i : split.query_references) jobs.push_back({split.references[i], int(i), t});
    for (size_t i : split.query_strangers) jobs.push_back({split.strangers[i], -1, t});
  }
  std::vector<Query> queries(jobs.size());
  Parallel(jobs.size(), options.threads, [&](size_t at) {
    const Job& job = jobs[at];
    const Transform& transform = transforms[job.transform];
    cv::RNG random(Seed(fmt::format("{} {} {}", options.seed, job.photo->name, transform.name)));
    // Collages and the like are filled with strangers, never with the photo itself.
    Extras extras;
    for (int i = 0; i < 6; ++i) {
      const Photo* other = split.strangers[size_t(random.uniform(0, int(split.strangers.size())))];
      if (other != job.photo) extras.strangers.push_back(other->pixels);
    }
    cv::Mat pixels = transform.apply(job.photo->pixels, random, extras);
    queries[at] = {job.photo->name, job.transform, job.truth, Analyse(pixels, options.rivals, true)};
  });
  return queries;
}

std::vector<std::unique_ptr<System>> MakeSystems(const Options& options) {
  std::vector<std::unique_ptr<System>> systems;
  LikenessOptions ours;
  ours.exhaustive = options.exhaustive;
  ours.local_candidates = options.candidates;
  ours.explain = options.misses;
  systems.push_back(MakeLikeness(ours));
  for (dedupe::Policy policy : {dedupe::Policy::kAkazeRules, dedupe::Policy::kTwentyPercent}) {
    if (!options.policies) break;
    LikenessOptions classic = ours;
    classic.rules.policy = policy;
    systems.push_back(MakeLikeness(classic));
  }
  systems.push_back(MakePhash());
  systems.push_back(MakePdq());
#ifdef LIKENESS_HAS_FAISS
  if (options.rivals) systems.push_back(MakeAkazeFaiss());
#endif
  return systems;
}

std::vector<std::vector<Answer>> Ask(const System& system, const std::vector<Query>& queries,
                                     std::vector<double>& times) {
  std::vector<std::vector<Answer>> answers(queries.size());
  times.assign(queries.size(), 0);
  for (size_t i = 0; i < queries.size(); ++i) {
    auto start = std::chrono::steady_clock::now();
    answers[i] = system.Search(queries[i].picture);
    times[i] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
  return answers;
}

// What was missed, matched falsely or nearly so, with its numbers.
void PrintMisses(const std::vector<Query>& queries, const std::vector<std::vector<Answer>>& answers, const Split& split,
                 const std::vector<Transform>& transforms) {
  for (size_t i = 0; i < queries.size(); ++i) {
    const Query& query = queries[i];
    bool found = false;
    std::string why = "not among the candidates";
    for (const Answer& answer : answers[i]) {
      bool right = answer.reference == query.truth;
      found |= right && answer.duplicate;
      if (right) why = answer.why;
      if (right && answer.duplicate)
        fmt::print(stderr, "{}: {} {} {}\n", transforms[query.transform].name, query.photo, answer.kind, answer.why);
      if (right || answer.kind == "none") continue;
      fmt::print("{} {} {} -> {} {} {:.3f} {}\n", answer.duplicate ? "false" : "alike", query.photo,
                 transforms[query.transform].name, split.references[size_t(answer.reference)]->name, answer.kind,
                 answer.score, answer.why);
    }
    if (query.truth >= 0 && !found) fmt::print("missed {} {} {}\n", query.photo, transforms[query.transform].name, why);
  }
}

// Copies found in the wild: each file of a group asks for the others; all groups are references.
void Neardups(const Options& options) {
  if (!std::filesystem::is_directory(options.neardup)) return;
  std::vector<Photo> photos;
  std::vector<int> group_of;
  std::vector<std::string> groups;
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(options.neardup)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  for (const auto& folder : folders) {
    for (Photo& photo : LoadPhotos(folder.string(), 0)) {
      photos.push_back(std::move(photo));
      group_of.push_back(int(groups.size()));
    }
    groups.push_back(folder.filename().string());
  }
  // These two groups show one photo.
  auto same_photo = [&](int a, int b) {
    return a == b || (groups[size_t(a)].find("-images4-") != std::string::npos &&
                      groups[size_t(b)].find("-images4-") != std::string::npos);
  };
  std::vector<Picture> pictures(photos.size());
  Parallel(photos.size(), options.threads,
           [&](size_t i) { pictures[i] = Analyse(photos[i].pixels, options.rivals, true); });

  fmt::print(
      "\nCopies found in the wild ({} files in {} groups): pairs of one group called duplicates / pairs; false "
      "ones.\n\n| group |",
      photos.size(), groups.size());
  auto systems = MakeSystems(options);
  for (const auto& system : systems) fmt::print(" {} |", system->name());
  fmt::print("\n|---|");
  std::vector<std::vector<int>> found(systems.size(), std::vector<int>(groups.size())), wrong = found;
  for (size_t s = 0; s < systems.size(); ++s) {
    fmt::print("---|");
    systems[s]->Build(pictures);
    for (size_t i = 0; i < pictures.size(); ++i) {
      for (const Answer& answer : systems[s]->Search(pictures[i])) {
        if (!answer.duplicate || size_t(answer.reference) == i) continue;
        int group = group_of[i], other = group_of[size_t(answer.reference)];
        bool right = same_photo(group, other);
        if (group != other && right) continue;
        ++(right ? found : wrong)[s][size_t(group)];
        if (right && s == 0 && options.misses) {
          fmt::print(stderr, "{}: {} against {}: {} {}\n", groups[size_t(group)], photos[i].name,
                     photos[size_t(answer.reference)].name, answer.kind, answer.why);
        }
        if (!right && s == 0 && options.misses) {
          fmt::print(stderr, "false {} -> {} {}\n", photos[i].name, photos[size_t(answer.reference)].name, answer.kind);
        }
      }
    }
  }
  fmt::print("\n");
  for (size_t g = 0; g <= groups.size(); ++g) {
    bool total = g == groups.size();
    fmt::print("| {} |", total ? "**all**" : groups[g]);
    for (size_t s = 0; s < systems.size(); ++s) {
      int pairs = 0, hits = 0, errors = 0;
      for (size_t h = 0; h < groups.size(); ++h) {
        if (!total && h != g) continue;
        int members = int(std::ranges::count(group_of, int(h)));
        pairs += members * (members - 1);
        hits += found[s][h];
        errors += wrong[s][h];
      }
      fmt::print(" {}/{}{} |", hits, pairs, errors ? fmt::format(", {} false", errors) : "");
    }
    fmt::print("\n");
  }
}

int Run(int argc, char** argv) {
  Options options = Parse(argc, argv);
  std::vector<Photo> photos = LoadPhotos(options.photos, 0);
  if (photos.size() < 8) {
    fmt::print(stderr, "no photos in {}\n", options.photos);
    return 2;
  }
  if (options.pairs) {
    DistinctPairs(photos, options.threads);
    return 0;
  }
  Split split = Divide(photos, options);
  std::vector<Transform> transforms = Battery();
  std::vector<Picture> references(split.references.size());
  Parallel(references.size(), options.threads,
           [&](size_t i) { references[i] = Analyse(split.references[i]->pixels, options.rivals, false); });
  std::vector<Query> queries = MakeQueries(split, transforms, options);
  std::vector<double> extract;
  for (const Query& query : queries) extract.push_back(query.picture.extract_ms);
  std::ranges::sort(extract);
  fmt::print(
      "{} references, {} queries: {} photos of references and {} strangers by {} transforms; part '{}', seed {}. "
      "Features of a query: median {:.0f} ms.\n\n",
      references.size(), queries.size(), split.query_references.size(), split.query_strangers.size(), transforms.size(),
      options.part, options.seed, extract.empty() ? 0 : extract[extract.size() / 2]);

  std::vector<Score> scores;
  for (const auto& system : MakeSystems(options)) {
    system->Build(references);
    std::vector<double> times;
    auto answers = Ask(*system, queries, times);
    scores.push_back(Evaluate(*system, queries, answers, times, transforms));
    if (options.misses && scores.size() == 1) PrintMisses(queries, answers, split, transforms);
  }
  PrintMarkdown(scores, transforms, options.kinds);
  if (!options.json.empty()) std::ofstream(options.json) << Json(scores, transforms);
  if (options.only.empty()) Neardups(options);
  return 0;
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  return likeness::bench::Run(argc, argv);
}
