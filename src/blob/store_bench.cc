// Durable appends: one thread that syncs each record, and threads that share syncs. Argument: the folder to write in.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "blob/test_payload.h"
#include "blob/volume_store.h"

int main(int argc, char** argv) {
  using namespace likeness;
  using Clock = std::chrono::steady_clock;
  std::filesystem::path folder = argc > 1 ? argv[1] : "store_bench.data";
  const Bytes payload = blob::Payload(1, 200'000);
  for (size_t threads : {1, 2, 4, 8, 16}) {
    std::filesystem::remove_all(folder);
    auto store = blob::VolumeStore::Open({.folder = folder});
    if (!store.has_value()) return 1;
    constexpr uint64_t kRecords = 600;
    std::atomic<uint64_t> next{1};
    std::atomic<bool> failed{false};
    auto start = Clock::now();
    std::vector<std::thread> workers;
    for (size_t t = 0; t < threads; ++t)
      workers.emplace_back([&] {
        for (uint64_t id = next++; id <= kRecords; id = next++)
          if (!(*store)->Append({.id = id, .kind = 1}, payload).has_value() || !(*store)->Sync().has_value())
            failed = true;
      });
    for (std::thread& worker : workers) worker.join();
    double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (failed) return 1;
    fmt::print("append+sync of 200 KB, {:2} threads: {:6.0f} a second, {:5.0f} MB/s\n", threads, kRecords / seconds,
               kRecords * 0.2 / seconds);
    start = Clock::now();
    std::vector<blob::Damage> damage;
    (void)(*store)->Scan(
        true, [](const blob::ScannedRecord&) {}, &damage);
    seconds = std::chrono::duration<double>(Clock::now() - start).count();
    fmt::print("  verifying scan: {:5.0f} MB/s, damage {}\n", kRecords * 0.2 / seconds, damage.size());
  }
  std::filesystem::remove_all(folder);
}
