// Scenes and objects.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "feature/embedding/encoder.h"
#include "feature/embedding/image_network.h"

namespace likeness::feature {
namespace {

constexpr size_t kVoters = 10;

// "/h/hotel/outdoor 175" to "hotel (outdoor)", "/a/airport_terminal 2" to "airport terminal".
std::string CategoryName(std::string line) {
  if (size_t blank = line.rfind(' '); line.starts_with('/') && blank != std::string::npos) line.resize(blank);
  if (line.size() > 3 && line[0] == '/' && line[2] == '/') line.erase(0, 3);
  std::ranges::replace(line, '_', ' ');
  if (size_t slash = line.find('/'); slash != std::string::npos)
    line = line.substr(0, slash) + " (" + line.substr(slash + 1) + ")";
  return line;
}

void Softmax(std::vector<float>* values) {
  const float top = std::ranges::max(*values);
  float sum = 0;
  for (float& value : *values) sum += value = std::exp(value - top);
  for (float& value : *values) value /= sum;
}

}  // namespace

struct SceneTagger::Impl {
  ImageRunner runner;
  SceneOutput spec;
  std::vector<std::string> labels;
  std::vector<bool> outdoor;  // by category; empty: unknown

  Scene Read(std::span<const float> values, size_t count) const {
    std::vector<float> probabilities(values.begin(), values.end());
    if (spec.logits) Softmax(&probabilities);
    std::vector<size_t> order(probabilities.size());
    std::iota(order.begin(), order.end(), 0);
    const size_t ranked = std::min(std::max(count, kVoters), order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(ranked), order.end(),
                      [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
    Scene scene;
    for (size_t i = 0; i < std::min(count, ranked); ++i) scene.best.push_back({order[i], probabilities[order[i]]});
    if (!outdoor.empty()) {
      float all = 0, out = 0;
      for (size_t i = 0; i < std::min(kVoters, ranked); ++i) {
        all += probabilities[order[i]];
        if (outdoor[order[i]]) out += probabilities[order[i]];
      }
      scene.outdoor = all > 0 ? out / all : -1;
    }
    return scene;
  }
};

SceneTagger::SceneTagger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SceneTagger::~SceneTagger() = default;
const std::vector<std::string>& SceneTagger::labels() const {
  return impl_->labels;
}
size_t SceneTagger::batch_max() const {
  return impl_->runner.batch_max();
}

Result<std::unique_ptr<SceneTagger>> SceneTagger::Open(std::shared_ptr<const ModelRuntime> runtime,
                                                       const ModelSpec& spec) {
  auto impl = std::make_unique<Impl>();
  impl->spec = *spec.scenes;
  LK_ASSIGN(std::vector<std::string> lines, ReadLines(spec.folder / impl->spec.labels));
  for (std::string& line : lines) impl->labels.push_back(CategoryName(std::move(line)));
  if (!impl->spec.indoor.empty()) {
    LK_ASSIGN(std::vector<std::string> kinds, ReadLines(spec.folder / impl->spec.indoor));
    for (const std::string& line : kinds) impl->outdoor.push_back(line.ends_with('2'));
    if (kinds.size() != lines.size())
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: {} has {} lines and {} has {}", spec.name, impl->spec.labels, lines.size(),
                              impl->spec.indoor, kinds.size()));
  }
  LK_ASSIGN(impl->runner, ImageRunner::Open(std::move(runtime), spec, {impl->spec.output}, {}));
  LK_ASSIGN(std::vector<int64_t> shape, impl->runner.ShapeOf(impl->spec.output));
  LK_TRY(CheckDimension(spec.name, impl->spec.output, shape, impl->labels.size()));
  return std::unique_ptr<SceneTagger>(new SceneTagger(std::move(impl)));
}

Result<std::vector<Scene>> SceneTagger::Tag(std::span<const image::Bitmap> pictures, size_t count) const {
  std::vector<Scene> out;
  for (size_t at = 0; at < pictures.size(); at += batch_max()) {
    auto part = pictures.subspan(at, std::min(batch_max(), pictures.size() - at));
    LK_ASSIGN(ImageRunner::Batch batch, impl_->runner.Run(part));
    for (size_t i = 0; i < part.size(); ++i) {
      std::span<const float> values = batch.Of(0, i);
      if (values.size() != impl_->labels.size())
        return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {} scores for {} categories", impl_->runner.name(),
                                                             values.size(), impl_->labels.size()));
      out.push_back(impl_->Read(values, count));
    }
  }
  return out;
}

