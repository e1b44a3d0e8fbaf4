// The local-feature index on real photos among many: candidates for edited copies, time, memory; Faiss' binary indexes
// on the same descriptors in one process.
//   local_bench [--large] [--photos FOLDER] [--max PICTURES] [--rivals-max PICTURES] [--queries N] [--json FILE]
// 10 k and 100 k pictures, with --large also 1 M. The folder is $LIKENESS_SHARED/photos/main if not given.
//
// The folder's photos are stored, and queries are made of every second one of them (the other half trained the codes).
// Other pictures are multiplied from them: each point's descriptor is one of the photos' mixed with another in the space
// of cell ranks (0.9 and 0.44, so that variances stay), its bits are compared anew, its place, size and angle are those
// of other points. The first lines printed compare how many near descriptors of other pictures a descriptor has among
// the real ones and among as many multiplied ones.
#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHNSW.h>
#include <faiss/IndexBinaryIVF.h>
#include <omp.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>

#include "base/files.h"
#include "base/threads.h"
#include "bench_util.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "feature/extract.h"
#include "image/resize.h"
#include "index/local.h"

namespace likeness::bench {
namespace {

using feature::Descriptor;
using feature::LocalFeatures;
using image::Bitmap;

constexpr size_t kCandidates = 16;  // what an import compares
constexpr uint64_t kMultipliedFrom = 1'000'000;

struct Photo {
  std::string name;
  Bitmap bitmap;
  LocalFeatures features;
};

std::vector<Photo> LoadPhotos(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Photo> photos(paths.size());
  ParallelFor(paths.size(), 2, nullptr, [&](size_t i) {
    auto bytes = ReadFile(paths[i], 64u << 20);
    if (!bytes.has_value()) return;
    auto decoded = codec::Decode(*bytes, {});
    if (!decoded.has_value()) return;
    photos[i] = {paths[i].filename().string(), std::move(decoded->bitmap), {}};
    photos[i].features = feature::ComputeLocal(photos[i].bitmap, {photos[i].bitmap.width, photos[i].bitmap.height});
  });
  std::erase_if(photos, [](const Photo& photo) { return photo.bitmap.empty(); });
  return photos;
}

Bitmap Jpeg(const Bitmap& bitmap, int quality) {
  auto bytes = codec::EncodeJpeg(bitmap, quality);
  auto decoded = codec::Decode(*bytes, {});
  return std::move(decoded->bitmap);
}

Bitmap Crop(const Bitmap& in, double share, std::mt19937_64& random) {
  const double side = std::sqrt(share);
  Bitmap out(std::max(16, int(in.width * side)), std::max(16, int(in.height * side)), in.channels);
  const int x = int(random() % uint64_t(in.width - out.width + 1)), y = int(random() % uint64_t(in.height - out.height + 1));
  for (int row = 0; row < out.height; ++row)
    std::memcpy(out.row(row), in.row(y + row) + x * in.channels, out.row_bytes());
  return out;
}

Bitmap Scale(const Bitmap& in, double scale) {
  const int width = int(in.width * scale), height = int(in.height * scale);
  return scale < 1 ? image::ResizeArea(in, width, height) : image::ResizeBilinear(in, width, height);
}

Bitmap Mirror(const Bitmap& in) {
  Bitmap out = in;
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x)
      std::memcpy(out.row(y) + x * in.channels, in.row(y) + (in.width - 1 - x) * in.channels, size_t(in.channels));
  return out;
}

struct Edit {
  const char* name;
  std::function<Bitmap(const Bitmap&, std::mt19937_64&)> apply;
};

std::vector<Edit> Edits() {
  return {{"jpeg-30", [](const Bitmap& in, auto&) { return Jpeg(in, 30); }},
          {"resize-50", [](const Bitmap& in, auto&) { return Jpeg(Scale(in, 0.5), 80); }},
          {"resize-25", [](const Bitmap& in, auto&) { return Jpeg(Scale(in, 0.25), 80); }},
          {"crop-50", [](const Bitmap& in, auto& random) { return Jpeg(Crop(in, 0.5, random), 75); }},
          {"crop-30", [](const Bitmap& in, auto& random) { return Jpeg(Crop(in, 0.3, random), 75); }},
          {"crop-20", [](const Bitmap& in, auto& random) { return Jpeg(Crop(in, 0.2, random), 75); }},
          {"crop-10", [](const Bitmap& in, auto& random) { return Jpeg(Crop(in, 0.1, random), 75); }},
          {"mirror+crop-30", [](const Bitmap& in, auto& random) { return Jpeg(Mirror(Crop(in, 0.3, random)), 60); }},
          {"crop-50+resize-50+jpeg-40",
           [](const Bitmap& in, auto& random) { return Jpeg(Scale(Crop(in, 0.5, random), 0.5), 40); }}};
}

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

// Pictures that are not there, with the photos' statistics.
class Multiplier {
 public:
  explicit Multiplier(const std::vector<Photo>& photos) : photos_(photos) {
    for (const Photo& photo : photos)
      for (size_t i = 0; i < photo.features.keypoints.size(); ++i) {
        points_.push_back(photo.features.keypoints[i]);
        ranks_.push_back(Ranks(photo.features.descriptors[i]));
      }
  }

