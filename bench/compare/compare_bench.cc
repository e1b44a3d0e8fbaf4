// Pixel differences of pairs of 2, 8 and 18 megapixels: ours against odiff, pixelmatch, Resemble.js and ImageMagick, in
// one run. Pairs are a photo and the same with a logo and a changed line, and a photo and its JPEG; as PNG and JPEG.
//
//   compare_bench [--json FILE] [--large] [--rivals DIR]     DIR: where bench/setup put the rivals from npm
//
// With decoding: one process a pair for the command-line tools, ours both as `likeness compare` and as one request of a
// long-lived process. Without: decoded pixels in memory, ours on one thread and on all.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/threads.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "engine/picture_difference.h"
#include "image/colour.h"
#include "image/resize.h"
#include "sandbox/pool.h"

extern char** environ;

namespace likeness {
namespace {

namespace fs = std::filesystem;

double NowMs() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename Body>
double MedianMs(int rounds, Body body) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const double start = NowMs();
    body();
    times.push_back(NowMs() - start);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// Its standard output; every exit status is an answer, since most tools say "different" by one.
std::string RunTool(const std::vector<std::string>& words) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string out;
  char buffer[4096];
  for (ssize_t got; failed == 0 && (got = read(ends[0], buffer, sizeof buffer)) > 0;) out.append(buffer, size_t(got));
  close(ends[0]);
  if (failed == 0) waitpid(pid, nullptr, 0);
  return failed == 0 ? out : std::string();
}

struct Pair {
  std::string name;
  fs::path a, b;
  double megapixels = 0;
};

void Write(const fs::path& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
}

image::Bitmap WithLogo(image::Bitmap bitmap) {
  const int side = bitmap.width / 12;
  for (int y = bitmap.height / 2; y < bitmap.height / 2 + side; ++y)
    for (int x = bitmap.width / 3; x < bitmap.width / 3 + side; ++x)
      if ((x / 9 + y / 9) % 2 == 0) std::fill_n(bitmap.row(y) + size_t(x) * size_t(bitmap.channels), 3, uint8_t{250});
  return bitmap;
}

std::vector<Pair> MakePairs(const fs::path& photo, const fs::path& folder) {
  std::vector<Pair> pairs;
  Result<Bytes> file = ReadFile(photo, 1u << 28);
  if (!file) return pairs;
  Result<codec::Decoded> decoded = codec::Decode(*file, {});
  if (!decoded) return pairs;
  const image::Bitmap whole = image::ToRgb(decoded->bitmap);
  struct Size {
    int width, height;
  };
  for (const Size size : {Size{1720, 1160}, Size{3460, 2310}, Size{5184, 3456}}) {
    const image::Bitmap a = image::ResizeBilinear(whole, size.width, size.height), b = WithLogo(a);
    const double megapixels = size.width * double(size.height) / 1e6;
    const std::string stem = fmt::format("{:.0f}mp", megapixels);
    Write(folder / (stem + "-a.png"), *codec::EncodePng(a));
    Write(folder / (stem + "-b.png"), *codec::EncodePng(b));
    Write(folder / (stem + "-a.jpg"), *codec::EncodeJpeg(a, 92));
    Write(folder / (stem + "-b.jpg"), *codec::EncodeJpeg(b, 60));
    pairs.push_back({stem + " PNG, logo", folder / (stem + "-a.png"), folder / (stem + "-b.png"), megapixels});
    pairs.push_back({stem + " JPEG, 92 and 60", folder / (stem + "-a.jpg"), folder / (stem + "-b.jpg"), megapixels});
  }
  return pairs;
}

struct Row {
  std::string pair, way;
  double ms = 0;
  std::string different;
};

void Print(const std::vector<Row>& rows, const std::string& title, const std::string& base) {
  std::printf("\n%s\n\n| pair | way | ms | times %s | different |\n|---|---|---|---|---|\n", title.c_str(), base.c_str());
  for (const Row& row : rows) {
    const auto of_base =
        std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.pair == row.pair && r.way == base; });
    std::printf("| %s | %s | %.1f | %.2f | %s |\n", row.pair.c_str(), row.way.c_str(), row.ms,
                of_base == rows.end() ? 0 : of_base->ms / row.ms, row.different.c_str());
  }
}

// The tools' own words about how many pixels differ, shortened.
std::string Count(const std::string& output) {
  const size_t begin = output.find_last_of('\n', output.empty() ? 0 : output.size() - 2);
  std::string line = output.substr(begin == std::string::npos ? 0 : begin + 1);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  return line.substr(0, 40);
}

void WithDecoding(const Pair& pair, const fs::path& rivals, const engine::Analyzer& analyzer, int rounds,
                  std::vector<Row>& rows) {
  const std::string a = pair.a.string(), b = pair.b.string(), program = "build/release/apps/likeness";
  const auto tool = [&](const char* way, std::vector<std::string> words) {
    std::string out;
    const double ms = MedianMs(rounds, [&] { out = RunTool(words); });
    if (!out.empty()) rows.push_back({pair.name, way, ms, Count(out)});
  };
  tool("odiff", {(rivals / "node_modules/@odiff/linux-x64/odiff").string(), a, b, "--parsable-stdout"});
  tool("likeness compare", {program, "compare", "--pixels-only", "--regions", "0", "--like", "odiff", "-q", a, b});
  for (const char* preset : {"odiff", "pixelmatch"}) {
    engine::DifferenceRequest request;
    request.rules = compare::FindPreset(preset)->rules;
    request.regions_max = 0;
    std::string count;
    const double ms = MedianMs(rounds, [&] {
      Result<Bytes> bytes_a = ReadFile(pair.a, 1u << 28), bytes_b = ReadFile(pair.b, 1u << 28);
      auto found = engine::CompareFiles(analyzer, *bytes_a, *bytes_b, request);
      count = found ? fmt::format("{}", found->difference.different) : found.error().Text();
    });
    rows.push_back({pair.name, fmt::format("likeness, one request, as {}", preset), ms, count});
  }
  const std::string script = (fs::path("bench/compare") / "rivals.mjs").string();
  for (const char* rival : {"pixelmatch", "resemble"})
    tool(rival, {"node", script, rivals.string(), rival, a, b});
  tool("ImageMagick", {"compare", "-metric", "AE", "-fuzz", "10%", a, b, "null:"});
}