struct ObjectDetector::Impl {
  ImageRunner runner;
  ObjectOutput spec;
  std::vector<std::string> labels;
  // Of each row of the output: the corner of its cell in the input, and its stride.
  struct Cell {
    float x, y, stride;
  };
  std::vector<Cell> cells;

  std::vector<FoundObject> Read(std::span<const float> rows, const Placement& placement, float confidence_min) const;
};

namespace {

float Overlap(const FoundObject& a, const FoundObject& b) {
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const float common = width * height;
  return common / (a.width * a.height + b.width * b.height - common);
}

}  // namespace

std::vector<FoundObject> ObjectDetector::Impl::Read(std::span<const float> rows, const Placement& placement,
                                                    float confidence_min) const {
  const size_t width = labels.size() + 5;
  std::vector<FoundObject> found;
  for (size_t i = 0; i < cells.size(); ++i) {
    const float* row = &rows[i * width];
    if (!(row[4] >= confidence_min)) continue;  // also when it is no number
    const float* scores = row + 5;
    const size_t kind = static_cast<size_t>(std::max_element(scores, scores + labels.size()) - scores);
    const float confidence = row[4] * scores[kind];
    if (!(confidence >= confidence_min)) continue;
    const Cell& cell = cells[i];
    const float w = std::exp(row[2]) * cell.stride, h = std::exp(row[3]) * cell.stride;
    const float x = row[0] * cell.stride + cell.x - w / 2, y = row[1] * cell.stride + cell.y - h / 2;
    const auto scale_x = static_cast<float>(placement.scale_x), scale_y = static_cast<float>(placement.scale_y);
    found.push_back({kind, confidence, x / scale_x, y / scale_y, w / scale_x, h / scale_y});
  }
  std::ranges::sort(found, [](const FoundObject& a, const FoundObject& b) { return a.confidence > b.confidence; });
  std::vector<FoundObject> kept;
  for (const FoundObject& object : found) {
    const bool hidden = std::ranges::any_of(kept, [&](const FoundObject& other) {
      return other.kind == object.kind && Overlap(other, object) > spec.overlap_max;
    });
    if (!hidden) kept.push_back(object);
  }
  return kept;
}

ObjectDetector::ObjectDetector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ObjectDetector::~ObjectDetector() = default;
const std::vector<std::string>& ObjectDetector::labels() const {
  return impl_->labels;
}

Result<std::unique_ptr<ObjectDetector>> ObjectDetector::Open(std::shared_ptr<const ModelRuntime> runtime,
                                                             const ModelSpec& spec) {
  auto impl = std::make_unique<Impl>();
  impl->spec = *spec.objects;
  LK_ASSIGN(impl->labels, ReadLines(spec.folder / impl->spec.labels));
  for (int stride : impl->spec.strides) {
    const int columns = spec.image.pixels.width / stride, rows = spec.image.pixels.height / stride;
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x)
        impl->cells.push_back(
            {static_cast<float>(x * stride), static_cast<float>(y * stride), static_cast<float>(stride)});
    }
  }
  LK_ASSIGN(impl->runner, ImageRunner::Open(std::move(runtime), spec, {impl->spec.output}, {}));
  LK_ASSIGN(std::vector<int64_t> shape, impl->runner.ShapeOf(impl->spec.output));
  LK_TRY(CheckDimension(spec.name, impl->spec.output, shape, impl->cells.size() * (impl->labels.size() + 5)));
  return std::unique_ptr<ObjectDetector>(new ObjectDetector(std::move(impl)));
}

Result<std::vector<std::vector<FoundObject>>> ObjectDetector::Detect(std::span<const image::Bitmap> pictures,
                                                                     float confidence_min) const {
  std::vector<std::vector<FoundObject>> out;
  const size_t batch_max = impl_->runner.batch_max();
  for (size_t at = 0; at < pictures.size(); at += batch_max) {
    auto part = pictures.subspan(at, std::min(batch_max, pictures.size() - at));
    LK_ASSIGN(ImageRunner::Batch batch, impl_->runner.Run(part));
    for (size_t i = 0; i < part.size(); ++i) {
      std::span<const float> rows = batch.Of(0, i);
      if (rows.size() != impl_->cells.size() * (impl_->labels.size() + 5))
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("{}: {} numbers a picture, {} were expected", impl_->runner.name(), rows.size(),
                                impl_->cells.size() * (impl_->labels.size() + 5)));
      out.push_back(impl_->Read(rows, batch.placements[i], confidence_min));
    }
  }
  return out;
}

}  // namespace likeness::feature
