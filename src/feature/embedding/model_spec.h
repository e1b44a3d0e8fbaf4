// What a model is, as the encoders need it: which file holds which network, what goes in and what comes out. Plain
// values; engine/model_manifest.h reads them from a manifest (docs/formats/model.md). Paths are names inside `folder`.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "feature/embedding/preprocess.h"

namespace likeness::feature {

// What a model is for. Each role has at most one model in use.
enum class ModelRole : uint8_t {
  kImageText,  // pictures and words into one space
  kImage,      // pictures alone, for look-alikes
  kScenes,     // the place a picture shows
  kObjects,    // things and where they are
  kQuality,    // how natural a picture looks
};

struct ImageNetwork {
  std::string file;
  std::string input;
  ImageInput pixels;
  size_t batch_max = 8;  // pictures at once
};

// A vector out of a network, to be normalised.
struct EmbeddingOutput {
  std::string output;
  size_t dimension = 0;
  bool inner = false;  // a tensor inside the graph, made an output when the model is opened
};

enum class TokenizerKind : uint8_t { kClipBpe, kWordList, kWordPiece };

struct TextNetwork {
  std::string file;
  std::string input;
  TokenizerKind tokenizer = TokenizerKind::kClipBpe;
  std::string vocabulary;
  size_t context_length = 77;
  int64_t padding = 0;
  EmbeddingOutput embedding;
  bool mean = false;       // the output holds a vector a token; their mean is meant
  std::string projection;  // a safetensors file whose matrix takes the vector to `dimension` numbers; or empty
  // A text is put into each in the place of {}; the vectors are averaged.
  std::vector<std::string> templates = {"{}"};
  float logit_scale = 100;  // of cosines, when words are weighed against each other
};

struct SceneOutput {
  std::string output;
  bool logits = false;  // no probabilities yet: softmax is still to be taken
  std::string labels;   // a category a line: "/b/beach 48", "beach"
  std::string indoor;   // a category a line that ends in 1 (indoor) or 2 (outdoor), in the same order; or empty
};

// Decoding of YOLOX: rows of grids of the strides, centre and size in units of the stride (size as logarithm), what
// there is, then a score a class.
struct ObjectOutput {
  std::string output;
  std::string labels;
  std::vector<int> strides = {8, 16, 32};
  float overlap_max = 0.45f;  // intersection over union above which the weaker of two boxes of a class is dropped
};

// brisque.h: no network, but two files of numbers.
struct QualityOutput {
  std::string model, ranges;
};

struct ModelSpec {
  std::string name;
  std::filesystem::path folder;
  ModelRole role = ModelRole::kImageText;
  std::vector<std::string> data_files;  // that networks may refer to
  ImageNetwork image;
  std::optional<EmbeddingOutput> embedding;  // the space that words share (image_text), or the only one (image)
  std::optional<EmbeddingOutput> looks;      // another space in which look-alikes are nearer; absent: `embedding`
  std::optional<TextNetwork> text;
  std::optional<SceneOutput> scenes;
  std::optional<ObjectOutput> objects;
  std::optional<QualityOutput> quality;
};

}  // namespace likeness::feature
