// Exact L1 search among 4096-bin colour histograms: ColourIndex and Faiss' IndexFlat with METRIC_L1 on the same
// histograms in one process, one thread each.
//   colour_bench [--large] [--photos FOLDER] [--max HISTOGRAMS] [--faiss-max HISTOGRAMS] [--json FILE]
// 10 k and 100 k histograms, with --large also 1 M (without Faiss). The folder is $LIKENESS_SHARED/photos/main if not
// given. With a folder: the histograms of its JPEG and PNG files, multiplied by noise: a histogram is a random mix of
// one photo (60 to 100 %) and another, each weight times 0.5 to 1.5, a tenth of the bins moved to a neighbour. Without:
// synthetic sparse histograms around a few colours. The output says which.
#include <faiss/IndexFlat.h>
#include <omp.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>

#include "bench_util.h"
#include "index/colour.h"
#ifdef LIKENESS_BENCH_PHOTOS
#include "base/files.h"
#include "codec/decode.h"
#include "feature/extract.h"
#endif

namespace likeness::bench {
namespace {

using feature::ColourHistogram;

ColourHistogram FromShares(const std::vector<double>& shares) {
  double total = 0;
  for (double share : shares) total += share;
  ColourHistogram histogram;
  uint32_t sum = 0;
  size_t largest = 0;
  for (size_t bin = 0; bin < shares.size(); ++bin) {
    auto weight = static_cast<uint16_t>(shares[bin] / total * feature::kColourTotal);
    if (weight == 0) continue;
    histogram.push_back({static_cast<uint16_t>(bin), weight});
    sum += weight;
    if (weight > histogram[largest].weight) largest = histogram.size() - 1;
  }
  histogram[largest].weight += static_cast<uint16_t>(feature::kColourTotal - sum);
  return histogram;
}

std::vector<ColourHistogram> Photos([[maybe_unused]] const std::string& folder) {
  std::vector<ColourHistogram> histograms;
#ifdef LIKENESS_BENCH_PHOTOS
  if (folder.empty()) return histograms;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto bytes = ReadFile(entry.path(), 64u << 20);
    if (!bytes.has_value()) continue;
    auto decoded = codec::Decode(*bytes, {});
    if (decoded.has_value()) histograms.push_back(feature::ComputeColour(decoded->bitmap));
  }
#endif
  return histograms;
}

ColourHistogram Synthetic(std::mt19937_64& random) {
  std::vector<double> shares(feature::kColourBins, 0);
  std::normal_distribution<double> normal(0, 1.3);
  for (size_t c = 0; c < 3 + random() % 6; ++c) {
    int centre[3] = {static_cast<int>(random() % 16), static_cast<int>(random() % 16), static_cast<int>(random() % 16)};
    double strength = static_cast<double>(1 + random() % 100);
    for (int i = 0; i < 300; ++i) {
      int bin = 0;
      for (int value : centre) bin = bin * 16 + std::clamp(value + static_cast<int>(normal(random)), 0, 15);
      shares[static_cast<size_t>(bin)] += strength;
    }
  }
  return FromShares(shares);
}

ColourHistogram Noisy(const std::vector<ColourHistogram>& photos, std::mt19937_64& random) {
  std::vector<double> shares(feature::kColourBins, 0);
  std::uniform_real_distribution<double> gain(0.5, 1.5), mix(0.6, 1.0);
  double first = mix(random);
  for (double part : {first, 1 - first})
    for (feature::ColourBin bin : photos[random() % photos.size()]) {
      size_t to = bin.bin;
      if (random() % 10 == 0) {
        size_t step = size_t{1} << (4 * (random() % 3));
        to = random() % 2 == 0 ? (to + step) % feature::kColourBins
                               : (to + feature::kColourBins - step) % feature::kColourBins;
      }
      shares[to] += part * gain(random) * bin.weight;
    }
  return FromShares(shares);
}

void Run(size_t count, size_t faiss_max, const std::vector<ColourHistogram>& photos, Table& table) {
  std::mt19937_64 random(count);
  index::ColourIndex ours;
  faiss::IndexFlat flat(feature::kColourBins, faiss::METRIC_L1);
  std::vector<ColourHistogram> queries;
  auto dense = [](const ColourHistogram& histogram) {
    std::vector<float> values(feature::kColourBins, 0);
    for (feature::ColourBin bin : histogram) values[bin.bin] = bin.weight;
    return values;
  };
  const bool with_faiss = count <= faiss_max;
  double bins = 0;
  for (size_t i = 0; i < count; ++i) {
    ColourHistogram histogram = photos.empty() ? Synthetic(random) : Noisy(photos, random);
    bins += static_cast<double>(histogram.size());
    ours.Add(ImageId{i + 1}, histogram);
    if (with_faiss) flat.add(1, dense(histogram).data());
  }
  for (int i = 0; i < 21; ++i) queries.push_back(photos.empty() ? Synthetic(random) : Noisy(photos, random));

  std::vector<double> ours_ms, faiss_ms;
  size_t disagreements = 0;
  for (const ColourHistogram& query : queries) {
    std::vector<index::ColourHit> hits;
    ours_ms.push_back(Milliseconds([&] { hits = ours.Search(query, 20); }));
    if (!with_faiss) continue;
    std::vector<float> distances(20), values = dense(query);
    std::vector<faiss::Index::idx_t> labels(20);
    faiss_ms.push_back(Milliseconds([&] { flat.search(1, values.data(), 20, distances.data(), labels.data()); }));
    for (size_t i = 0; i < hits.size(); ++i)
      if (std::lround(distances[i]) != static_cast<long>(hits[i].distance)) ++disagreements;
  }
  double base = with_faiss ? Percentile(faiss_ms, 0.5) : 0, ours_base = Percentile(ours_ms, 0.5);
  auto row = [&](const char* what, const std::vector<double>& ms, double bytes, const std::string& note) {
    double median = Percentile(ms, 0.5);
    table.Row({fmt::format("{}", count), what, fmt::format("{:.2f}", median),
               fmt::format("{:.2f}", Percentile(ms, 0.95)), with_faiss ? fmt::format("{:.1f}", base / median) : "",
               fmt::format("{:.0f}", bytes), note});
  };
  if (with_faiss) row("Faiss IndexFlat L1", faiss_ms, 4.0 * feature::kColourBins, "");
  row("ColourIndex", ours_ms, static_cast<double>(ours.memory_bytes()) / static_cast<double>(count),
      fmt::format("{:.0f} bins in use on average; differing distances: {}; {:.1f} ns a histogram",
                  bins / static_cast<double>(count), disagreements, ours_base * 1e6 / static_cast<double>(count)));
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  size_t count_max = 100'000, faiss_max = 100'000;
  std::string folder, json;
  if (const char* shared = std::getenv("LIKENESS_SHARED"); shared != nullptr && *shared != '\0')
    folder = std::string(shared) + "/photos/main";
  if (!std::filesystem::is_directory(folder)) folder.clear();
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--large") == 0) count_max = 1'000'000;
    if (i + 1 == argc) break;
    if (std::strcmp(argv[i], "--photos") == 0) folder = argv[i + 1];
    if (std::strcmp(argv[i], "--max") == 0) count_max = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--faiss-max") == 0) faiss_max = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--json") == 0) json = argv[i + 1];
  }
  omp_set_num_threads(1);
  auto photos = likeness::bench::Photos(folder);
  if (photos.empty())
    fmt::print("histograms: synthetic sparse ones\n");
  else
    fmt::print("histograms: {} photos, mixed and multiplied by noise\n", photos.size());
  likeness::bench::Table table({"histograms", "what", "median ms", "p95 ms", "times Faiss", "bytes each", "note"});
  for (size_t count : {10'000, 100'000, 1'000'000})
    if (count <= count_max) likeness::bench::Run(count, faiss_max, photos, table);
  table.WriteJson(json);
}
