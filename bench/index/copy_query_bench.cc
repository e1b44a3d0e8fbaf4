// A copy query from its features to its verdicts: all look-ups of an import, the records of the candidates read, each
// compared. Time and what is called a copy, by the size of the library.
//   copy_query_bench [--large] [--photos FOLDER] [--max PICTURES] [--queries N] [--json FILE] [--index FOLDER]
// 1 k, 10 k and 100 k pictures, with --large also 1 M. The folder is $LIKENESS_SHARED/photos/main if not given; its
// photos are in the library, the rest is multiplied (multiplied.h), with hashes of its own. Queries are nine edits of N
// photos, and N multiplied pictures that are not there. The index of points is saved to, or taken from, the index
// folder (as local_bench does: a temporary one if not given). Records lie in memory, as they do in a library whose
// files are in the page cache.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unordered_map>

#include "bench_util.h"
#include "engine/evidence.h"
#include "feature/record.h"
#include "multiplied.h"

namespace likeness::bench {
namespace {

namespace fs = std::filesystem;

constexpr size_t kThreads = 2;
constexpr uint64_t kStranger = 100'000'000;  // numbers of pictures that are in no library

struct Query {
  std::string name;
  uint64_t truth;  // 0: none
  compare::QueryFeatures features;
};

struct Options {
  size_t count_max = 100'000, queries = 40;
  std::string folder, json;
  fs::path index;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), photos_(LoadPhotos(options.folder)), multiplier_(photos_) {
    real_.resize(photos_.size());
    ParallelFor(photos_.size(), kThreads, nullptr, [&](size_t i) { real_[i] = Analysed(photos_[i].bitmap).features; });
    MakeQueries();
  }

