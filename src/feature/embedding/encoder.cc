#include "feature/embedding/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "feature/embedding/image_network.h"
#include "feature/embedding/projection.h"
#include "feature/embedding/tokenizer.h"

namespace likeness::feature {

struct ImageEncoder::Impl {
  ImageRunner runner;
  EmbeddingOutput joint, looks;  // joint.output is empty when the model has none
};

ImageEncoder::ImageEncoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ImageEncoder::~ImageEncoder() = default;
size_t ImageEncoder::joint_dimension() const {
  return impl_->joint.dimension;
}
size_t ImageEncoder::looks_dimension() const {
  return impl_->looks.dimension;
}
size_t ImageEncoder::batch_max() const {
  return impl_->runner.batch_max();
}

Result<std::unique_ptr<ImageEncoder>> ImageEncoder::Open(std::shared_ptr<const ModelRuntime> runtime,
                                                         const ModelSpec& spec) {
  if (!spec.embedding)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: the manifest names no embedding", spec.name));
  auto impl = std::make_unique<Impl>();
  impl->looks = spec.looks ? *spec.looks : *spec.embedding;
  if (spec.text) impl->joint = *spec.embedding;
  std::vector<std::string> outputs = {impl->looks.output}, inner;
  if (spec.text) outputs.push_back(impl->joint.output);
  for (const EmbeddingOutput* output : {&impl->looks, &impl->joint})
    if (output->inner && std::ranges::find(inner, output->output) == inner.end()) inner.push_back(output->output);
  LK_ASSIGN(impl->runner, ImageRunner::Open(std::move(runtime), spec, outputs, inner));
  for (const EmbeddingOutput* output : {&impl->looks, &impl->joint}) {
    if (output->output.empty()) continue;
    LK_ASSIGN(std::vector<int64_t> shape, impl->runner.ShapeOf(output->output));
    LK_TRY(CheckDimension(spec.name, output->output, shape, output->dimension));
  }
  return std::unique_ptr<ImageEncoder>(new ImageEncoder(std::move(impl)));
}

Result<std::vector<ImageEmbedding>> ImageEncoder::Encode(std::span<const image::Bitmap> pictures) const {
  std::vector<ImageEmbedding> out;
  const auto take = [&](std::span<const float> values, const EmbeddingOutput& spec) -> Result<Embedding> {
    Embedding embedding(values.begin(), values.end());
    if (embedding.size() != spec.dimension)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: output \"{}\" gave {} numbers, the manifest says {}", impl_->runner.name(),
                              spec.output, embedding.size(), spec.dimension));
    if (!Normalise(embedding))
      return Fail(ErrorCode::kInternal, fmt::format("{} gave no vector for a picture", impl_->runner.name()));
    return embedding;
  };
  for (size_t at = 0; at < pictures.size(); at += batch_max()) {
    auto part = pictures.subspan(at, std::min(batch_max(), pictures.size() - at));
    LK_ASSIGN(ImageRunner::Batch batch, impl_->runner.Run(part));
    for (size_t i = 0; i < part.size(); ++i) {
      ImageEmbedding embedding;
      LK_ASSIGN(embedding.looks, take(batch.Of(0, i), impl_->looks));
      if (!impl_->joint.output.empty()) {
        LK_ASSIGN(embedding.joint, take(batch.Of(1, i), impl_->joint));
      }
      out.push_back(std::move(embedding));
    }
  }
  return out;
}

struct TextEncoder::Impl {
  std::string name;
  TextNetwork spec;
  std::unique_ptr<Network> network;
  std::unique_ptr<Tokenizer> tokenizer;
  std::optional<Projection> projection;
  size_t network_dimension = 0;  // numbers a vector out of the network
  bool takes_mask = false;

  Result<Embedding> EncodeOne(std::string_view text) const;
};

namespace {

// Which tokens are words and which are padding; some exports of CLIP ask for it.
constexpr const char* kMask = "attention_mask";

}  // namespace

TextEncoder::TextEncoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TextEncoder::~TextEncoder() = default;
size_t TextEncoder::dimension() const {
  return impl_->spec.embedding.dimension;
}

namespace {

Result<std::unique_ptr<Tokenizer>> OpenTokenizer(const ModelSpec& spec) {
  const TextNetwork& text = *spec.text;
  const std::filesystem::path vocabulary = spec.folder / text.vocabulary;
  switch (text.tokenizer) {
    case TokenizerKind::kClipBpe:
      return OpenClipBpe(vocabulary, {.context_length = text.context_length, .padding = text.padding});
    case TokenizerKind::kWordPiece:
      return OpenWordPiece(vocabulary, text.context_length);
    default:
      return OpenWordList(vocabulary, text.context_length);
  }
}

// One vector out of a vector a token.
std::vector<float> MeanOfTokens(std::span<const float> values, size_t tokens) {
  std::vector<float> out(values.size() / tokens, 0.0f);
  for (size_t i = 0; i < values.size(); ++i) out[i % out.size()] += values[i];
  for (float& value : out) value /= static_cast<float>(tokens);
  return out;
}

}  // namespace

