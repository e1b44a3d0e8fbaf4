// Pictures and texts embedded a second with networks of CLIP ViT-B/16's exact shape and made-up weights, through the
// manifest, the store and the encoders, pictures decoded from JPEG files; beside a plain loop over one prepared tensor.
//
// Seconds are of the processor, summed over threads.
//
//   models_bench [--threads N] [--runs N] [--json FILE] [float|half|int8 ...]
//
// Photos: $LIKENESS_SHARED/photos/main; the vocabulary: $LIKENESS_SHARED/models/clip-bpe-tokenizer.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <numeric>

#include "base/files.h"
#include "codec/decode.h"
#include "engine/model_set.h"
#include "feature/embedding/test_clip.h"
#include "models/plain_runtime.h"

namespace likeness {
namespace {

namespace fs = std::filesystem;
using feature::Precision;
// Of the processor, all threads: what is asked for is pictures a second and core, on machines that do other work too.
double Since(double start) {
  return CpuSeconds() - start;
}

[[noreturn]] void Stop(const Error& error) {
  fmt::print(stderr, "{}\n", error.Text());
  std::exit(1);
}
template <typename T>
T Must(Result<T> result) {
  if (!result) Stop(result.error());
  return std::move(*result);
}
void Must(const Status& status) {
  if (!status) Stop(status.error());
}

// "VmRSS" or "VmHWM", in megabytes.
double MemoryMb(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stod(line.substr(name.size() + 1)) / 1024;
  return 0;
}

struct Settings {
  int threads = 1, runs = 40;
  std::string json;
  std::vector<std::string> precisions;
};

constexpr const char* kManifest = R"({"manifest": 1, "name": "clip", "title": "made up", "role": "image_text",
  "licence": "none", "files": [{"path": "image.onnx"}, {"path": "text.onnx"},
  {"path": "bpe_simple_vocab_16e6.txt.gz", "mirror": "clip-bpe-tokenizer/bpe_simple_vocab_16e6.txt.gz"}],
  "image": {"file": "image.onnx", "input": "pixel_values", "mean": [0.48145466, 0.4578275, 0.40821073],
            "deviation": [0.26862954, 0.26130258, 0.27577711]},
  "embedding": {"output": "image_embeds", "dimension": 512},
  "text": {"file": "text.onnx", "input": "input_ids", "tokenizer": "clip_bpe", "vocabulary":
           "bpe_simple_vocab_16e6.txt.gz", "output": "text_embeds", "dimension": 512}})";

constexpr size_t kBatch = 4;

struct Row {
  double load_s = 0, images_s = 0, batches_s = 0, plain_s = 0, texts_s = 0, rss_mb = 0, peak_mb = 0;
  std::vector<float> image, text;
};

std::vector<fs::path> Photos(const fs::path& shared, size_t count) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(shared / "photos/main")) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  out.resize(std::min(out.size(), count));
  return out;
}

image::Bitmap DecodeFor(const fs::path& path, uint32_t side) {
  Bytes bytes = Must(ReadFile(path, 64u << 20));
  codec::DecodeOptions options;
  options.side_min = side;
  options.want_metadata = false;
  return std::move(Must(codec::Decode(bytes, options)).bitmap);
}

// Memory is of the encoders alone: the plain loop comes last.
Row Measure(const fs::path& folder, const fs::path& shared, Precision precision, const Settings& settings) {
  const feature::ClipShape shape;
  Row row;
  engine::ModelStore store(folder / "models");
  auto runtime = Must(feature::ModelRuntime::Open({.threads = static_cast<size_t>(settings.threads)}));
  auto start = CpuSeconds();
  auto set = engine::ModelSet::Open(store, runtime, {});
  for (const auto& fault : set->faults()) Stop(fault.error);
  row.load_s = Since(start);

  const std::vector<fs::path> paths = Photos(shared, static_cast<size_t>(settings.runs));
  std::vector<image::Bitmap> pictures = {DecodeFor(paths[0], 448)};
  row.image = Must(set->image_text()->Encode(pictures))[0].joint;
  row.text = Must(set->text()->Encode("a dog on the beach"));
  for (size_t batch : {size_t{1}, kBatch}) {
    start = CpuSeconds();
    for (size_t i = 0; i < paths.size(); i += batch) {
      pictures.clear();
      for (size_t k = i; k < std::min(paths.size(), i + batch); ++k) pictures.push_back(DecodeFor(paths[k], 448));
      Must(set->image_text()->Encode(pictures));
    }
    (batch == 1 ? row.images_s : row.batches_s) = static_cast<double>(paths.size()) / Since(start);
  }
  start = CpuSeconds();
  for (int i = 0; i < settings.runs; ++i) Must(set->text()->Encode("a dog on the beach at sunset"));
  row.texts_s = settings.runs / Since(start);
  row.rss_mb = MemoryMb("VmRSS");
  row.peak_mb = MemoryMb("VmHWM");

  std::vector<float> pixels(3 * 224 * 224);
  FillImageInput(pictures[0], Must(store.GetSpec("clip")).image.pixels, pixels);
  set.reset();
  runtime.reset();
  row.plain_s = settings.runs / TimePlainLoop((folder / "models/clip/image.onnx").string(), pixels, shape.side,
                                              precision == Precision::kHalf, settings.threads, settings.runs);
  return row;
}

