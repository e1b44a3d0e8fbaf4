// Nearest embeddings by cosine: our index by bytes and by sketches, against Faiss flat and a graph of hnswlib.
//
// Vectors: with --vectors FILE (32-bit floats, --dimension each; embeddings of photos) mixtures of two of them, at most
// half of the second; without, around 2,000 centres in a space of 40 directions whose weights fall as 1/sqrt(i), and a
// common part as large as 0.7 of the rest, as networks' embeddings have. Both get noise in all dimensions, 0.3 (0.25)
// of the length. Queries are made the same way; "far" ones have twice as much noise as signal, so that nothing is near
// them.
#include <faiss/IndexFlat.h>
#include <fmt/format.h>
#include <omp.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/files.h"
#include "bench_util.h"
#include "embedding_graph.h"
#include "index/embedding.h"
#include "simd/kernels.h"

namespace likeness::bench {
namespace {

using index::EmbeddingIndex;
using Vector = std::vector<float>;
constexpr size_t kNearest = 10;

class Maker {
 public:
  Maker(size_t dimension, std::vector<Vector> real) : dimension_(dimension), real_(std::move(real)) {
    directions_.resize(40);
    for (size_t i = 0; i < directions_.size(); ++i) directions_[i] = Noise(1 / std::sqrt(static_cast<float>(i + 1)));
    centres_.resize(2000);
    for (Vector& centre : centres_) {
      centre.assign(dimension_, 0);
      for (const Vector& direction : directions_) AddTimes(normal_(random_), direction, &centre);
    }
    common_ = Noise(1);
    Scale(0.7f, &common_);
  }
  // Of length 1.
  Vector Next(float noise_more = 0) {
    Vector vector(dimension_);
    if (real_.empty()) {
      vector = centres_[random_() % centres_.size()];
      for (const Vector& direction : directions_) AddTimes(0.6f * normal_(random_), direction, &vector);
      Scale(1, &vector);
      AddTimes(1, common_, &vector);
    } else {
      const float share = 0.5f * static_cast<float>(random_() % 1000) / 1000;
      AddTimes(1 - share, real_[random_() % real_.size()], &vector);
      AddTimes(share, real_[random_() % real_.size()], &vector);
      Scale(1, &vector);
    }
    Vector noise = Noise(1);
    Scale((real_.empty() ? 0.25f : 0.3f) + noise_more, &noise);
    AddTimes(1, noise, &vector);
    Scale(1, &vector);
    return vector;
  }

