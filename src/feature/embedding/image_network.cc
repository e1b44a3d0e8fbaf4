#include "feature/embedding/image_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/files.h"
#include "base/text.h"

namespace likeness::feature {

constexpr uint64_t kLabelBytesMax = 4u << 20;

Result<ImageRunner> ImageRunner::Open(std::shared_ptr<const ModelRuntime> runtime, const ModelSpec& spec,
                                      std::vector<std::string> outputs, const std::vector<std::string>& inner) {
  ImageRunner runner;
  runner.spec_ = spec.image;
  runner.name_ = spec.name;
  runner.outputs_ = std::move(outputs);
  runner.batch_max_ = std::max<size_t>(1, spec.image.batch_max);
  Network::Options options{.data_files = spec.data_files, .expose = inner};
  LK_ASSIGN(runner.network_, Network::Open(std::move(runtime), spec.folder / spec.image.file, options));
  const TensorInfo* input = runner.network_->FindInput(spec.image.input);
  if (input == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: {} has no input \"{}\"", spec.name, spec.image.file, spec.image.input));
  const int64_t wanted[] = {-1, 3, spec.image.pixels.height, spec.image.pixels.width};
  bool fits = input->shape.size() == 4 && (input->type == ElementType::kFloat || input->type == ElementType::kHalf);
  for (size_t i = 1; fits && i < 4; ++i) fits = input->shape[i] < 0 || input->shape[i] == wanted[i];
  if (!fits)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: input \"{}\" is {}, the manifest says {} of floats", spec.name, input->name,
                            ShapeText(input->shape), ShapeText(wanted)));
  if (input->shape[0] > 0) runner.batch_max_ = static_cast<size_t>(input->shape[0]);
  if (runner.batch_max_ != 1 && input->shape[0] > 0)
    return Fail(ErrorCode::kUnsupported,
                fmt::format("{}: the network takes exactly {} pictures at once", spec.name, input->shape[0]));
  for (const std::string& output : runner.outputs_) LK_TRY(runner.ShapeOf(output));
  return runner;
}

Result<std::vector<int64_t>> ImageRunner::ShapeOf(const std::string& output) const {
  const TensorInfo* info = network_->FindOutput(output);
  if (info == nullptr)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {} has no output \"{}\"", name_, spec_.file, output));
  if (info->type != ElementType::kFloat && info->type != ElementType::kHalf)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: output \"{}\" is not of floats", name_, output));
  std::vector<int64_t> shape = info->shape;
  if (!shape.empty()) shape.erase(shape.begin());
  return shape;
}

Result<ImageRunner::Batch> ImageRunner::Run(std::span<const image::Bitmap> pictures) const {
  const ImageInput& pixels = spec_.pixels;
  const size_t size = 3 * static_cast<size_t>(pixels.width) * static_cast<size_t>(pixels.height);
  std::vector<float> values(size * pictures.size());
  Batch batch;
  for (size_t i = 0; i < pictures.size(); ++i)
    batch.placements.push_back(FillImageInput(pictures[i], pixels, std::span(values).subspan(i * size, size)));
  const NetworkInput input{spec_.input,
                           {static_cast<int64_t>(pictures.size()), 3, pixels.height, pixels.width},
                           std::span<const float>(values)};
  LK_ASSIGN(batch.outputs, network_->Run({&input, 1}, outputs_));
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (batch.outputs[i].values.size() % pictures.size() != 0 || batch.outputs[i].values.empty())
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: output \"{}\" is {} for {} pictures", name_, outputs_[i],
                              ShapeText(batch.outputs[i].shape), pictures.size()));
  }
  return batch;
}

bool Normalise(std::span<float> values) {
  double sum = 0;
  for (float value : values) sum += static_cast<double>(value) * value;
  if (!std::isfinite(sum) || sum < 1e-12) return false;
  const auto inverse = static_cast<float>(1 / std::sqrt(sum));
  for (float& value : values) value *= inverse;
  return true;
}

Result<std::vector<std::string>> ReadLines(const std::filesystem::path& path) {
  LK_ASSIGN(Bytes bytes, ReadFile(path, kLabelBytesMax));
  std::vector<std::string> out;
  std::string_view text = AsText(bytes);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out.push_back(CleanText(text.substr(at, end - at), 400));
    at = end + 1;
  }
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

Status CheckDimension(const std::string& model, const std::string& output, const std::vector<int64_t>& shape,
                      size_t dimension) {
  int64_t count = 1;
  bool free = shape.empty();
  for (int64_t side : shape) {
    free |= side < 0;
    count *= side;
  }
  if (free || count == static_cast<int64_t>(dimension)) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: output \"{}\" is {} a picture, the manifest says {}", model,
                                                       output, ShapeText(shape), dimension));
}

}  // namespace likeness::feature