Result<std::unique_ptr<TextEncoder>> TextEncoder::Open(std::shared_ptr<const ModelRuntime> runtime,
                                                       const ModelSpec& spec) {
  auto impl = std::make_unique<Impl>();
  impl->name = spec.name;
  impl->spec = *spec.text;
  const TextNetwork& text = impl->spec;
  LK_ASSIGN(impl->tokenizer, OpenTokenizer(spec));
  size_t dimension = text.embedding.dimension;
  if (!text.projection.empty()) {
    LK_ASSIGN(impl->projection, Projection::Open(spec.folder / text.projection, dimension));
    dimension = impl->projection->columns();
  }
  Network::Options options{.data_files = spec.data_files, .expose = {}};
  if (text.embedding.inner) options.expose.push_back(text.embedding.output);
  LK_ASSIGN(impl->network, Network::Open(std::move(runtime), spec.folder / text.file, options));
  impl->takes_mask = impl->network->FindInput(kMask) != nullptr;
  const TensorInfo *input = impl->network->FindInput(text.input),
                   *output = impl->network->FindOutput(text.embedding.output);
  if (input == nullptr || output == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: {} has no {} \"{}\"", spec.name, text.file, input ? "output" : "input",
                            input ? text.embedding.output : text.input));
  if (input->shape.size() != 2 || (input->type != ElementType::kInt64 && input->type != ElementType::kInt32))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: input \"{}\" is {}, not rows of whole numbers", spec.name,
                                                         text.input, ShapeText(input->shape)));
  // Without the batch, and without the tokens whose mean is taken.
  const size_t passed_over = std::min<size_t>(output->shape.size(), text.mean ? 2 : 1);
  std::vector<int64_t> shape(output->shape.begin() + static_cast<ptrdiff_t>(passed_over), output->shape.end());
  LK_TRY(CheckDimension(spec.name, text.embedding.output, shape, dimension));
  impl->network_dimension = dimension;
  return std::unique_ptr<TextEncoder>(new TextEncoder(std::move(impl)));
}

Result<Embedding> TextEncoder::Impl::EncodeOne(std::string_view text) const {
  LK_ASSIGN(std::vector<int64_t> tokens, tokenizer->Tokenize(text));
  const std::vector<int64_t> shape = {1, static_cast<int64_t>(tokens.size())};
  // Everything before the padding. The end of CLIP's text may be the same number as its padding.
  size_t words = tokens.size();
  if (spec.tokenizer == TokenizerKind::kClipBpe)
    while (words > 1 && tokens[words - 1] == spec.padding && (spec.padding == 0 || tokens[words - 2] == spec.padding))
      --words;
  std::vector<int64_t> mask(tokens.size(), 0);
  std::fill_n(mask.begin(), words, 1);
  std::vector<NetworkInput> inputs = {{spec.input, shape, std::span<const int64_t>(tokens)}};
  if (takes_mask) inputs.push_back({kMask, shape, std::span<const int64_t>(mask)});
  LK_ASSIGN(std::vector<NetworkOutput> outputs, network->Run(inputs, {&spec.embedding.output, 1}));
  std::vector<float>& values = outputs[0].values;
  const size_t expected = network_dimension * (spec.mean ? tokens.size() : 1);
  if (values.size() != expected)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: output \"{}\" gave {} numbers for {} tokens, not {}", name, spec.embedding.output,
                            values.size(), tokens.size(), expected));
  if (spec.mean) values = MeanOfTokens(std::span(values).first(network_dimension * words), words);
  if (projection) values = projection->Apply(values);
  return std::move(values);
}

Result<Embedding> TextEncoder::Encode(std::string_view text) const {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Fail(ErrorCode::kInvalidArgument, "there are no words to look for");
  Embedding sum(dimension(), 0.0f);
  for (const std::string& pattern : impl_->spec.templates) {
    std::string sentence = pattern;
    if (size_t at = sentence.find("{}"); at != std::string::npos) sentence.replace(at, 2, text);
    LK_ASSIGN(Embedding embedding, impl_->EncodeOne(sentence));
    if (!Normalise(embedding)) continue;
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += embedding[i];
  }
  if (!Normalise(sum))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} knows none of these words", impl_->name),
                "say it in other words; `likeness models list` names models that know more");
  return sum;
}

}  // namespace likeness::feature