  struct Picture {
    LocalFeatures features;
    uint32_t width, height;
  };
  Picture Make(uint64_t number) const {
    std::mt19937_64 random(number * 7919 + 1);
    const Photo& like = photos_[random() % photos_.size()];
    Picture picture{{}, uint32_t(like.bitmap.width), uint32_t(like.bitmap.height)};
    for (size_t i = 0; i < like.features.keypoints.size(); ++i) {
      feature::Keypoint point = points_[random() % points_.size()];
      point.x = float(random() % picture.width);
      point.y = float(random() % picture.height);
      point.angle_degrees = float(random() % 3600) / 10;
      picture.features.keypoints.push_back(point);
      const auto &a = ranks_[random() % ranks_.size()], &b = ranks_[random() % ranks_.size()];
      picture.features.descriptors.push_back(Mixed(a, b));
    }
    return picture;
  }

 private:
  using RankVector = std::array<int8_t, 87>;

  // visit(a, b, bit): cell numbers over all grids and channels, and the bit that compares them.
  template <typename Visit>
  static void ForEachBit(Visit visit) {
    int bit = 0, base = 0;
    for (int side = 2; side <= 4; ++side)
      for (int channel = 0; channel < 3; ++channel, base += side * side)
        for (int a = 0; a < side * side; ++a)
          for (int b = a + 1; b < side * side; ++b, ++bit) visit(base + a, base + b, bit);
  }
  static RankVector Ranks(const Descriptor& descriptor) {
    RankVector ranks{};
    ForEachBit([&](int a, int b, int bit) {
      int sign = descriptor.words[size_t(bit / 64)] >> (bit % 64) & 1 ? 1 : -1;
      ranks[size_t(a)] = int8_t(ranks[size_t(a)] + sign);
      ranks[size_t(b)] = int8_t(ranks[size_t(b)] - sign);
    });
    return ranks;
  }
  static Descriptor Mixed(const RankVector& first, const RankVector& second) {
    std::array<int, 87> values;
    for (size_t i = 0; i < values.size(); ++i) values[i] = 90 * first[i] + 44 * second[i];
    Descriptor out;
    ForEachBit([&](int a, int b, int bit) {
      out.words[size_t(bit / 64)] |= uint64_t{values[size_t(a)] > values[size_t(b)]} << (bit % 64);
    });
    return out;
  }

