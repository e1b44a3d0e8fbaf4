// Alignment of photos: features from decoded pixels, comparison, refinement, laying over, difference.
//
//   align_bench A B [A B ...]    pairs of files; one line each, and the regions that differ
//   align_bench                  every pair of each group of the shared near-duplicates
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/files.h"
#include "base/threads.h"
#include "codec/decode.h"
#include "compare/align.h"
#include "compare/regions.h"
#include "feature/extract.h"
#include "image/colour.h"

namespace likeness {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kFileBytesMax = 1ull << 30;
constexpr size_t kRegionsShown = 5;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Photo {
  std::string name;
  image::Bitmap pixels;
  feature::Extracted extracted;
  double feature_ms = 0;
};

Photo Load(const fs::path& path) {
  Photo photo{.name = path.filename().string(), .pixels = {}, .extracted = {}};
  const Bytes bytes = ReadFile(path, kFileBytesMax).value();
  const image::Bitmap decoded = std::move(codec::Decode(bytes, {}).value().bitmap);
  const Clock::time_point start = Clock::now();
  photo.extracted = feature::ExtractFeatures(decoded);
  photo.feature_ms = MsSince(start);
  photo.pixels = image::ToRgba(decoded);
  return photo;
}

void ComparePair(const Photo& a, const Photo& b) {
  const compare::Spread spread = [](size_t count, const std::function<void(size_t)>& body) {
    ParallelFor(count, std::thread::hardware_concurrency(), nullptr, body);
  };
  Clock::time_point start = Clock::now();
  const feature::Features& features = a.extracted.features;
  const compare::QueryFeatures query{features, a.extracted.phash_variants,
                                     feature::MirrorLocal(features.local, {a.pixels.width, a.pixels.height})};
  const compare::PairSignals signals = compare::Compare(query, b.extracted.features);
  const double compare_ms = MsSince(start);
  start = Clock::now();
  const compare::PixelView view_a = compare::ViewOf(a.pixels), view_b = compare::ViewOf(b.pixels);
  const auto alignment = compare::AlignBySignals(view_a, view_b, signals);
  const double refine_ms = MsSince(start);
  fmt::print("| {} | {} | {:.0f} | {:.1f} | {:.0f} |", a.name, b.name, a.feature_ms + b.feature_ms, compare_ms,
             refine_ms);
  if (!alignment) {
    fmt::print(" | not aligned | | | | | |\n");
    return;
  }
  start = Clock::now();
  const compare::LaidOver laid = compare::LayOver(view_a, view_b, *alignment, spread);
  const double lay_ms = MsSince(start);
  start = Clock::now();
  const compare::DifferenceRules rules{.metric = compare::Metric::kYiq, .threshold = 0.15};
  const compare::Difference difference =
      compare::ComputeDifference(compare::ViewOf(laid.a), compare::ViewOf(laid.b), rules, laid.outside, spread);
  const double difference_ms = MsSince(start);
  size_t found = 0;
  const auto regions =
      compare::FindRegions(compare::ViewOf(laid.a), compare::ViewOf(laid.b), difference, kRegionsShown, &found);
  const compare::Placement place = compare::Place(view_a.size, view_b.size, alignment->b_from_a);
  fmt::print(" {:.0f} | {:.0f} | {:.3f} | {:.2f} | {:.3f} | {:.2f} | {:.3f} | {} |\n", lay_ms, difference_ms,
             alignment->correlation, alignment->agreeing, place.scale, place.rotation_degrees,
             100.0 * double(difference.different) / double(std::max<uint64_t>(1, laid.overlap)), found);
}

int Run(int argc, char** argv) {
  fmt::print(
      "| a | b | features ms | compare ms | refine ms | lay over ms | difference ms | correlation | agreeing | scale | "
      "turn | differs % | regions |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (int i = 1; i + 1 < argc; i += 2) ComparePair(Load(argv[i]), Load(argv[i + 1]));
  if (argc > 1) return 0;
  const char* shared = std::getenv("LIKENESS_SHARED");
  const fs::path groups = fs::path(shared == nullptr ? "../shared" : shared) / "photos/neardup";
  if (!fs::is_directory(groups)) {
    fmt::print("no shared photo collection\n");
    return 0;
  }
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(groups))
    if (entry.is_directory()) folders.push_back(entry.path());
  std::ranges::sort(folders);
  for (const fs::path& folder : folders) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::ranges::sort(files);
    const Photo first = Load(files[0]);
    for (size_t i = 1; i < files.size(); ++i) ComparePair(first, Load(files[i]));
  }
  return 0;
}

}  // namespace
}  // namespace likeness

int main(int argc, char** argv) {
  return likeness::Run(argc, argv);
}
