// All pairs: the search for duplicates over a whole library, and again after some pictures were added.
//   pairs_bench [--large] [--photos FOLDER] [--max PICTURES] [--json FILE]
// 10 k pictures, with --large also 100 k. The folder is $LIKENESS_SHARED/photos/main if not given: its photos and nine
// edits of every second one are in the library; the rest is multiplied (multiplied.h), with hashes of its own. Features
// are in memory; a library on disk reads 46 KB a picture more.
#include <cstdlib>
#include <map>
#include <memory>

#include "bench_util.h"
#include "engine/pair_finder.h"
#include "multiplied.h"

namespace likeness::bench {
namespace {

class Library {
 public:
  explicit Library(const std::string& folder) : photos_(LoadPhotos(folder)), multiplier_(photos_) {
    const auto edits = Edits();
    std::vector<std::pair<size_t, int>> plan;  // photo, edit or -1
    for (size_t i = 0; i < photos_.size(); ++i) {
      plan.push_back({i, -1});
      for (size_t e = 0; i % 2 == 1 && e < edits.size(); ++e) plan.push_back({i, int(e)});
    }
    real_.resize(plan.size());
    origin_.resize(plan.size());
    ParallelFor(plan.size(), 2, nullptr, [&](size_t i) {
      const auto [photo, edit] = plan[i];
      std::mt19937_64 random(i);
      origin_[i] = photo;
      real_[i] = std::make_shared<compare::QueryFeatures>(
          Analysed(edit < 0 ? photos_[photo].bitmap : edits[size_t(edit)].apply(photos_[photo].bitmap, random)));
    });
  }

  void Grow(size_t count) {
    const size_t have = items_.size();
    items_.resize(count);
    ParallelFor(count - have, 2, nullptr, [&](size_t i) {
      items_[have + i] = Item(have + i);
      indexes_.Add(ImageId{have + i + 1}, items_[have + i]->features);
    });
    indexes_.local.AwaitMerges();
  }

  // Pairs found, of which copies of one photo.
  std::pair<size_t, size_t> Search(size_t first) {
    engine::PairSearch search;
    search.indexes = &indexes_;
    for (size_t i = first; i < items_.size(); ++i) search.ids.push_back(ImageId{i + 1});
    search.load = [&](ImageId id) -> Result<engine::SharedQuery> { return items_[id.value - 1]; };
    search.threads = 2;
    const auto pairs = engine::FindPairs(search, CancelFlag(), nullptr);
    size_t right = 0;
    for (const engine::FoundPair& pair : *pairs) right += Origin(pair.query) == Origin(pair.match);
    return {pairs->size(), right};
  }

  size_t real() const { return real_.size(); }

 private:
  size_t Origin(ImageId id) const { return id.value <= real_.size() ? origin_[id.value - 1] : id.value; }

  engine::SharedQuery Item(size_t i) const {
    if (i < real_.size()) return real_[i];
    std::mt19937_64 random(i);
    auto query = std::make_shared<compare::QueryFeatures>(*real_[random() % real_.size()]);
    Multiplier::Picture picture = multiplier_.Make(i);
    query->features.local = std::move(picture.features);
    query->features.width = picture.width;
    query->features.height = picture.height;
    query->local_mirrored = feature::MirrorLocal(query->features.local, {int(picture.width), int(picture.height)});
    for (feature::Hash256& hash : query->phash_variants)
      for (uint64_t& word : hash.words) word = random();
    query->features.phash = query->phash_variants[0];
    for (uint64_t& word : query->features.pdq.hash.words) word = random();
    query->features.pixel_hash[0] = uint8_t(i);
    query->features.pixel_hash[1] = uint8_t(i >> 8);
    query->features.pixel_hash[2] = uint8_t(i >> 16);
    return query;
  }

  std::vector<Photo> photos_;
  Multiplier multiplier_;
  std::vector<engine::SharedQuery> real_;
  std::vector<size_t> origin_;
  std::vector<engine::SharedQuery> items_;
  engine::IndexSet indexes_;
};

}  // namespace
}  // namespace likeness::bench

int main(int argc, char** argv) {
  using namespace likeness::bench;
  size_t count_max = 10'000;
  std::string folder, json;
  if (const char* shared = std::getenv("LIKENESS_SHARED"); shared != nullptr && *shared != '\0')
    folder = std::string(shared) + "/photos/main";
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--large") == 0) count_max = 100'000;
    if (i + 1 == argc) break;
    if (std::strcmp(argv[i], "--photos") == 0) folder = argv[i + 1];
    if (std::strcmp(argv[i], "--max") == 0) count_max = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--json") == 0) json = argv[i + 1];
  }
  if (!std::filesystem::is_directory(folder)) {
    fmt::print("pairs: no photos; give --photos FOLDER or set LIKENESS_SHARED\n");
    return 0;
  }
  Library library(folder);
  Table table({"size", "what", "seconds", "ms_a_picture", "pairs", "of_one_photo"});
  for (size_t count : {10'000, 100'000}) {
    if (count > count_max) break;
    library.Grow(count);
    auto row = [&](const std::string& what, size_t first) {
      std::pair<size_t, size_t> found;
      const double ms = Milliseconds([&] { found = library.Search(first); });
      table.Row({fmt::format("{}", count), what, fmt::format("{:.1f}", ms / 1000),
                 fmt::format("{:.2f}", ms / double(count - first)), fmt::format("{}", found.first),
                 fmt::format("{}", found.second)});
    };
    row(fmt::format("all pairs, {} pictures real", library.real()), 0);
    row("the last thousand", count - 1000);
  }
  table.WriteJson(json);
}