  const std::vector<Photo>& photos_;
  std::vector<feature::Keypoint> points_;
  std::vector<RankVector> ranks_;
};

// Mean number of descriptors of other pictures within `bits`, for descriptors of the photos.
void CompareDensity(const std::vector<Photo>& photos, const Multiplier& multiplier) {
  std::vector<std::pair<size_t, Descriptor>> real, made;
  for (size_t i = 0; i < photos.size(); ++i) {
    for (const Descriptor& descriptor : photos[i].features.descriptors) real.push_back({i, descriptor});
    for (const Descriptor& descriptor : multiplier.Make(kMultipliedFrom + i).features.descriptors)
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
  std::vector<double> ms;
  std::vector<int> found, of;
};

Measured Measure(const std::vector<Query>& queries, size_t edits, const Search& search) {
  Measured measured{{}, std::vector<int>(edits), std::vector<int>(edits)};
  for (const Query& query : queries) {
    std::vector<uint64_t> ids;
    measured.ms.push_back(Milliseconds([&] { ids = search(query); }));
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
    for (size_t count : {10'000, 100'000, 1'000'000}) {
      if (count > options_.count_max) break;
      const double built_ms = Milliseconds([&] {
        ParallelFor(count - have, 2, nullptr, [&](size_t i) { Store(have + i); });
        ours_.AwaitMerges();
      });
      const std::string rate = fmt::format("{:.0f}", double(count - have) / built_ms * 1000);
      have = count;
      const double bytes = double(ours_.memory_bytes()) / double(count);
      for (size_t threads : {1, 2})
        Report(count, fmt::format("LocalIndex, {} thread{}", threads, threads == 1 ? "" : "s"), bytes, rate,
               Measure(queries_, edits_, [&](const Query& query) {
                 std::vector<uint64_t> ids;
                 for (const auto& hit : ours_.Search(query.features, &query.mirrored, uint32_t(query.size.width),
                                                     uint32_t(query.size.height), kCandidates, threads))
                   ids.push_back(hit.id.value);
                 return ids;
               }));
      if (count <= options_.rivals_max) Rivals(count);
    }
    table_.WriteJson(options_.json);
  }

  void PrintDensity() const { CompareDensity(photos_, multiplier_); }

 private:
  std::vector<std::string> Columns() {
    std::vector<std::string> columns{"size", "what", "median_ms", "p95_ms", "bytes", "built_per_second", "recall"};
    for (const Edit& edit : Edits()) columns.push_back(edit.name);
    edits_ = Edits().size();
    return columns;
  }

  Multiplier::Picture PictureOf(size_t i) const {
    if (i >= photos_.size()) return multiplier_.Make(kMultipliedFrom + i);
    return {photos_[i].features, uint32_t(photos_[i].bitmap.width), uint32_t(photos_[i].bitmap.height)};
  }
  void Store(size_t i) {
    const Multiplier::Picture picture = PictureOf(i);
    ours_.Add(ImageId{i + 1}, picture.features, picture.width, picture.height);
  }

  void Report(size_t count, const std::string& what, double bytes, const std::string& rate, const Measured& measured) {
    std::vector<std::string> cells{fmt::format("{}", count), what, fmt::format("{:.2f}", Percentile(measured.ms, 0.5)),
                                   fmt::format("{:.2f}", Percentile(measured.ms, 0.95)), fmt::format("{:.0f}", bytes), rate};
    int found = 0, of = 0;
    for (size_t i = 0; i < edits_; ++i) found += measured.found[i], of += measured.of[i];
    cells.push_back(fmt::format("{:.3f}", double(found) / of));
    for (size_t i = 0; i < edits_; ++i) cells.push_back(fmt::format("{:.2f}", double(measured.found[i]) / measured.of[i]));
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
    std::vector<Query> few;  // the exact scan takes seconds a query
    for (size_t i = 0; i < queries_.size(); i += 4) few.push_back(queries_[i]);
    auto run = [&](const std::string& what, auto& index, double bytes, double built_ms, const std::vector<Query>& queries) {
      Report(count, what, bytes / double(count), fmt::format("{:.0f}", double(count) / built_ms * 1000),
             Measure(queries, edits_, [&](const Query& query) { return VoteNearest(index, owners, query); }));
    };
    {
      faiss::IndexBinaryFlat flat(kBits);
      const double ms = Milliseconds([&] { flat.add(int64_t(owners.size()), rows.data()); });
      run("Faiss IndexBinaryFlat (exact; every 4th query)", flat, double(rows.size()), ms, few);
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
      run("Faiss IndexBinaryIVF, nprobe 8", ivf, double(rows.size()) + 8.0 * double(owners.size()), ms, queries_);
    }
    {
      faiss::IndexBinaryHNSW hnsw(kBits, 16);
      hnsw.hnsw.efConstruction = 40;
      hnsw.hnsw.efSearch = 32;
      const double ms = Milliseconds([&] { hnsw.add(int64_t(owners.size()), rows.data()); });
      run("Faiss IndexBinaryHNSW, M 16", hnsw, double(rows.size()) + 4.0 * 33 * double(owners.size()), ms, queries_);
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
  }
  if (!std::filesystem::is_directory(options.folder)) {
    fmt::print("local: no photos; give --photos FOLDER or set LIKENESS_SHARED\n");
    return 0;
  }
  omp_set_num_threads(1);
  likeness::bench::Bench bench(options);
  bench.PrintDensity();
  bench.Run();
}
