// Exact L1 search among 4096-bin colour histograms and among colour layouts: ColourIndex, LayoutIndex and Faiss'
// IndexFlat with METRIC_L1 on the same values in one process.
//   colour_bench [--large] [--photos FOLDER] [--max HISTOGRAMS] [--faiss-max HISTOGRAMS] [--json FILE]
// 10 k and 100 k of each, with --large also 1 M; histograms beyond --faiss-max without Faiss, whose dense form takes 16
// KB each. One query at a time on one thread, wall clock and processor time (which a busy machine disturbs less); then
// all queries on two threads, wall clock over the number of queries. Faiss answers fewer queries, on one thread. The
// folder is $LIKENESS_SHARED/photos/main if not given. With a folder: the features of its JPEG and PNG files,
// multiplied by noise: a random mix of one photo (60 to 100 %) and another, each weight times 0.5 to 1.5, a tenth of a
// histogram's bins moved to a neighbour. Without: synthetic sparse histograms around a few colours, and no layouts. The
// output says which.
#include <faiss/IndexFlat.h>
#include <omp.h>
#include <time.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <random>
#include <thread>

#include "bench_util.h"
#include "index/colour.h"
#include "index/layout.h"
#ifdef LIKENESS_BENCH_PHOTOS
#include "base/files.h"
#include "codec/decode.h"
#include "feature/extract.h"
#include "image/colour.h"
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

struct Photo {
  ColourHistogram colour;
  std::optional<feature::ColourLayout> layout;
};

std::vector<Photo> Photos([[maybe_unused]] const std::string& folder) {
  std::vector<Photo> photos;
#ifdef LIKENESS_BENCH_PHOTOS
  if (folder.empty()) return photos;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    auto bytes = ReadFile(entry.path(), 64u << 20);
    if (!bytes.has_value()) continue;
    auto decoded = codec::Decode(*bytes, {});
    if (!decoded.has_value()) continue;
    image::Bitmap bitmap = image::ToRgb(decoded->bitmap);
    photos.push_back({feature::ComputeColour(bitmap), feature::ComputeColourLayout(bitmap)});
  }
#endif
  return photos;
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

