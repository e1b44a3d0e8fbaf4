// Durable insertions one by one and in batches, and the answers the gallery asks for at 100,000 images. Argument: the
// file to write.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "catalog/catalog.h"

namespace {

using namespace likeness;
using namespace likeness::catalog;
using Clock = std::chrono::steady_clock;

ImageRow Image(uint64_t id) {
  ImageRow row;
  row.id.value = id;
  row.name = fmt::format("DSC_{:06}.JPG", id);
  row.source_path = fmt::format("/photos/2020/holiday/{}", row.name);
  row.format = "jpeg";
  row.width = 4000;
  row.height = 3000;
  row.size_bytes = 4'000'000;
  row.sort_at_ms = row.imported_at_ms = static_cast<int64_t>(id * 7919 % 1'000'003);
  row.sha256 = ComputeSha256(AsBytes(row.name));
  row.metadata_json = std::string(600, 'm');
  row.placeholder = Bytes(25, 1);
  for (uint64_t t = 0; t < 5; ++t) row.tags.push_back(fmt::format("tag {}", id * (t + 3) % (10 << 2 * t)));
  for (uint16_t kind = 1; kind <= 4; ++kind) row.blobs.push_back({static_cast<BlobKind>(kind), 1, id * 100, 100});
  return row;
}

double MedianMs(const std::function<bool()>& body) {
  std::vector<double> times;
  for (int i = 0; i < 7; ++i) {
    auto start = Clock::now();
    if (!body()) fmt::print("failed\n");
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  std::filesystem::path path = argc > 1 ? argv[1] : "catalog_bench.sqlite";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
  auto catalog = Catalog::Open({.path = path});
  if (!catalog.has_value()) return 1;
  uint64_t id = 0;
  auto insert = [&](size_t batch, size_t count) {
    auto start = Clock::now();
    for (size_t done = 0; done < count; done += batch) {
      std::vector<ImageRow> rows;
      for (size_t i = 0; i < batch; ++i) rows.push_back(Image(++id));
      if (!(*catalog)->InsertImages(rows).has_value()) fmt::print("failed\n");
    }
    double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    fmt::print("durable insertions, batches of {:4}: {:6.0f} a second\n", batch, static_cast<double>(count) / seconds);
  };
  insert(1, 500);
  insert(16, 4000);
  insert(1000, 100'000 - id);
  fmt::print("images: {}\n", (*catalog)->CountAll()->images);
  fmt::print("ListLayout:          {:7.2f} ms\n", MedianMs([&] { return (*catalog)->ListLayout().has_value(); }));
  fmt::print("ListImages(100):     {:7.2f} ms\n", MedianMs([&] { return (*catalog)->ListImages({}).has_value(); }));
  fmt::print("ListImages, a tag:   {:7.2f} ms\n",
             MedianMs([&] { return (*catalog)->ListImages({.after = {}, .tag = "tag 3"}).has_value(); }));
  fmt::print("CountTags(100):      {:7.2f} ms\n", MedianMs([&] { return (*catalog)->CountTags(100).has_value(); }));
  fmt::print("CountAll:            {:7.2f} ms\n", MedianMs([&] { return (*catalog)->CountAll().has_value(); }));
  fmt::print("GetImage:            {:7.4f} ms\n",
             MedianMs([&] { return (*catalog)->GetImage(ImageId{777}).has_value(); }));
  catalog->reset();
  fmt::print("Open:                {:7.2f} ms\n", MedianMs([&] { return Catalog::Open({.path = path}).has_value(); }));
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
}
