// Exact Hamming search over 256-bit hashes: HammingIndex, our SIMD flat scan and Faiss' IndexBinaryFlat on the same
// hashes in one process, one thread each.
//   hamming_bench [--large] [--max HASHES] [--json FILE]
// 0.1 and 1 M hashes, with --large also 10 M.
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
    for (size_t i = 0; i < count; ++i) ours.Add(ImageId{i + 1}, hashes[i]);
  });
  faiss::IndexBinaryFlat flat(256);
  flat.add(static_cast<faiss::IndexBinary::idx_t>(count), reinterpret_cast<const uint8_t*>(hashes.data()));

  const int repetitions = count >= 5'000'000 ? 15 : 41;
  std::vector<double> index_ms, eight_ms, near_ms, scan_ms, scan_eight_ms, faiss_ms;
  std::vector<simd::HammingHit> hits(count);
  size_t disagreements = 0;
  for (int i = 0; i < repetitions; ++i) {
    std::vector<Hash256> variants{Flip(hashes[random() % count], 10, random)};
    while (variants.size() < 8) variants.push_back({{random(), random(), random(), random()}});
    std::span<const Hash256> all(variants), one = all.first(1);
    std::vector<index::HammingHit> found;
    index_ms.push_back(Milliseconds([&] { found = ours.Search(one, 31, 1000); }));
    eight_ms.push_back(Milliseconds([&] { ours.Search(all, 31, 1000); }));
    near_ms.push_back(Milliseconds([&] { ours.Search(one, 256, 1); }));
    size_t scanned = 0;
    scan_ms.push_back(Milliseconds(
        [&] { scanned = simd::ScanHamming(hashes[0].words.data(), count, one[0].words.data(), 1, 31, hits.data()); }));
    scan_eight_ms.push_back(Milliseconds(
        [&] { simd::ScanHamming(hashes[0].words.data(), count, all[0].words.data(), 8, 31, hits.data()); }));
    // Faiss' range search is strict: 32 means at most 31.
    faiss::RangeSearchResult result(1);
    faiss_ms.push_back(Milliseconds(
        [&] { flat.range_search(1, reinterpret_cast<const uint8_t*>(one[0].words.data()), 32, &result); }));
    if (found.size() != scanned || found.size() != result.lims[1]) ++disagreements;
  }
  auto row = [&](const char* what, const std::vector<double>& ms, double bytes, double base) {
    double median = Percentile(ms, 0.5);
    table.Row({fmt::format("{}", count), what, fmt::format("{:.3f}", median),
               fmt::format("{:.3f}", Percentile(ms, 0.95)), fmt::format("{:.1f}", base / median),
               bytes > 0 ? fmt::format("{:.1f}", bytes) : ""});
  };
  double base = Percentile(faiss_ms, 0.5);
  row("Faiss IndexBinaryFlat, radius 31", faiss_ms, 32, base);
  row("SIMD flat scan, radius 31", scan_ms, 32, base);
  row("SIMD flat scan, 8 variants in one pass", scan_eight_ms, 0, base);
  row("HammingIndex, radius 31", index_ms, static_cast<double>(ours.memory_bytes()) / static_cast<double>(count), base);
  row("HammingIndex, radius 31, 8 variants", eight_ms, 0, base);
  row("HammingIndex, nearest one", near_ms, 0, base);
  table.Row({fmt::format("{}", count),
             fmt::format("HammingIndex, one Add: {:.2f} us; answers that differ: {}",
                         build_ms * 1000 / static_cast<double>(count), disagreements),
             "", "", "", ""});
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
  likeness::bench::Table table({"hashes", "what", "median ms", "p95 ms", "times Faiss", "bytes/hash"});
  for (size_t count : {100'000, 1'000'000, 10'000'000})
    if (count <= count_max) likeness::bench::Run(count, table);
  table.WriteJson(json);
}
