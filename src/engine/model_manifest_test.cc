#include "engine/model_manifest.h"

#include <gtest/gtest.h>

#include <set>

#include "base/files.h"
#include "feature/embedding/test_models.h"

namespace likeness::engine {
namespace {

const char kSmall[] = R"({"manifest": 1, "name": "m", "title": "T", "role": "scenes", "licence": "L",
  "files": [{"path": "n.onnx"}, {"path": "l.txt", "url": "https://example.org/l.txt", "mirror": "other/l.txt"}],
  "image": {"file": "n.onnx", "input": "x"}, "scenes": {"output": "y", "labels": "l.txt"}})";

std::string With(std::string_view from, std::string_view to) {
  std::string text = kSmall;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ModelManifest, IsReadWithTheDefaultsOfClip) {
  auto manifest = ParseModelManifest(kSmall);
  ASSERT_TRUE(manifest) << manifest.error().Text();
  EXPECT_EQ(manifest->spec.role, feature::ModelRole::kScenes);
  EXPECT_EQ(manifest->files[0].mirror, "m/n.onnx");
  EXPECT_EQ(manifest->files[1].mirror, "other/l.txt");
  const feature::ImageInput& pixels = manifest->spec.image.pixels;
  EXPECT_EQ(pixels.width, 224);
  EXPECT_EQ(pixels.resize_side, 224);
  EXPECT_EQ(pixels.filter, feature::ImageInput::Filter::kBicubic);
  EXPECT_FLOAT_EQ(pixels.scale, 1.0f / 255);
}

