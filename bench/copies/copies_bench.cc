// The copy battery: how many copies does each system find, at how many false matches? Half of the photos are
// references, the other half strangers; queries are made from both by seeded transforms. Prints Markdown, and JSON on
// request.
//
//   copies_bench [--photos DIR] [--size N] [--rivals N] [--large] [--part tune|report|all] [--only TEXT] [--seed N]
//                [--threads N] [--json FILE] [--cache DIR] [--exhaustive] [--kinds] [--misses]
//   copies_bench --pairs     every photo against every other: what is said of pictures that are no copies
//
// --photos: a folder with main/ and neardup/. --size: photos of either half that queries are made from (0: all);
// --rivals: how many of those are also asked of the slow rivals, whose features take most of a run; --large: all, and
// 24 for the slow rivals. --part: tuning has half of the photos (of references and strangers alike) and half of the
// transforms for itself; the report takes the other photos and every transform, and says its figures also for the
// transforms that nothing was tuned on. --cache: where the slow rivals' features are kept. --exhaustive: compare
// with all references, not with what the indexes find. --policies: also by the classic rules, on our own points.
// --misses: what was missed, and on standard error each verdict with its numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "copies/akaze.h"
#include "copies/goals.h"
#include "copies/pairs.h"
#include "copies/score.h"