void WithoutDecoding(const Pair& pair, const fs::path& rivals, const fs::path& folder, int rounds,
                     std::vector<Row>& rows) {
  const auto load = [](const fs::path& path) {
    return image::ToRgba(codec::Decode(*ReadFile(path, 1u << 28), {})->bitmap);
  };
  const image::Bitmap a = load(pair.a), b = load(pair.b);
  const size_t threads = std::max(1u, std::thread::hardware_concurrency());
  const compare::Spread all = [threads](size_t count, const auto& body) { ParallelFor(count, threads, nullptr, body); };
  volatile uint8_t sink = 0;
  std::vector<uint8_t> copy(a.pixels.size());
  const double copying = MedianMs(rounds, [&] {
    std::memcpy(copy.data(), a.pixels.data(), copy.size());
    sink = copy[copy.size() / 2];
  });
  rows.push_back({pair.name, "memcpy of one picture", copying, ""});
  const double equal = MedianMs(rounds, [&] { compare::ComputeDifference(compare::ViewOf(a), compare::ViewOf(a), {}); });
  rows.push_back({pair.name, "likeness, equal pictures, 1 thread", equal, "0"});
  for (const char* preset : {"nothing", "odiff", "pixelmatch-5", "pixelmatch", "resemble", "antialiasing"}) {
    const compare::DifferenceRules rules = compare::FindPreset(preset)->rules;
    uint64_t different = 0;
    for (const auto& [words, spread] :
         {std::pair{"1 thread", compare::Spread(compare::SpreadNot)}, std::pair{"all threads", all}}) {
      const double ms = MedianMs(rounds, [&] {
        different = compare::ComputeDifference(compare::ViewOf(a), compare::ViewOf(b), rules, {}, spread).different;
      });
      rows.push_back({pair.name, fmt::format("likeness as {}, {}", preset, words), ms, fmt::format("{}", different)});
    }
  }
  // The rivals in Node get the same pixels as raw files and time themselves.
  Write(folder / "a.rgba", a.pixels);
  Write(folder / "b.rgba", b.pixels);
  for (const char* rival : {"pixelmatch", "pixelmatch-aa-counted", "resemble"}) {
    const std::string out =
        RunTool({"node", "bench/compare/rivals.mjs", rivals.string(), rival, (folder / "a.rgba").string(),
                 (folder / "b.rgba").string(), std::to_string(a.width), std::to_string(a.height), std::to_string(rounds)});
    double ms = 0;
    unsigned long long different = 0;
    if (std::sscanf(out.c_str(), "%lf %llu", &ms, &different) == 2)
      rows.push_back({pair.name, rival, ms, std::to_string(different)});
  }
}

}  // namespace
}  // namespace likeness

int main(int argc, char** argv) {
  using namespace likeness;
  int exit_status = 0;
  if (sandbox::RunWorkerIfAsked(argc, argv, &exit_status)) return exit_status;
  std::string json_path;
  fs::path rivals = "build/rivals";
  int rounds = 5;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--json" && i + 1 < argc) json_path = argv[++i];
    if (word == "--rivals" && i + 1 < argc) rivals = argv[++i];
    if (word == "--large") rounds = 15;
  }
  const char* shared = std::getenv("LIKENESS_SHARED");
  const fs::path folder = fs::temp_directory_path() / fmt::format("compare-bench-{}", getpid());
  fs::create_directories(folder);
  const std::vector<Pair> pairs =
      MakePairs(fs::path(shared ? shared : "") / "photos/highres/unsp-daniel-olah-nplteczg-uu.jpg", folder);
  if (pairs.empty()) {
    std::puts("skipped: the development photos are not here (LIKENESS_SHARED)");
    fs::remove_all(folder);
    return 0;
  }
  auto analyzer = engine::Analyzer::Open({});
  if (!analyzer) {
    std::puts(analyzer.error().Text().c_str());
    return 1;
  }
  std::vector<Row> with, without;
  for (const Pair& pair : pairs) WithDecoding(pair, rivals, **analyzer, rounds, with);
  for (const Pair& pair : pairs) WithoutDecoding(pair, rivals, folder, rounds, without);
  Print(with, "From files to a count, decoding and process included", "odiff");
  Print(without, "From pixels in memory to a count", "pixelmatch");
  if (!json_path.empty()) {
    std::ofstream out(json_path);
    out << "[";
    bool first = true;
    for (const auto* rows : {&with, &without})
      for (const Row& row : *rows) {
        out << (first ? "" : ",")
            << fmt::format("{{\"pair\":\"{}\",\"way\":\"{}\",\"decoded\":{},\"ms\":{:.3f}}}", row.pair, row.way,
                           rows == &with, row.ms);
        first = false;
      }
    out << "]\n";
  }
  fs::remove_all(folder);
  return 0;
}
