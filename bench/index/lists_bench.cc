// A library against a shared list of hashes: reading the list's file, filling its index, the look-up of one import in
// all eight orientations, and the whole library at once; beside it the flat scan and the index asked picture by
// picture.
//   lists_bench [--rows N] [--pictures N] [--json FILE]
// Hashes are uniformly random; each hundredth picture is a row with up to 40 bits flipped.
#include <cstdlib>
#include <cstring>
#include <random>

#include "bench_util.h"
#include "engine/hash_list_file.h"
#include "feature/pdq.h"
#include "index/hamming.h"
#include "index/hamming_join.h"
#include "simd/kernels.h"

namespace likeness::bench {
namespace {

using feature::Hash256;
using feature::HashVariants;

constexpr int kRadius = 31;

void Run(size_t row_count, size_t picture_count, Table& table) {
  std::mt19937_64 random(row_count);
  std::vector<Hash256> rows(row_count);
  for (Hash256& row : rows) row = {{random(), random(), random(), random()}};
  std::vector<HashVariants> pictures(picture_count);
  for (size_t i = 0; i < picture_count; ++i) {
    Hash256 hash = i % 100 == 0 ? rows[random() % row_count] : Hash256{{random(), random(), random(), random()}};
    for (uint64_t flips = i % 100 == 0 ? random() % 41 : 0; flips > 0; --flips)
      hash.words[random() % 4] ^= uint64_t{1} << (random() % 64);
    pictures[i] = feature::PdqOrientations(hash);
  }
  auto row = [&](std::string what, double ms, std::string note) {
    table.Row({std::move(what), fmt::format("{:.3f}", ms), std::move(note)});
  };

  for (engine::HashListFormat format : {engine::HashListFormat::kCsv, engine::HashListFormat::kJson}) {
    std::string text;
    engine::HashListWriter writer(format, &text);
    for (const Hash256& hash : rows) writer.Add({.hash = hash, .quality = 90, .labels = {"label"}});
    writer.Finish();
    size_t entries = 0;
    double ms = ProcessorMilliseconds([&] { entries = engine::ReadHashList(text)->entries.size(); });
    row(format == engine::HashListFormat::kCsv ? "read the CSV" : "read the JSON", ms,
        fmt::format("{} entries, {:.0f} MB", entries, static_cast<double>(text.size()) / 1e6));
  }

  std::vector<std::pair<ImageId, Hash256>> items;
  for (size_t i = 0; i < row_count; ++i) items.emplace_back(ImageId{i + 1}, rows[i]);
  index::HammingIndex list;
  double fill_ms = ProcessorMilliseconds([&] { list.Fill(std::move(items)); });
  row("fill the index", fill_ms,
      fmt::format("{:.1f} bytes a hash", static_cast<double>(list.memory_bytes()) / static_cast<double>(row_count)));

  const size_t sample = std::min<size_t>(picture_count, 300);
  std::vector<double> index_ms, scan_ms;
  std::vector<simd::HammingHit> hits(row_count);
  for (size_t i = 0; i < sample; ++i) {
    const HashVariants& picture = pictures[i * picture_count / sample];
    index_ms.push_back(ProcessorMilliseconds([&] { list.Search(picture, kRadius, 10); }));
    if (i % 10 == 0)
      scan_ms.push_back(ProcessorMilliseconds([&] {
        simd::ScanHamming(rows[0].words.data(), row_count, picture[0].words.data(), 8, kRadius, hits.data());
      }));
  }
  double each = Percentile(index_ms, 0.5), scan = Percentile(scan_ms, 0.5);
  row("one picture, eight orientations: index", each, fmt::format("p95 {:.3f}", Percentile(index_ms, 0.95)));
  row("one picture, eight orientations: flat scan", scan, "");

  const double many = static_cast<double>(picture_count);
  row(fmt::format("{} pictures: flat scan, one by one", picture_count), scan * many, "from the median of one");
  row(fmt::format("{} pictures: index, one by one", picture_count), each * many, "from the median of one");
  size_t found = 0;
  double wall_ms = 0;
  double join_ms = ProcessorMilliseconds([&] {
    wall_ms = Milliseconds([&] {
      auto nearest = index::JoinNearest(rows, pictures, kRadius, 2, CancelFlag());
      for (const index::NearestRow& one : *nearest) found += one.row != index::NearestRow::kNone;
    });
  });
  row(fmt::format("{} pictures: join", picture_count), join_ms,
      fmt::format("{} listed; {:.0f} ms on the clock with 2 threads", found, wall_ms));
}

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  size_t rows = 1'000'000, pictures = 100'000;
  std::string json;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--rows") == 0) rows = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--pictures") == 0) pictures = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--json") == 0) json = argv[i + 1];
  }
  likeness::bench::Table table({"what", "processor ms", "note"});
  likeness::bench::Run(rows, pictures, table);
  table.WriteJson(json);
}
