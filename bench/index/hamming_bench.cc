// Exact Hamming search over 256-bit hashes: HammingIndex, our SIMD flat scan (same variants) and Faiss' IndexBinaryFlat
// on the same hashes in one process, one thread each.
//   hamming_bench [--large] [--max HASHES] [--json FILE]
// 10 k, 100 k and 1 M hashes, with --large also 10 M.
// Hashes are uniformly random, but each hundredth is a copy of an earlier one with up to 40 bits flipped, and queries
// are stored hashes with 10 bits flipped: the queries have answers.
#include <faiss/IndexBinaryFlat.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <omp.h>

#include <cstdlib>
#include <cstring>
#include <random>

#include "bench_util.h"
#include "index/hamming.h"
#include "simd/kernels.h"

namespace likeness::bench {
namespace {

using feature::Hash256;

Hash256 Flip(Hash256 hash, int bits, std::mt19937_64& random) {
  for (int i = 0; i < bits; ++i) {
    uint64_t bit = random() % 256;
    hash.words[bit / 64] ^= uint64_t{1} << (bit % 64);
  }
  return hash;
}

void Run(size_t count, Table& table) {
  std::mt19937_64 random(count);
  std::vector<Hash256> hashes(count);
  for (size_t i = 0; i < count; ++i)
    hashes[i] = i % 100 == 99 ? Flip(hashes[random() % i], static_cast<int>(random() % 41), random)
                              : Hash256{{random(), random(), random(), random()}};
  index::HammingIndex ours;
  double build_ms = Milliseconds([&] {
    if (count <= 1'000'000) {
      for (size_t i = 0; i < count; ++i) ours.Add(ImageId{i + 1}, hashes[i]);
    } else {  // as when it is loaded
      std::vector<std::pair<ImageId, Hash256>> items;
      for (size_t i = 0; i < count; ++i) items.emplace_back(ImageId{i + 1}, hashes[i]);
      ours.Fill(std::move(items));
    }
  });
  faiss::IndexBinaryFlat flat(256);
  flat.add(static_cast<faiss::IndexBinary::idx_t>(count), reinterpret_cast<const uint8_t*>(hashes.data()));

  // Each way of ours beside the flat scan of as many variants; the scan takes the same time for any radius.
  struct Way {
    const char* what;
    size_t variants;
    int radius_bits;
    size_t k;
    std::vector<double> ms = {}, scan_ms = {};
  };
  std::vector<Way> ways{{"radius 31", 1, 31, 1000},
                        {"radius 31, 8 variants", 8, 31, 1000},
                        {"radius 64, 48 nearest", 1, 64, 48},
                        {"radius 64, 48 nearest, 8 variants", 8, 64, 48},
                        {"nearest one", 1, 256, 1},
                        {"nearest ten", 1, 256, 10},
                        {"nearest ten, 8 variants", 8, 256, 10}};
  const int repetitions = count >= 5'000'000 ? 15 : count >= 500'000 ? 41 : 201;
  std::vector<double> faiss_ms;
  std::vector<simd::HammingHit> hits(count);
  size_t disagreements = 0;
  for (int i = 0; i < repetitions; ++i) {
    std::vector<Hash256> variants{Flip(hashes[random() % count], 10, random)};
    while (variants.size() < 8) variants.push_back({{random(), random(), random(), random()}});
    std::span<const Hash256> all(variants);
    // Faiss' range search is strict: 32 means at most 31.
    faiss::RangeSearchResult result(1);
    faiss_ms.push_back(Milliseconds(
        [&] { flat.range_search(1, reinterpret_cast<const uint8_t*>(variants[0].words.data()), 32, &result); }));
    for (Way& way : ways) {
      std::vector<index::HammingHit> found;
      way.ms.push_back(Milliseconds([&] { found = ours.Search(all.first(way.variants), way.radius_bits, way.k); }));
      size_t scanned = 0;
      int radius = std::min(way.radius_bits, 64);
      way.scan_ms.push_back(Milliseconds([&] {
        scanned =
            simd::ScanHamming(hashes[0].words.data(), count, all[0].words.data(), way.variants, radius, hits.data());
      }));
      if (way.radius_bits <= 64 && found.size() != std::min(scanned, way.k)) ++disagreements;
      if (way.radius_bits == 31 && way.variants == 1 && found.size() != result.lims[1]) ++disagreements;
    }
  }
  const std::string number = fmt::format("{}", count);
  auto row = [&](std::string what, const std::vector<double>& ms, const std::vector<double>& scan_ms, double bytes) {
    double median = Percentile(ms, 0.5);
    table.Row({number, std::move(what), fmt::format("{:.3f}", median), fmt::format("{:.3f}", Percentile(ms, 0.95)),
               scan_ms.empty() ? "" : fmt::format("{:.3f}", Percentile(scan_ms, 0.5)),
               fmt::format("{:.1f}", Percentile(faiss_ms, 0.5) / median),
               bytes > 0 ? fmt::format("{:.1f}", bytes) : ""});
  };
  row("Faiss IndexBinaryFlat, radius 31", faiss_ms, {}, 32);
  double bytes = static_cast<double>(ours.memory_bytes()) / static_cast<double>(count);
  for (const Way& way : ways) row(way.what, way.ms, way.scan_ms, bytes);
  table.Row({number,
             fmt::format("one hash to add: {:.2f} us; answers that differ: {}",
                         build_ms * 1000 / static_cast<double>(count), disagreements),
             "", "", "", "", ""});
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  size_t count_max = 1'000'000;
  std::string json;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--large") == 0) count_max = 10'000'000;
    if (i + 1 == argc) break;
    if (std::strcmp(argv[i], "--max") == 0) count_max = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--json") == 0) json = argv[i + 1];
  }
  omp_set_num_threads(1);
  for (const auto& choice : likeness::simd::KernelChoices())
    fmt::print("kernels {}: {}\n", choice.family, choice.chosen);
  likeness::bench::Table table({"hashes", "what", "median ms", "p95 ms", "flat scan ms", "times Faiss", "bytes/hash"});
  for (size_t count : {10'000, 100'000, 1'000'000, 10'000'000})
    if (count <= count_max) likeness::bench::Run(count, table);
  table.WriteJson(json);
}
