// The local-feature index on real photos among many: candidates for edited copies, time, memory; Faiss' binary indexes
// on the same descriptors in one process.
//   local_bench [--large] [--photos FOLDER] [--max PICTURES] [--rivals-max PICTURES] [--queries N] [--json FILE]
//               [--index FOLDER]
// 1 k, 10 k and 100 k pictures, with --large also 1 M. The folder is $LIKENESS_SHARED/photos/main if not given.
// Each size is saved to the index folder (a temporary one if not given) and searched as mapped from there; what lies
// there already is not built again.
//
// The folder's photos are stored, and queries are made of every second one of them (the other half trained the codes).
// Other pictures are multiplied from them (multiplied.h). The first lines printed compare how many near descriptors of
// other pictures a descriptor has among the real ones and among as many multiplied ones. Candidates are the 16 that an
// import would compare; bytes are those in memory.
#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHNSW.h>
#include <faiss/IndexBinaryIVF.h>
#include <omp.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>

#include "base/threads.h"
#include "bench_util.h"
#include "feature/extract.h"
#include "index/local.h"
#include "multiplied.h"

namespace likeness::bench {
namespace {

using feature::Descriptor;
using feature::LocalFeatures;

constexpr size_t kGraphMax = 1000;   // pictures; a graph of more takes too long to build
constexpr size_t kCandidates = 16;  // what an import compares
constexpr size_t kRivalQueries = 27;

struct Query {
  size_t edit;
  uint64_t truth;
  LocalFeatures features, mirrored;
  image::Size size;
};

std::vector<Query> MakeQueries(const std::vector<Photo>& photos, size_t count) {
  const auto edits = Edits();
  std::vector<Query> queries(count * edits.size());
  std::vector<size_t> chosen;
  for (size_t i = 0; i < count; ++i) chosen.push_back((i * (photos.size() / 2) / count) * 2 + 1);
  ParallelFor(queries.size(), 2, nullptr, [&](size_t i) {
    std::mt19937_64 random(i);
    Query& query = queries[i];
    query.edit = i % edits.size();
    const size_t photo = chosen[i / edits.size()];
    query.truth = photo + 1;
    const Bitmap bitmap = edits[query.edit].apply(photos[photo].bitmap, random);
    query.size = {bitmap.width, bitmap.height};
    query.features = feature::ComputeLocal(bitmap, query.size);
    query.mirrored = feature::MirrorLocal(query.features, query.size);
  });
  return queries;
}

// Mean number of descriptors of other pictures within `bits`, for descriptors of the photos.
void CompareDensity(const std::vector<Photo>& photos, const Multiplier& multiplier) {
  std::vector<std::pair<size_t, Descriptor>> real, made;
  for (size_t i = 0; i < photos.size(); ++i) {
    for (const Descriptor& descriptor : photos[i].features.descriptors) real.push_back({i, descriptor});
    for (const Descriptor& descriptor : multiplier.Make(i).features.descriptors)
      made.push_back({photos.size(), descriptor});
  }
  std::mt19937_64 random(5);
  std::map<int, double> near_real, near_made;
  constexpr int kSamples = 300;
  for (int sample = 0; sample < kSamples; ++sample) {
    const auto& [owner, wanted] = real[random() % real.size()];
    auto count = [&](const auto& all, std::map<int, double>& near) {
      for (const auto& [other, descriptor] : all) {
        if (other == owner) continue;
        const int distance = feature::HammingDistance(wanted, descriptor);
        for (int bits : {70, 90, 110, 130}) near[bits] += distance <= bits;
      }
    };
    count(real, near_real);
    count(made, near_made);
  }
  fmt::print("near descriptors of other pictures, a point, among {} real and {} multiplied ones:", real.size(), made.size());
  for (int bits : {70, 90, 110, 130})
    fmt::print(" within {}: {:.3f} and {:.3f};", bits, near_real[bits] / kSamples, near_made[bits] / kSamples);
  fmt::print("\n\n");
}

using Search = std::function<std::vector<uint64_t>(const Query&)>;

struct Measured {
  std::vector<double> ms, processor_ms;
  std::vector<int> found, of;
};

Measured Measure(const std::vector<Query>& queries, size_t edits, const Search& search) {
  Measured measured{{}, {}, std::vector<int>(edits), std::vector<int>(edits)};
  for (const Query& query : queries) {
    std::vector<uint64_t> ids;
    measured.processor_ms.push_back(
        ProcessorMilliseconds([&] { measured.ms.push_back(Milliseconds([&] { ids = search(query); })); }));
    ++measured.of[query.edit];
    measured.found[query.edit] += std::find(ids.begin(), ids.end(), query.truth) != ids.end();
  }
  return measured;
}

// Nearest neighbour of every point, plain and mirrored, votes for its picture within 110 bits: the best pictures.
template <typename Index>
std::vector<uint64_t> VoteNearest(Index& index, const std::vector<uint64_t>& owners, const Query& query) {
  std::vector<uint8_t> rows;
  for (const LocalFeatures* features : {&query.features, &query.mirrored})
    for (const Descriptor& descriptor : features->descriptors) {
      const auto* raw = reinterpret_cast<const uint8_t*>(descriptor.words.data());
      rows.insert(rows.end(), raw, raw + feature::kDescriptorBytes);
    }
  const size_t count = rows.size() / feature::kDescriptorBytes;
  std::vector<int32_t> distances(count);
  std::vector<faiss::IndexBinary::idx_t> labels(count);
  if (count > 0) index.search(int64_t(count), rows.data(), 1, distances.data(), labels.data());
  std::map<uint64_t, int> votes;
  for (size_t i = 0; i < count; ++i)
    if (labels[i] >= 0 && distances[i] <= 110) ++votes[owners[size_t(labels[i])] * 2 + (i >= query.features.descriptors.size())];
  std::vector<std::pair<int, uint64_t>> order;
  for (const auto& [key, number] : votes) order.push_back({-number, key / 2});
  std::sort(order.begin(), order.end());
  std::vector<uint64_t> ids;
  for (size_t i = 0; i < order.size() && ids.size() < kCandidates; ++i) ids.push_back(order[i].second);
  return ids;
}

struct Options {
  size_t count_max = 100'000, rivals_max = 10'000, queries = 24;
  std::string folder, json;
  std::filesystem::path index;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options),
        photos_(LoadPhotos(options.folder)),
        multiplier_(photos_),
        queries_(MakeQueries(photos_, options.queries)),
        table_(Columns()) {}