 private:
  Vector Noise(float size) {
    Vector vector(dimension_);
    for (float& value : vector) value = size * normal_(random_);
    return vector;
  }
  static void AddTimes(float times, const Vector& from, Vector* to) {
    for (size_t i = 0; i < to->size(); ++i) (*to)[i] += times * from[i];
  }
  static void Scale(float length, Vector* vector) {
    float squares = 0;
    for (float value : *vector) squares += value * value;
    for (float& value : *vector) value *= length / std::sqrt(squares);
  }
  size_t dimension_;
  std::mt19937_64 random_{17};
  std::normal_distribution<float> normal_;
  std::vector<Vector> real_, directions_, centres_;
  Vector common_;
};

using Answer = std::vector<uint64_t>;

// The median time of a query in processor milliseconds, and what share of the true ten is among the answers.
struct Figures {
  double ms = 0, p95_ms = 0, recall = 0;
};
template <typename Search>
Figures Measure(const std::vector<Vector>& queries, const std::vector<Answer>& truth, Search search) {
  std::vector<double> ms;
  size_t found = 0, wanted = 0;
  for (size_t i = 0; i < queries.size(); ++i) {
    Answer answer;
    ms.push_back(ProcessorMilliseconds([&] { answer = search(queries[i]); }));
    for (uint64_t id : truth[i]) found += std::ranges::find(answer, id) != answer.end();
    wanted += truth[i].size();
  }
  return {Percentile(ms, 0.5), Percentile(ms, 0.95), static_cast<double>(found) / static_cast<double>(wanted)};
}

struct Options {
  size_t count_max = 100'000, dimension = 512, graph_max = 100'000, queries = 60;
  std::string json, vectors;
};

void Run(size_t count, const Options& options, const std::vector<Vector>& real, Table& table) {
  Maker maker(options.dimension, real);
  EmbeddingIndex ours(options.dimension);
  faiss::IndexFlatIP flat(static_cast<faiss::Index::idx_t>(options.dimension));
  flat.codes.reserve(count * options.dimension * sizeof(float));
  const bool with_graph = count <= options.graph_max;
  Graph graph(options.dimension, with_graph ? count : 1, 16, 200);
  double ours_ms = 0, flat_ms = 0, graph_ms = 0;
  for (size_t i = 0; i < count; ++i) {
    const Vector vector = maker.Next();
    ours_ms += ProcessorMilliseconds([&] { ours.Add(ImageId{i + 1}, vector); });
    flat_ms += ProcessorMilliseconds([&] { flat.add(1, vector.data()); });
    if (with_graph) graph_ms += ProcessorMilliseconds([&] { graph.Add(vector.data(), i + 1); });
  }
  const auto folder = std::filesystem::temp_directory_path() / "likeness_embedding_bench";
  const double save_ms = Milliseconds([&] { (void)ours.Save(folder, 1); });
  EmbeddingIndex loaded(options.dimension);
  bool loads = false;
  const double load_ms = Milliseconds([&] { loads = loaded.Load(folder).has_value(); });
  std::filesystem::remove_all(folder);
  fmt::print(stderr, "{} vectors: saved in {:.0f} ms, loaded in {:.0f} ms{}\n", count, save_ms, load_ms,
             loads ? "" : ", NOT LOADED");

  auto ids = [](const std::vector<index::EmbeddingHit>& hits) {
    Answer answer;
    for (const auto& hit : hits) answer.push_back(hit.id.value);
    return answer;
  };
  for (bool far : {false, true}) {
    std::vector<Vector> queries(options.queries);
    for (Vector& query : queries) query = maker.Next(far ? 2 : 0);
    std::vector<Answer> truth;
    auto faiss_search = [&](const Vector& query) {
      std::vector<float> scores(kNearest);
      std::vector<faiss::Index::idx_t> labels(kNearest);
      flat.search(1, query.data(), kNearest, scores.data(), labels.data());
      Answer answer;
      for (faiss::Index::idx_t label : labels) answer.push_back(static_cast<uint64_t>(label) + 1);
      return answer;
    };
    for (const Vector& query : queries) truth.push_back(faiss_search(query));
    const std::string number = fmt::format("{}", count), kind = far ? "far" : "like the stored";
    const Figures base = Measure(queries, truth, faiss_search);
    auto row = [&](const std::string& what, const Figures& figures, double bytes, double build_ms) {
      table.Row({number, kind, what, fmt::format("{:.2f}", figures.ms), fmt::format("{:.2f}", figures.p95_ms),
                 fmt::format("{:.0f}", 1000 / figures.ms), fmt::format("{:.1f}", base.ms / figures.ms),
                 fmt::format("{:.3f}", figures.recall), fmt::format("{:.0f}", bytes / static_cast<double>(count)),
                 fmt::format("{:.1f}", build_ms / 1000)});
    };
    row("Faiss IndexFlatIP", base, static_cast<double>(flat.codes.size()), flat_ms);
    const auto bytes = static_cast<double>(loaded.memory_bytes());
    row("Likeness", Measure(queries, truth, [&](const Vector& query) { return ids(loaded.Search(query, kNearest)); }),
        bytes, ours_ms);
    std::vector<ImageId> tenth;
    std::vector<Answer> tenth_truth;
    for (size_t i = 0; i < count; i += 10) tenth.push_back(ImageId{i + 1});
    faiss::IndexFlatIP tenth_flat(static_cast<faiss::Index::idx_t>(options.dimension));
    for (size_t i = 0; i < count; i += 10)
      tenth_flat.add(1, reinterpret_cast<const float*>(flat.codes.data()) + i * options.dimension);
    for (const Vector& query : queries) {
      std::vector<float> scores(kNearest);
      std::vector<faiss::Index::idx_t> labels(kNearest);
      tenth_flat.search(1, query.data(), kNearest, scores.data(), labels.data());
      tenth_truth.emplace_back();
      for (faiss::Index::idx_t label : labels) tenth_truth.back().push_back(static_cast<uint64_t>(label) * 10 + 1);
    }
    row("Likeness, among every tenth",
        Measure(
            queries, tenth_truth,
            [&](const Vector& query) { return ids(loaded.Search(query, kNearest, std::span<const ImageId>(tenth))); }),
        bytes, ours_ms);
    for (size_t effort : {50, 200})
      if (with_graph)
        row(fmt::format("hnswlib, M 16, ef {}", effort),
            Measure(queries, truth, [&](const Vector& query) { return graph.Search(query.data(), kNearest, effort); }),
            static_cast<double>(graph.memory_bytes()), graph_ms);
  }
}

std::vector<Vector> ReadVectors(const std::string& path, size_t dimension) {
  std::vector<Vector> vectors;
  auto bytes = ReadFile(path, 4u << 30);
  if (!bytes.has_value()) return vectors;
  for (size_t at = 0; at + dimension * sizeof(float) <= bytes->size(); at += dimension * sizeof(float)) {
    vectors.emplace_back(dimension);
    std::memcpy(vectors.back().data(), bytes->data() + at, dimension * sizeof(float));
  }
  return vectors;
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  likeness::bench::Options options;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--large") == 0) options.count_max = 1'000'000, options.graph_max = 1'000'000;
    if (i + 1 == argc) break;
    if (std::strcmp(argv[i], "--max") == 0) options.count_max = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--graph-max") == 0) options.graph_max = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--dimension") == 0) options.dimension = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--vectors") == 0) options.vectors = argv[i + 1];
    if (std::strcmp(argv[i], "--json") == 0) options.json = argv[i + 1];
  }
  omp_set_num_threads(1);
  const auto real = likeness::bench::ReadVectors(options.vectors, options.dimension);
  fmt::print("{} dimensions, {}, kernels: {}\n\n", options.dimension,
             real.empty() ? "made vectors" : fmt::format("from {} embeddings", real.size()),
             likeness::simd::KernelChoices().back().chosen);
  likeness::bench::Table table({"vectors", "queries", "what", "ms of processor, median", "p95", "queries/s",
                                "times Faiss", "recall@10", "bytes of RAM each", "build, s"});
  for (size_t count : {10'000, 100'000, 1'000'000})
    if (count <= options.count_max) likeness::bench::Run(count, options, real, table);
  table.WriteJson(options.json);
}