namespace likeness::bench {
namespace {

struct Options {
  std::string photos, part = "report", only, json, cache;
  size_t size = 16, rivals = 4;
  uint64_t seed = 1;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool exhaustive = false, kinds = false, misses = false;
  bool pairs = false, policies = false;
};

Options Parse(int argc, char** argv) {
  Options options;
  const char* shared = std::getenv("LIKENESS_SHARED");
  options.photos = std::string(shared ? shared : LIKENESS_SOURCE_DIR "/../shared") + "/photos";
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
    if (name == "--photos")
      options.photos = value();
    else if (name == "--part")
      options.part = value();
    else if (name == "--only")
      options.only = value();
    else if (name == "--json")
      options.json = value();
    else if (name == "--cache")
      options.cache = value();
    else if (name == "--rivals")
      options.rivals = std::strtoul(value().c_str(), nullptr, 10);
    else if (name == "--size")
      options.size = std::strtoul(value().c_str(), nullptr, 10);
    else if (name == "--seed")
      options.seed = std::strtoul(value().c_str(), nullptr, 10);
    else if (name == "--threads")
      options.threads = unsigned(std::max(1ul, std::strtoul(value().c_str(), nullptr, 10)));
    else if (name == "--large")
      options.size = 0, options.rivals = 24;
    else if (name == "--pairs")
      options.pairs = true;
    else if (name == "--policies")
      options.policies = true;
    else if (name == "--exhaustive")
      options.exhaustive = true;
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

// What a run asks, and what each system replied: replies[system][query].
struct Run {
  std::vector<Query> queries;
  std::vector<std::vector<Reply>> replies;
  double extract_ms_median = 0;
};

// Overlapping views of one park are on one side: a part of one is a part of the others, and no stranger.
std::string Scene(const std::string& name) {
  return name.starts_with("drone-") ? "drone-" : name;
}

// By the names' hashes, so that adding a photo moves no other.
Split Divide(const std::vector<Photo>& photos, const Options& options) {
  Split split;
  auto asked = [&](const Photo& photo) {
    if (options.part == "all") return true;
    return (Seed("part " + Scene(photo.name)) & 1) == (options.part == "tune" ? 1u : 0u);
  };
  for (const Photo& photo : photos) {
    bool reference = Seed("half " + Scene(photo.name)) >> 9 & 1;
    auto& list = reference ? split.references : split.strangers;
    auto& chosen = reference ? split.query_references : split.query_strangers;
    if (asked(photo)) chosen.push_back(list.size());
    list.push_back(&photo);
  }
  // In an order of their own: a larger run asks all that a smaller one asks, of the slow rivals too.
  auto thin = [&](std::vector<size_t>& chosen, const std::vector<const Photo*>& list) {
    std::ranges::sort(chosen, {}, [&](size_t i) { return Seed("order " + list[i]->name); });
    if (options.size > 0 && chosen.size() > options.size) chosen.resize(options.size);
  };
  thin(split.query_references, split.references);
  thin(split.query_strangers, split.strangers);
  return split;
}

std::vector<std::unique_ptr<System>> MakeSystems(const Options& options) {
  std::vector<std::unique_ptr<System>> systems;
  LikenessOptions ours;
  ours.exhaustive = options.exhaustive;
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
  if (options.rivals == 0) return systems;
#ifdef LIKENESS_HAS_FAISS
  systems.push_back(MakeAkazeFaiss());
#endif
  systems.push_back(MakeTrie());
  return systems;
}

std::vector<Query> Queries(const Split& split, const std::vector<Transform>& transforms, const Options& options) {
  std::vector<Query> queries;
  auto add = [&](const std::vector<const Photo*>& photos, const std::vector<size_t>& chosen, bool reference, size_t t) {
    for (size_t i = 0; i < chosen.size(); ++i)
      queries.push_back({photos[chosen[i]]->name, t, reference ? int(chosen[i]) : -1, i < options.rivals});
  };
  for (size_t t = 0; t < transforms.size(); ++t) {
    if (transforms[t].name.find(options.only) == std::string::npos) continue;
    if (options.part == "tune" && !transforms[t].tuning) continue;
    add(split.references, split.query_references, true, t);
    add(split.strangers, split.query_strangers, false, t);
  }
  return queries;
}

// Nothing of a picture is kept but what was said of it: a large run has many thousands.
Run Ask(const Split& split, const std::vector<Transform>& transforms, const Options& options,
        const std::vector<std::unique_ptr<System>>& systems, const OriginalAkaze& akaze) {
  Run run;
  run.queries = Queries(split, transforms, options);
  run.replies.assign(systems.size(), std::vector<Reply>(run.queries.size()));
  std::map<std::string, const Photo*> photos;
  for (const auto* list : {&split.references, &split.strangers}) {
    for (const Photo* photo : *list) photos[photo->name] = photo;
  }
  std::vector<double> extract(run.queries.size());
  Parallel(run.queries.size(), options.threads, [&](size_t at) {
    const Query& query = run.queries[at];
    const Transform& transform = transforms[query.transform];
    const Photo& photo = *photos.at(query.photo);
    cv::RNG random(Seed(fmt::format("{} {} {}", options.seed, photo.name, transform.name)));
    // Collages and the like are filled with strangers, never with the photo itself.
    Extras extras;
    for (int i = 0; i < 6; ++i) {
      const Photo* other = split.strangers[size_t(random.uniform(0, int(split.strangers.size())))];
      if (other != &photo) extras.strangers.push_back(other->pixels);
    }
    cv::Mat pixels = transform.apply(photo.pixels, random, extras);
    CV_Assert(!pixels.empty());
    Picture picture = Analyse(pixels, true);
    extract[at] = picture.extract_ms;
    if (query.every) {
      picture.akaze = akaze.Points(pixels);
      if (std::ranges::any_of(systems, [&](const auto& system) { return system->WantsMirrored(picture); })) {
        cv::Mat mirrored;
        cv::flip(pixels, mirrored, 1);
        picture.akaze_mirrored = akaze.Points(mirrored);
      }
    }
    for (size_t s = 0; s < systems.size(); ++s) {
      if (systems[s]->wants_akaze() && !query.every) continue;
      double start = ThreadMilliseconds();
      run.replies[s][at].answers = systems[s]->Search(picture);
      run.replies[s][at].search_ms = ThreadMilliseconds() - start;
    }
  });
  std::ranges::sort(extract);
  run.extract_ms_median = extract.empty() ? 0 : extract[extract.size() / 2];
  return run;
}

// What was missed, matched falsely or nearly so, with its numbers.
void PrintMisses(const std::vector<Query>& queries, const std::vector<Reply>& replies, const Split& split,
                 const std::vector<Transform>& transforms) {
  for (size_t i = 0; i < queries.size(); ++i) {
    const Query& query = queries[i];
    bool found = false;
    std::string why = "not among the candidates";
    for (const Answer& answer : replies[i].answers) {
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

// Copies found in the wild: each file of a group asks for the others; all groups are references. The rival akaze-faiss
// is left out: it answers with one picture only, here the query itself.
void Neardups(const Options& options, const OriginalAkaze& akaze) {
  const std::string folder_of_groups = options.photos + "/neardup";
  if (!std::filesystem::is_directory(folder_of_groups)) return;
  std::vector<Photo> photos;
  std::vector<int> group_of;
  std::vector<std::string> groups;
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of_groups)) {
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
  Parallel(photos.size(), options.threads, [&](size_t i) {
    pictures[i] = Analyse(photos[i].pixels, true);
    if (options.rivals > 0) pictures[i].akaze = akaze.Points(photos[i].pixels);
  });

  fmt::print(
      "\nCopies found in the wild ({} files in {} groups): pairs of one group called duplicates / pairs; false "
      "ones.\n\n| group |",
      photos.size(), groups.size());
  auto systems = MakeSystems(options);
  std::erase_if(systems, [](const auto& system) { return system->name() == "akaze-faiss"; });
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

// The answers that explain why a pair is nothing are for reading only: with --misses the figures are those without it.
void DropExplanations(Run& run) {
  for (auto& replies : run.replies) {
    for (Reply& reply : replies)
      std::erase_if(reply.answers, [](const Answer& answer) { return answer.kind == "none"; });
  }
}

void Report(const Run& run, const Split& split, const std::vector<Transform>& transforms, const Options& options,
            const std::vector<std::unique_ptr<System>>& systems) {
  // Two sets of queries: those that every system answered, and all, for the quick ones.
  std::vector<size_t> every, all, every_held_out, all_held_out;
  for (size_t i = 0; i < run.queries.size(); ++i) {
    bool held_out = !transforms[run.queries[i].transform].tuning;
    all.push_back(i);
    if (held_out) all_held_out.push_back(i);
    if (run.queries[i].every) every.push_back(i);
    if (run.queries[i].every && held_out) every_held_out.push_back(i);
  }
  auto evaluate = [&](const std::vector<size_t>& which, bool slow_too) {
    std::vector<Score> scores;
    for (size_t s = 0; s < systems.size(); ++s) {
      if (slow_too || !systems[s]->wants_akaze())
        scores.push_back(Evaluate(*systems[s], run.queries, run.replies[s], which, transforms));
    }
    return scores;
  };
  std::vector<Score> wide = evaluate(all, false), together, rows = wide;
  if (!every.empty()) {
    together = evaluate(every, true);
    fmt::print("Every system, on the same {} queries:\n", every.size());
    PrintFigures(together, evaluate(every_held_out, true));
    for (const Score& score : together) {
      if (std::ranges::none_of(wide, [&](const Score& other) { return other.system == score.system; }))
        rows.push_back(score);
    }
  }
  fmt::print("\nThe quick ones, on all {} queries:\n", all.size());
  PrintFigures(wide, evaluate(all_held_out, false));
  std::vector<GoalResult> goals = CheckGoals(wide[0], transforms);
  fmt::print("\nGoals, {}:\n", wide[0].system);
  PrintGoals(goals);
  fmt::print(
      "\nRecall in per cent: at the score where no stranger is matched / at default settings. (t): a transform "
      "that may be tuned on.\n");
  PrintTransforms(rows, transforms, options.kinds);
  if (options.json.empty()) return;
  std::ofstream(options.json) << fmt::format(
      "{{\"references\":{},\"photos\":{},\"part\":\"{}\",\"extract_ms_median\":{:.1f},\"together\":{},"
      "\"wide\":{},\"goals\":{}}}\n",
      split.references.size(), split.references.size() + split.strangers.size(), options.part, run.extract_ms_median,
      Json(together, transforms), Json(wide, transforms), GoalsJson(goals));
}

int Main(int argc, char** argv) {
  Options options = Parse(argc, argv);
  cv::setNumThreads(1);
  std::vector<Photo> photos = LoadPhotos(options.photos + "/main", 0);
  if (photos.size() < 8) {
    fmt::print(stderr, "no photos in {}/main\n", options.photos);
    return 2;
  }
  if (options.pairs) {
    DistinctPairs(photos, options.threads);
    return 0;
  }
  size_t collection = photos.size();
  std::ranges::move(LoadDistractors(LIKENESS_SOURCE_DIR "/bench/copies/distractors.txt", options.photos),
                    std::back_inserter(photos));
  Split split = Divide(photos, options);
  std::vector<Transform> transforms = Battery();
  OriginalAkaze akaze(options.cache);
  std::vector<Picture> references(split.references.size());
  Parallel(references.size(), options.threads, [&](size_t i) {
    references[i] = Analyse(split.references[i]->pixels, false);
    if (options.rivals > 0) references[i].akaze = akaze.Points(split.references[i]->pixels);
  });
  auto systems = MakeSystems(options);
  for (const auto& system : systems) system->Build(references);
  Run run = Ask(split, transforms, options, systems, akaze);
  fmt::print(
      "{} distinct pictures ({} of the collection): {} references, {} strangers. {} queries: {} references' and {} "
      "strangers' photos; {} and {} of them are also asked of the slow rivals. Part '{}', seed {}. Features of a "
      "query: "
      "median {:.0f} ms of processor time.\n\n",
      photos.size(), collection, split.references.size(), split.strangers.size(), run.queries.size(),
      split.query_references.size(), split.query_strangers.size(),
      std::min(options.rivals, split.query_references.size()), std::min(options.rivals, split.query_strangers.size()),
      options.part, options.seed, run.extract_ms_median);
  if (options.misses) PrintMisses(run.queries, run.replies[0], split, transforms);
  DropExplanations(run);
  Report(run, split, transforms, options, systems);
  if (options.only.empty()) Neardups(options, akaze);
  return 0;
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  return likeness::bench::Main(argc, argv);
}