void Write(const fs::path& folder, const fs::path& shared, Precision precision) {
  const feature::ClipShape shape;
  fs::create_directories(folder / "clip");
  Must(WriteFileAtomically(folder / "clip/image.onnx", MakeClipImageNetwork(shape, precision, 1)));
  Must(WriteFileAtomically(folder / "clip/text.onnx", MakeClipTextNetwork(shape, precision, 2)));
  fs::create_directories(folder / "clip-bpe-tokenizer");
  fs::copy_file(shared / "models/clip-bpe-tokenizer/bpe_simple_vocab_16e6.txt.gz",
                folder / "clip-bpe-tokenizer/bpe_simple_vocab_16e6.txt.gz", fs::copy_options::overwrite_existing);
  Must(WriteFileAtomically(folder / "clip.json", AsBytes(kManifest)));
  Must(engine::ModelStore(folder / "models")
           .Pull({.model = folder / "clip.json", .from = folder, .sha256 = {}}, {}, {}));
}

double Cosine(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// In a process of its own, so that memory is this precision's alone.
Row MeasureApart(const fs::path& folder, const fs::path& shared, Precision precision, const Settings& settings) {
  const fs::path result = folder / "row";
  const pid_t child = fork();
  if (child == 0) {
    Row row = Measure(folder, shared, precision, settings);
    ByteWriter writer;
    for (double value : {row.load_s, row.images_s, row.batches_s, row.plain_s, row.texts_s, row.rss_mb, row.peak_mb})
      writer.Put(value);
    for (const auto* vector : {&row.image, &row.text})
      for (float value : *vector) writer.Put(value);
    _exit(WriteFileAtomically(result, writer.view()) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) std::exit(1);
  Bytes bytes = Must(ReadFile(result, 1u << 20));
  ByteReader reader(bytes);
  Row row;
  for (double* value :
       {&row.load_s, &row.images_s, &row.batches_s, &row.plain_s, &row.texts_s, &row.rss_mb, &row.peak_mb})
    *value = reader.Get<double>();
  for (auto* vector : {&row.image, &row.text})
    for (int i = 0; i < 512; ++i) vector->push_back(reader.Get<float>());
  return row;
}

int Main(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--threads")
      settings.threads = std::stoi(argv[++i]);
    else if (word == "--runs")
      settings.runs = std::stoi(argv[++i]);
    else if (word == "--json")
      settings.json = argv[++i];
    else
      settings.precisions.push_back(word);
  }
  if (settings.precisions.empty()) settings.precisions = {"float", "half", "int8"};
  const char* set = std::getenv("LIKENESS_SHARED");
  const fs::path shared = set ? set : "";
  if (!fs::exists(shared / "photos/main") || !fs::exists(shared / "models/clip-bpe-tokenizer")) {
    fmt::print("no shared photos and vocabulary ($LIKENESS_SHARED)\n");
    return 0;
  }
  std::string name = (fs::temp_directory_path() / "likeness-models-bench-XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  fmt::print("{} thread(s), {} pictures\n\n", settings.threads, settings.runs);
  fmt::print(
      "| weights | file MB | open s | pictures/s and core, decode included | by {} at once | plain loop | ratio | "
      "texts/s "
      "and core | memory MB | peak MB | cosine to float: picture, text "
      "|\n|---|---|---|---|---|---|---|---|---|---|---|\n",
      kBatch);
  std::string json = "[";
  Row exact;
  for (const std::string& precision : settings.precisions) {
    const Precision kind = precision == "half"   ? Precision::kHalf
                           : precision == "int8" ? Precision::kInt8
                                                 : Precision::kFloat;
    Write(folder, shared, kind);
    const double file_mb =
        static_cast<double>(fs::file_size(folder / "clip/image.onnx") + fs::file_size(folder / "clip/text.onnx")) / 1e6;
    Row row = MeasureApart(folder, shared, kind, settings);
    if (exact.image.empty()) exact = row;
    fmt::print(
        "| {} | {:.0f} | {:.1f} | {:.2f} | {:.2f} | {:.2f} | {:.2f}, {:.2f} | {:.1f} | {:.0f} | {:.0f} | {:.4f}, "
        "{:.4f} |\n",
        precision, file_mb, row.load_s, row.images_s, row.batches_s, row.plain_s, row.images_s / row.plain_s,
        row.batches_s / row.plain_s, row.texts_s, row.rss_mb, row.peak_mb, Cosine(exact.image, row.image),
        Cosine(exact.text, row.text));
    std::fflush(stdout);
    json += fmt::format(
        R"({}{{"weights": "{}", "pictures_s": {}, "batches_s": {}, "plain_s": {}, "texts_s": {}, "memory_mb": {}}})",
        json.size() > 1 ? ", " : "", precision, row.images_s, row.batches_s, row.plain_s, row.texts_s, row.rss_mb);
  }
  if (!settings.json.empty()) Must(WriteFileAtomically(settings.json, AsBytes(json + "]\n")));
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace likeness

int main(int argc, char** argv) {
  return likeness::Main(argc, argv);
}
