// Models at work: pictures and words to vectors, pictures to scenes and objects. Each is opened once and then used by
// many threads; opening and running are slow (see runtime.h). Pictures are upright sRGB bitmaps; a preview of the
// model's input size or a few times that is all they need. Thread-safe.
//
// Errors of Open: Corruption and Unsupported (runtime.h), and InvalidArgument when the network's names and shapes are
// not what the spec says. Errors of use: those of the tokenizer; Internal if a network gives no numbers.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "feature/embedding/model_spec.h"
#include "feature/embedding/runtime.h"
#include "image/bitmap.h"

namespace likeness::feature {

using Embedding = std::vector<float>;  // of length 1

struct ImageEmbedding {
  Embedding joint;  // empty when the model has no text side
  Embedding looks;
};

class ImageEncoder {
 public:
  static Result<std::unique_ptr<ImageEncoder>> Open(std::shared_ptr<const ModelRuntime> runtime, const ModelSpec& spec);
  ~ImageEncoder();
  // One for each picture. REQUIRES: no bitmap is empty.
  Result<std::vector<ImageEmbedding>> Encode(std::span<const image::Bitmap> pictures) const;
  size_t joint_dimension() const;
  size_t looks_dimension() const;
  size_t batch_max() const;

 private:
  struct Impl;
  explicit ImageEncoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class TextEncoder {
 public:
  // REQUIRES: spec.text.
  static Result<std::unique_ptr<TextEncoder>> Open(std::shared_ptr<const ModelRuntime> runtime, const ModelSpec& spec);
  ~TextEncoder();
  // Through the templates of the spec. InvalidArgument for a text without a word that the model knows.
  Result<Embedding> Encode(std::string_view text) const;
  size_t dimension() const;

 private:
  struct Impl;
  explicit TextEncoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct SceneScore {
  size_t category = 0;
  float probability = 0;
};
struct Scene {
  std::vector<SceneScore> best;  // most likely first
  // Share of the ten best categories, weighed by probability, that are outdoors: above a half the picture is. Negative:
  // the model does not say.
  float outdoor = -1;
};

class SceneTagger {
 public:
  // REQUIRES: spec.scenes.
  static Result<std::unique_ptr<SceneTagger>> Open(std::shared_ptr<const ModelRuntime> runtime, const ModelSpec& spec);
  ~SceneTagger();
  Result<std::vector<Scene>> Tag(std::span<const image::Bitmap> pictures, size_t count = 5) const;
  const std::vector<std::string>& labels() const;  // by category, as people write them: "hotel room", "airport"
  size_t batch_max() const;

 private:
  struct Impl;
  explicit SceneTagger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct FoundObject {
  size_t kind = 0;
  float confidence = 0;
  float x = 0, y = 0, width = 0, height = 0;  // pixels of the bitmap that was given
};

class ObjectDetector {
 public:
  // REQUIRES: spec.objects.
  static Result<std::unique_ptr<ObjectDetector>> Open(std::shared_ptr<const ModelRuntime> runtime,
                                                      const ModelSpec& spec);
  ~ObjectDetector();
  // For each picture its objects of at least `confidence_min`, surest first.
  Result<std::vector<std::vector<FoundObject>>> Detect(std::span<const image::Bitmap> pictures,
                                                       float confidence_min = 0.3f) const;
  const std::vector<std::string>& labels() const;

 private:
  struct Impl;
  explicit ObjectDetector(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::feature