  void Run() {
    Table table({"size", "what", "queries", "median_ms", "p95_ms", "processor_ms", "candidates", "right", "wrong",
                 "bytes_a_picture"});
    engine::IndexSet indexes;
    size_t have = 0;
    for (size_t count : {1'000, 10'000, 100'000, 1'000'000}) {
      if (count > options_.count_max) break;
      Grow(indexes, have, count);
      have = count;
      ReadAhead(indexes);
      const double bytes =
          double(indexes.phash.memory_bytes() + indexes.pdq.memory_bytes() + indexes.local.memory_bytes());
      for (bool stranger : {false, true}) Report(table, indexes, stranger, count, bytes / double(count));
    }
    table.WriteJson(options_.json);
  }

 private:
  void MakeQueries() {
    const auto edits = Edits();
    queries_.resize(options_.queries * (edits.size() + 1));
    ParallelFor(queries_.size(), kThreads, nullptr, [&](size_t i) {
      Query& query = queries_[i];
      const size_t nth = i / (edits.size() + 1), edit = i % (edits.size() + 1);
      if (edit == edits.size()) {
        query = {"stranger", 0, {FeaturesOf(kStranger + nth), {}, {}}};
        for (feature::Hash256& hash : query.features.phash_variants) hash = query.features.features.phash;
        const feature::Features& features = query.features.features;
        query.features.local_mirrored =
            feature::MirrorLocal(features.local, {int(features.width), int(features.height)});
        return;
      }
      const size_t photo = (nth * (photos_.size() / 2) / options_.queries) * 2 + 1;
      std::mt19937_64 random(i);
      query = {edits[edit].name, photo + 1, Analysed(edits[edit].apply(photos_[photo].bitmap, random))};
    });
  }

  feature::Features FeaturesOf(uint64_t number) const {
    if (number < photos_.size()) return real_[number];
    std::mt19937_64 random(number);
    feature::Features features = real_[random() % real_.size()];
    Multiplier::Picture picture = multiplier_.Make(number);
    features.local = std::move(picture.features);
    features.width = picture.width;
    features.height = picture.height;
    for (feature::Hash256* hash : {&features.phash, &features.pdq.hash})
      for (uint64_t& word : hash->words) word = random();
    std::memcpy(features.pixel_hash.data(), &number, sizeof number);
    return features;
  }

  void Grow(engine::IndexSet& indexes, size_t have, size_t count) {
    const fs::path saved = options_.index / fmt::format("{}", count);
    const bool loaded = indexes.local.Load(saved).has_value() && indexes.local.size() == count;
    if (!loaded && have > 0) (void)indexes.local.Load(options_.index / fmt::format("{}", have));
    ParallelFor(count - have, kThreads, nullptr, [&](size_t i) {
      const uint64_t number = have + i;
      if (!loaded) {
        const feature::Features features = FeaturesOf(number);
        indexes.local.Add(ImageId{number + 1}, features.local, features.width, features.height);
      }
      std::mt19937_64 random(number);
      const feature::Features& like = real_[random() % real_.size()];
      feature::Hash256 phash, pdq;
      for (feature::Hash256* hash : {&phash, &pdq})
        for (uint64_t& word : hash->words) word = random();
      const bool is_photo = number < photos_.size();
      indexes.phash.Add(ImageId{number + 1}, is_photo ? real_[number].phash : phash);
      const feature::PdqHash& own = is_photo ? real_[number].pdq : like.pdq;
      if (own.quality >= engine::kPdqQualityMin) indexes.pdq.Add(ImageId{number + 1}, is_photo ? own.hash : pdq);
    });
    if (loaded) return;
    if (Status status = indexes.local.Save(saved, 0); !status.has_value())
      throw std::runtime_error(status.error().Text());
  }

  // Records of all candidates, before anything is timed.
  void ReadAhead(const engine::IndexSet& indexes) {
    for (const Query& query : queries_)
      for (ImageId id : engine::FindCandidates(indexes, query.features, {}, kThreads))
        if (!records_.contains(id.value)) records_[id.value] = feature::SerializeFeatures(FeaturesOf(id.value - 1));
  }

  void Report(Table& table, const engine::IndexSet& indexes, bool stranger, size_t count, double bytes) {
    std::vector<double> look_up, whole;
    size_t queries = 0, candidates = 0, right = 0, wrong = 0;
    double processor = 0;
    for (const Query& query : queries_) {
      if ((query.truth == 0) != stranger) continue;
      ++queries;
      std::vector<ImageId> ids;
      std::vector<dedupe::Verdict> verdicts;
      processor += ProcessorMilliseconds([&] {
        const double first = Milliseconds([&] { ids = engine::FindCandidates(indexes, query.features, {}, kThreads); });
        verdicts.resize(ids.size());
        const double second = Milliseconds([&] {
          ParallelFor(ids.size(), kThreads, nullptr, [&](size_t i) {
            const auto record = feature::DeserializeFeatures(records_.at(ids[i].value));
            verdicts[i] = engine::Judge(query.features, *record, false, {});
          });
        });
        look_up.push_back(first);
        whole.push_back(first + second);
      });
      candidates += ids.size();
      for (size_t i = 0; i < ids.size(); ++i) {
        if (!dedupe::IsDuplicate(verdicts[i].kind)) continue;
        ++(ids[i].value == query.truth ? right : wrong);
      }
    }
    const auto row = [&](const char* what, const std::vector<double>& ms, bool all) {
      table.Row(
          {fmt::format("{}", count), fmt::format("{}, {}", stranger ? "strangers" : "edited copies", what),
           fmt::format("{}", queries), fmt::format("{:.2f}", Percentile(ms, 0.5)),
           fmt::format("{:.2f}", Percentile(ms, 0.95)), all ? fmt::format("{:.2f}", processor / double(queries)) : "",
           all ? fmt::format("{:.1f}", double(candidates) / double(queries)) : "", all ? fmt::format("{}", right) : "",
           all ? fmt::format("{}", wrong) : "", all ? fmt::format("{:.0f}", bytes) : ""});
    };
    row("look-ups", look_up, false);
    row("all of it", whole, true);
  }

  Options options_;
  std::vector<Photo> photos_;
  Multiplier multiplier_;
  std::vector<feature::Features> real_;
  std::vector<Query> queries_;
  std::unordered_map<uint64_t, Bytes> records_;
};

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  likeness::bench::Options options;
  if (const char* shared = std::getenv("LIKENESS_SHARED"); shared != nullptr && *shared != '\0')
    options.folder = std::string(shared) + "/photos/main";
  for (int i = 1; i < argc; ++i) {
    auto number = [&] { return std::strtoull(argv[i + 1], nullptr, 10); };
    if (std::strcmp(argv[i], "--large") == 0) options.count_max = 1'000'000;
    if (i + 1 == argc) break;
    if (std::strcmp(argv[i], "--photos") == 0) options.folder = argv[i + 1];
    if (std::strcmp(argv[i], "--max") == 0) options.count_max = number();
    if (std::strcmp(argv[i], "--queries") == 0) options.queries = number();
    if (std::strcmp(argv[i], "--json") == 0) options.json = argv[i + 1];
    if (std::strcmp(argv[i], "--index") == 0) options.index = argv[i + 1];
  }
  if (!std::filesystem::is_directory(options.folder)) {
    fmt::print("copy_query: no photos; give --photos FOLDER or set LIKENESS_SHARED\n");
    return 0;
  }
  const bool temporary = options.index.empty();
  if (temporary) {
    std::string pattern = (std::filesystem::temp_directory_path() / "likeness_copy_query_XXXXXX").string();
    options.index = ::mkdtemp(pattern.data());
  }
  likeness::bench::Bench(options).Run();
  if (temporary) std::filesystem::remove_all(options.index);
}