TEST(ModelManifest, RefusesWhatIsWrongByItsPlace) {
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"\"manifest\": 1", "\"manifest\": 2", "/manifest"},
      {"\"name\": \"m\"", "\"name\": \"../m\"", "/name"},
      {"\"name\": \"m\"", "\"name\": \".m\"", "/name"},
      {"\"name\": \"m\"", "\"name\": \"M\"", "/name"},
      {"\"title\": \"T\"", "\"title\": 7", "/title"},
      {"\"scenes\", \"licence\"", "\"magic\", \"licence\"", "/role"},
      {"\"scenes\", \"licence\"", "\"image\", \"licence\"", "/embedding"},
      {"\"scenes\", \"licence\"", "\"image_text\", \"licence\"", "/embedding"},
      {"\"licence\": \"L\"", "\"licence\": \"L\", \"custom_ops\": \"evil.so\"", "/custom_ops"},
      {"{\"path\": \"n.onnx\"}", "{\"path\": \"../n.onnx\"}", "/files/0/path"},
      {"{\"path\": \"n.onnx\"}", "{\"path\": \"model.json\"}", "/files/0/path"},
      {"{\"path\": \"n.onnx\"}", "{\"path\": \"l.txt\"}", "/files/1/path"},
      {"{\"path\": \"n.onnx\"}", "{\"path\": \"n.onnx\", \"sha256\": \"12\"}", "/files/0/sha256"},
      {"{\"path\": \"n.onnx\"}", "{\"path\": \"n.onnx\", \"size_bytes\": -1}", "/files/0/size_bytes"},
      {"{\"path\": \"n.onnx\"}", "7", "/files/0"},
      {"https://example", "http://example", "/files/1/url"},
      {"https://example", "file:///etc", "/files/1/url"},
      {"\"other/l.txt\"", "\"../l.txt\"", "/files/1/mirror"},
      {"\"file\": \"n.onnx\"", "\"file\": \"x.onnx\"", "/image/file"},
      {"\"input\": \"x\"", "\"input\": \"x\", \"width\": 1", "/image/width"},
      {"\"input\": \"x\"", "\"input\": \"x\", \"width\": 1e9", "/image/width"},
      {"\"input\": \"x\"", "\"input\": \"x\", \"filter\": \"lanczos\"", "/image/filter"},
      {"\"input\": \"x\"", "\"input\": \"x\", \"mean\": [1, 2]", "/image/mean"},
      {"\"input\": \"x\"", "\"input\": \"x\", \"deviation\": [1, 0, 1]", "/image/deviation"},
      {"\"labels\": \"l.txt\"", "\"labels\": \"absent.txt\"", "/scenes/labels"},
      {"\"scenes\": {", "\"scene\": {", "/scenes"},
  };
  for (auto [from, to, place] : rows) {
    auto manifest = ParseModelManifest(With(from, to));
    ASSERT_FALSE(manifest) << to;
    EXPECT_EQ(manifest.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(manifest.error().message.starts_with(std::string(place) + ":")) << manifest.error().message;
  }
  for (const std::string& text : {std::string(), std::string("[]"), std::string("{"), std::string(100'000, '[')})
    EXPECT_FALSE(ParseModelManifest(text));
  EXPECT_EQ(ParseModelManifest(std::string(kManifestBytesMax + 1, ' ')).error().code, ErrorCode::kLimitExceeded);
}

TEST(ModelManifest, VersionOneOpensForEver) {
  auto bytes = ReadFile(LIKENESS_SOURCE_DIR "/tests/format_data/model-v1.json", 1 << 20);
  ASSERT_TRUE(bytes);
  auto manifest = ParseModelManifest(AsText(*bytes));
  ASSERT_TRUE(manifest) << manifest.error().Text();
  const feature::ModelSpec& spec = manifest->spec;
  EXPECT_EQ(manifest->files[0].mirror, "other/i.onnx");
  EXPECT_EQ(spec.data_files, std::vector<std::string>{"i.data"});
  const feature::ImageInput& pixels = spec.image.pixels;
  EXPECT_EQ(pixels.width, 256);
  EXPECT_EQ(pixels.height, 240);
  EXPECT_EQ(pixels.resize_side, 300);
  EXPECT_EQ(pixels.fit, feature::ImageInput::Fit::kLetterbox);
  EXPECT_EQ(pixels.filter, feature::ImageInput::Filter::kLinear);
  EXPECT_TRUE(pixels.bgr);
  EXPECT_EQ(pixels.mean[2], 3.5f);
  EXPECT_EQ(pixels.deviation[0], 4);
  EXPECT_EQ(pixels.fill, 0);
  EXPECT_EQ(spec.image.batch_max, 2u);
  EXPECT_TRUE(spec.embedding->inner);
  EXPECT_EQ(spec.looks->dimension, 128u);
  EXPECT_EQ(spec.text->tokenizer, feature::TokenizerKind::kWordPiece);
  EXPECT_EQ(spec.text->context_length, 128u);
  EXPECT_EQ(spec.text->padding, 3);
  EXPECT_TRUE(spec.text->mean);
  EXPECT_EQ(spec.text->projection, "p.safetensors");
  EXPECT_EQ(spec.text->templates.size(), 2u);
}

TEST(ModelManifest, OnesThatComeWithTheProgramAreSound) {
  std::set<std::string> names;
  for (const ModelManifest& manifest : BuiltInManifests()) {
    EXPECT_TRUE(names.insert(manifest.name).second) << manifest.name;
    for (const ModelFile& file : manifest.files)
      EXPECT_TRUE(file.url.empty() || file.url.starts_with("https://")) << file.url;
  }
  for (const char* name :
       {"clip-vit-b-16", "clip-vit-b-32", "clip-multilingual", "mobileclip-s0", "vgg19-fc1", "places365-resnet18",
        "places365-resnet50", "text-image-conse", "text-image-conse-scenes", "squeezenet-places365", "yolox-nano-coco"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(ModelManifest, IsCompletedWithChecksums) {
  auto manifest = ParseModelManifest(kSmall);
  ASSERT_TRUE(manifest);
  for (ModelFile& file : manifest->files) {
    file.sha256 = std::string(64, 'a');
    file.size_bytes = 12;
  }
  auto again = ParseModelManifest(CompletedManifest(*manifest, manifest->files));
  ASSERT_TRUE(again) << again.error().Text();
  EXPECT_EQ(again->files[1].sha256, std::string(64, 'a'));
  EXPECT_EQ(again->files[0].size_bytes, 12u);
  EXPECT_EQ(CompletedManifest(*again, again->files), again->text);
}

}  // namespace
}  // namespace likeness::engine