ColourHistogram Noisy(const std::vector<Photo>& photos, std::mt19937_64& random) {
  std::vector<double> shares(feature::kColourBins, 0);
  std::uniform_real_distribution<double> gain(0.5, 1.5), mix(0.6, 1.0);
  double first = mix(random);
  for (double part : {first, 1 - first})
    for (feature::ColourBin bin : photos[random() % photos.size()].colour) {
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

// As for histograms: a mix, each share times noise; each axis of a block sums to what it must.
feature::ColourLayout NoisyLayout(const std::vector<Photo>& photos, std::mt19937_64& random) {
  constexpr size_t kAxisEnds[] = {6, 11, 16};
  std::uniform_real_distribution<double> gain(0.5, 1.5), mix(0.6, 1.0);
  const double first = mix(random);
  const feature::ColourLayout &a = *photos[random() % photos.size()].layout,
                              &b = *photos[random() % photos.size()].layout;
  feature::ColourLayout layout{};
  for (size_t block = 0; block < feature::kLayoutBlocks; ++block) {
    size_t begin = 0;
    for (size_t end : kAxisEnds) {
      double values[feature::kLayoutBins], sum = 0;
      const size_t at = block * feature::kLayoutBins;
      for (size_t i = begin; i < end; ++i)
        sum += values[i] = gain(random) * (first * a[at + i] + (1 - first) * b[at + i]);
      uint32_t left = feature::kLayoutBlockTotal / 3;
      size_t largest = begin;
      for (size_t i = begin; i < end; ++i) {
        layout[at + i] = static_cast<uint8_t>(values[i] / sum * (feature::kLayoutBlockTotal / 3));
        left -= layout[at + i];
        if (values[i] > values[largest]) largest = i;
      }
      layout[at + largest] += static_cast<uint8_t>(left);
      begin = end;
    }
  }
  return layout;
}

double ThreadMilliseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

constexpr size_t kQueries = 61, kRivalQueries = 11, kNearest = 20;
using Hits = std::vector<index::ColourHit>;

struct Timing {
  std::vector<double> wall_ms, cpu_ms;
  double two_threads_ms = 0;
  std::vector<Hits> hits;
};

// search(i) answers query i.
template <typename Search>
Timing MeasureOne(const Search& search, size_t queries) {
  Timing timing;
  for (size_t i = 0; i < 3; ++i) search(i);  // buffers come into being
  for (size_t i = 0; i < queries; ++i) {
    double cpu = ThreadMilliseconds();
    timing.wall_ms.push_back(Milliseconds([&] { timing.hits.push_back(search(i)); }));
    timing.cpu_ms.push_back(ThreadMilliseconds() - cpu);
  }
  return timing;
}

template <typename Search>
Timing Measure(const Search& search) {
  Timing timing = MeasureOne(search, kQueries);
  timing.two_threads_ms = Milliseconds([&] {
                            auto part = [&](size_t first) {
                              for (size_t i = first; i < kQueries; i += 2) search(i);
                            };
                            std::thread other(part, 1);
                            part(0);
                            other.join();
                          }) /
                          kQueries;
  return timing;
}

void AddRow(size_t count, const std::string& what, const Timing& timing, const Timing* rival, double bytes,
            const std::string& note, Table& table) {
  table.Row({fmt::format("{}", count), what, fmt::format("{:.2f}", Percentile(timing.wall_ms, 0.5)),
             fmt::format("{:.2f}", Percentile(timing.wall_ms, 0.95)),
             fmt::format("{:.2f}", Percentile(timing.cpu_ms, 0.5)),
             fmt::format("{:.2f}", Percentile(timing.cpu_ms, 0.95)),
             timing.two_threads_ms > 0 ? fmt::format("{:.2f}", timing.two_threads_ms) : "",
             rival ? fmt::format("{:.0f}", Percentile(rival->cpu_ms, 0.5) / Percentile(timing.cpu_ms, 0.5)) : "",
             fmt::format("{:.0f}", bytes), note});
}

size_t Disagreements(const Timing& ours, const Timing& rival) {
  size_t differing = 0;
  for (size_t query = 0; query < kRivalQueries; ++query)
    for (size_t i = 0; i < kNearest; ++i) differing += ours.hits[query][i].distance != rival.hits[query][i].distance;
  return differing;
}

// `dense(i)` are the values of item i; queries come behind the items.
template <typename Dense>
Timing MeasureFaiss(size_t count, size_t dimensions, const Dense& dense) {
  faiss::IndexFlat flat(static_cast<faiss::Index::idx_t>(dimensions), faiss::METRIC_L1);
  for (size_t i = 0; i < count; ++i) flat.add(1, dense(i).data());
  auto search = [&](size_t query) {
    std::vector<float> distances(kNearest), values = dense(count + query);
    std::vector<faiss::Index::idx_t> labels(kNearest);
    flat.search(1, values.data(), kNearest, distances.data(), labels.data());
    Hits hits;
    for (size_t i = 0; i < kNearest; ++i)
      hits.push_back({ImageId{static_cast<uint64_t>(labels[i]) + 1}, static_cast<uint32_t>(std::lround(distances[i]))});
    return hits;
  };
  return MeasureOne(search, kRivalQueries);
}

void RunColour(size_t count, bool with_faiss, const std::vector<Photo>& photos, Table& table) {
  std::mt19937_64 random(count);
  index::ColourIndex ours;
  std::vector<ColourHistogram> queries, kept;
  double bins = 0;
  for (size_t i = 0; i < count; ++i) {
    ColourHistogram histogram = photos.empty() ? Synthetic(random) : Noisy(photos, random);
    bins += static_cast<double>(histogram.size());
    ours.Add(ImageId{i + 1}, histogram);
    if (with_faiss) kept.push_back(std::move(histogram));
  }
  for (size_t i = 0; i < kQueries; ++i) queries.push_back(photos.empty() ? Synthetic(random) : Noisy(photos, random));
  Timing timing = Measure([&](size_t i) { return ours.Search(queries[i], kNearest); }), rival;
  if (with_faiss) {
    rival = MeasureFaiss(count, feature::kColourBins, [&](size_t i) {
      std::vector<float> values(feature::kColourBins, 0);
      for (feature::ColourBin bin : i < count ? kept[i] : queries[i - count]) values[bin.bin] = bin.weight;
      return values;
    });
    AddRow(count, "histograms: Faiss IndexFlat L1", rival, &rival, 4.0 * feature::kColourBins, "", table);
  }
  std::string note = fmt::format("{:.0f} bins in use on average", bins / static_cast<double>(count));
  if (with_faiss) note += fmt::format("; differing distances: {}", Disagreements(timing, rival));
  AddRow(count, "histograms: ColourIndex", timing, with_faiss ? &rival : nullptr,
         static_cast<double>(ours.memory_bytes()) / static_cast<double>(count), note, table);
}

void RunLayout(size_t count, const std::vector<Photo>& photos, Table& table) {
  std::mt19937_64 random(count);
  index::LayoutIndex ours;
  std::vector<feature::ColourLayout> all;
  for (size_t i = 0; i < count + kQueries; ++i) {
    all.push_back(NoisyLayout(photos, random));
    if (i < count) ours.Add(ImageId{i + 1}, all.back());
  }
  Timing timing = Measure([&](size_t i) { return ours.Search({&all[count + i], 1}, kNearest); });
  Timing mirrored = Measure([&](size_t i) {
    const feature::ColourLayout variants[] = {all[count + i], feature::MirrorColourLayout(all[count + i])};
    return ours.Search(variants, kNearest);
  });
  Timing rival =
      MeasureFaiss(count, all[0].size(), [&](size_t i) { return std::vector<float>(all[i].begin(), all[i].end()); });
  AddRow(count, "layouts: Faiss IndexFlat L1", rival, &rival, 4.0 * static_cast<double>(all[0].size()), "", table);
  double bytes = static_cast<double>(ours.memory_bytes()) / static_cast<double>(count);
  AddRow(count, "layouts: LayoutIndex", timing, &rival, bytes,
         fmt::format("differing distances: {}", Disagreements(timing, rival)), table);
  AddRow(count, "layouts: LayoutIndex, upright and mirrored", mirrored, nullptr, bytes, "", table);
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
    fmt::print("synthetic sparse histograms\n");
  else
    fmt::print("{} photos, mixed and multiplied by noise\n", photos.size());
  likeness::bench::Table table({"pictures", "what", "median ms", "p95 ms", "processor median", "processor p95",
                                "two threads, ms a query", "times Faiss", "bytes each", "note"});
  for (size_t count : {10'000, 100'000, 1'000'000}) {
    if (count > count_max) break;
    likeness::bench::RunColour(count, count <= faiss_max, photos, table);
    if (!photos.empty()) likeness::bench::RunLayout(count, photos, table);
  }
  table.WriteJson(json);
}