  void Run() {
    size_t have = 0;
    for (size_t count : {1'000, 10'000, 100'000, 1'000'000}) {
      if (count > options_.count_max) break;
      const std::filesystem::path saved = options_.index / fmt::format("{}", count);
      std::string rate;
      const double loaded_ms = Milliseconds([&] { (void)ours_.Load(saved); });
      if (ours_.size() == count) {
        fmt::print(stderr, "{} pictures loaded in {:.1f} s\n", count, loaded_ms / 1000);
      } else {
        if (have > 0) (void)ours_.Load(options_.index / fmt::format("{}", have));
        const size_t first = ours_.size();
        const double built_ms = Milliseconds([&] {
          ParallelFor(count - first, 2, nullptr, [&](size_t i) { Store(first + i); });
          if (Status status = ours_.Save(saved, 0); !status.has_value()) throw std::runtime_error(status.error().Text());
        });
        rate = fmt::format("{:.0f}", double(count - first) / built_ms * 1000);
      }
      have = count;
      const double bytes = double(ours_.memory_bytes()) / double(count);
      for (size_t threads : {1, 2})
        Report(count, fmt::format("LocalIndex, {} thread{}", threads, threads == 1 ? "" : "s"), bytes, rate,
               Measure(queries_, edits_, [&](const Query& query) { return Ours(query, threads); }));
      if (count <= options_.rivals_max) Rivals(count);
    }
    table_.WriteJson(options_.json);
  }

  void PrintDensity() const { CompareDensity(photos_, multiplier_); }

 private:
  std::vector<std::string> Columns() {
    std::vector<std::string> columns{"size", "what", "median_ms", "p95_ms", "processor_ms", "bytes", "built_per_second", "recall"};
    for (const Edit& edit : Edits()) columns.push_back(edit.name);
    edits_ = Edits().size();
    return columns;
  }

  Multiplier::Picture PictureOf(size_t i) const {
    if (i >= photos_.size()) return multiplier_.Make(i);
    return {photos_[i].features, uint32_t(photos_[i].bitmap.width), uint32_t(photos_[i].bitmap.height)};
  }
  void Store(size_t i) {
    const Multiplier::Picture picture = PictureOf(i);
    ours_.Add(ImageId{i + 1}, picture.features, picture.width, picture.height);
  }

  std::vector<uint64_t> Ours(const Query& query, size_t threads) const {
    std::vector<uint64_t> ids;
    for (const auto& hit : ours_.Search(query.features, &query.mirrored, uint32_t(query.size.width),
                                        uint32_t(query.size.height), kCandidates, threads))
      ids.push_back(hit.id.value);
    return ids;
  }

  void Report(size_t count, const std::string& what, double bytes, const std::string& rate, const Measured& measured) {
    std::vector<std::string> cells{fmt::format("{}", count), what, fmt::format("{:.2f}", Percentile(measured.ms, 0.5)),
                                   fmt::format("{:.2f}", Percentile(measured.ms, 0.95)),
                                   fmt::format("{:.2f}", Percentile(measured.processor_ms, 0.5)),
                                   fmt::format("{:.0f}", bytes), rate};
    int found = 0, of = 0;
    for (size_t i = 0; i < edits_; ++i) found += measured.found[i], of += measured.of[i];
    cells.push_back(fmt::format("{:.3f}", double(found) / of));
    for (size_t i = 0; i < edits_; ++i)
      cells.push_back(fmt::format("{:.2f}", double(measured.found[i]) / std::max(1, measured.of[i])));
    table_.Row(cells);
  }

  void Rivals(size_t count) {
    std::vector<uint8_t> rows;
    std::vector<uint64_t> owners;
    for (size_t i = 0; i < count; ++i)
      for (const Descriptor& descriptor : PictureOf(i).features.descriptors) {
        const auto* raw = reinterpret_cast<const uint8_t*>(descriptor.words.data());
        rows.insert(rows.end(), raw, raw + feature::kDescriptorBytes);
        owners.push_back(i + 1);
      }
    constexpr int kBits = feature::kDescriptorBytes * 8;
    // The first few, of every edit the same photos: the exact scan takes seconds a query.
    const std::vector<Query> few(queries_.begin(), queries_.begin() + ptrdiff_t(std::min(kRivalQueries, queries_.size())));
    auto run = [&](const std::string& what, auto& index, double bytes, double built_ms) {
      Report(count, what, bytes / double(count), fmt::format("{:.0f}", double(count) / built_ms * 1000),
             Measure(few, edits_, [&](const Query& query) { return VoteNearest(index, owners, query); }));
    };
    Report(count, "LocalIndex, 1 thread, the same queries", double(ours_.memory_bytes()) / double(count), "",
           Measure(few, edits_, [&](const Query& query) { return Ours(query, 1); }));
    {
      faiss::IndexBinaryFlat flat(kBits);
      const double ms = Milliseconds([&] { flat.add(int64_t(owners.size()), rows.data()); });
      run("Faiss IndexBinaryFlat, exact", flat, double(rows.size()), ms);
    }
    {
      const size_t lists = size_t(std::sqrt(double(owners.size())));
      faiss::IndexBinaryFlat quantizer(kBits);
      faiss::IndexBinaryIVF ivf(&quantizer, kBits, lists);
      ivf.nprobe = 8;
      ivf.cp.min_points_per_centroid = 1;
      const double ms = Milliseconds([&] {
        ivf.train(int64_t(std::min<size_t>(owners.size(), 40 * lists)), rows.data());
        ivf.add(int64_t(owners.size()), rows.data());
      });
      run("Faiss IndexBinaryIVF, nprobe 8", ivf, double(rows.size()) + 8.0 * double(owners.size()), ms);
    }
    if (count <= kGraphMax) {
      faiss::IndexBinaryHNSW hnsw(kBits, 16);
      hnsw.hnsw.efConstruction = 40;
      hnsw.hnsw.efSearch = 32;
      const double ms = Milliseconds([&] { hnsw.add(int64_t(owners.size()), rows.data()); });
      run("Faiss IndexBinaryHNSW, M 16", hnsw, double(rows.size()) + 4.0 * 33 * double(owners.size()), ms);
    }
  }

  Options options_;
  size_t edits_ = 0;
  std::vector<Photo> photos_;
  Multiplier multiplier_;
  std::vector<Query> queries_;
  index::LocalIndex ours_;
  Table table_;
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
    if (std::strcmp(argv[i], "--rivals-max") == 0) options.rivals_max = number();
    if (std::strcmp(argv[i], "--queries") == 0) options.queries = number();
    if (std::strcmp(argv[i], "--json") == 0) options.json = argv[i + 1];
    if (std::strcmp(argv[i], "--index") == 0) options.index = argv[i + 1];
  }
  if (!std::filesystem::is_directory(options.folder)) {
    fmt::print("local: no photos; give --photos FOLDER or set LIKENESS_SHARED\n");
    return 0;
  }
  omp_set_num_threads(1);
  const bool temporary = options.index.empty();
  if (temporary) {
    std::string pattern = (std::filesystem::temp_directory_path() / "likeness_local_XXXXXX").string();
    options.index = ::mkdtemp(pattern.data());
  }
  {
    likeness::bench::Bench bench(options);
    bench.PrintDensity();
    bench.Run();
  }
  if (temporary) std::filesystem::remove_all(options.index);
}
