#include "feature/embedding/test_models.h"

#include <stdlib.h>

#include "base/files.h"

namespace likeness::feature {

std::filesystem::path SharedModels() {
  const char* set = std::getenv("LIKENESS_SHARED");
  std::filesystem::path models = std::filesystem::path(set ? set : LIKENESS_SOURCE_DIR "/../shared") / "models";
  return std::filesystem::is_directory(models) ? models : std::filesystem::path();
}

std::string ReadGolden(const std::string& path) {
  auto bytes = ReadFile(SharedModels() / path, 1 << 20);
  EXPECT_TRUE(bytes) << path;
  return bytes ? std::string(AsText(*bytes)) : "{}";
}

std::shared_ptr<const ModelRuntime> TestRuntime() {
  static const auto runtime = ModelRuntime::Open({});
  EXPECT_TRUE(runtime) << runtime.error().Text();
  return runtime ? *runtime : nullptr;
}

ModelSpec ConseSpec() {
  ModelSpec spec;
  spec.name = "text-image-conse";
  spec.folder = SharedModels() / spec.name;
  spec.image.file = "image_encoder.onnx";
  spec.image.input = "pixel_values";
  spec.image.pixels.resize_side = 256;
  spec.image.pixels.filter = ImageInput::Filter::kBilinear;
  spec.image.pixels.scale = 1;
  spec.embedding = {"image_embeds", 256};
  spec.looks = {"visual_embeds", 1280};
  spec.text.emplace();
  spec.text->file = "text_encoder.onnx";
  spec.text->input = "input_ids";
  spec.text->tokenizer = TokenizerKind::kWordList;
  spec.text->vocabulary = "vocab.txt";
  spec.text->embedding = {"text_embeds", 256};
  return spec;
}

ModelSpec PlacesSpec() {
  ModelSpec spec;
  spec.name = "squeezenet-places365";
  spec.folder = SharedModels() / spec.name;
  spec.role = ModelRole::kScenes;
  spec.image.file = "places365.onnx";
  spec.image.input = "image";
  spec.image.pixels.fit = ImageInput::Fit::kSquash;
  spec.image.pixels.resize_side = 256;
  spec.image.pixels.filter = ImageInput::Filter::kBilinear;
  spec.image.pixels.scale = 1;
  spec.scenes = {.output = "probs", .labels = "categories_places365.txt", .indoor = "IO_places365.txt"};
  return spec;
}

ModelSpec YoloxSpec() {
  ModelSpec spec;
  spec.name = "yolox-nano-coco";
  spec.folder = SharedModels() / spec.name;
  spec.role = ModelRole::kObjects;
  spec.image.file = "yolox_nano.onnx";
  spec.image.input = "images";
  spec.image.pixels.width = spec.image.pixels.height = 416;
  spec.image.pixels.fit = ImageInput::Fit::kLetterbox;
  spec.image.pixels.filter = ImageInput::Filter::kLinear;
  spec.image.pixels.bgr = true;
  spec.image.pixels.scale = 1;
  spec.objects = {.output = "output", .labels = "coco80.txt"};
  return spec;
}

ModelSpec ClipSpec(const std::filesystem::path& folder, const ClipShape& shape, Precision precision,
                   const std::string& vocabulary) {
  for (bool image : {true, false}) {
    Bytes bytes = image ? MakeClipImageNetwork(shape, precision, 1) : MakeClipTextNetwork(shape, precision, 2);
    EXPECT_TRUE(WriteFileAtomically(folder / (image ? "image.onnx" : "text.onnx"), bytes));
  }
  ModelSpec spec;
  spec.name = "clip";
  spec.folder = folder;
  spec.image.file = "image.onnx";
  spec.image.input = "pixel_values";
  spec.image.pixels.width = spec.image.pixels.height = spec.image.pixels.resize_side = shape.side;
  spec.image.pixels.mean = {0.48145466f, 0.4578275f, 0.40821073f};
  spec.image.pixels.deviation = {0.26862954f, 0.26130258f, 0.27577711f};
  spec.embedding = {"image_embeds", static_cast<size_t>(shape.dimension)};
  spec.text.emplace();
  spec.text->file = "text.onnx";
  spec.text->input = "input_ids";
  spec.text->vocabulary = vocabulary;
  spec.text->context_length = static_cast<size_t>(shape.context);
  spec.text->embedding = {"text_embeds", static_cast<size_t>(shape.dimension)};
  return spec;
}

TemporaryModels::TemporaryModels() {
  std::string name = (std::filesystem::temp_directory_path() / "likeness-models-XXXXXX").string();
  path_ = mkdtemp(name.data());
}
TemporaryModels::~TemporaryModels() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::filesystem::path TemporaryModels::Write(const std::string& name, ByteView bytes) const {
  EXPECT_TRUE(WriteFileAtomically(path_ / name, bytes));
  return path_ / name;
}

}  // namespace likeness::feature
