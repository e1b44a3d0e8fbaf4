// An image network with its preprocessing, in batches: what all users of pictures share. Internal to feature/embedding.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "feature/embedding/model_spec.h"
#include "feature/embedding/runtime.h"
#include "image/bitmap.h"

namespace likeness::feature {

class ImageRunner {
 public:
  // `outputs`: what Run gives. `inner`: those of them that are inside the graph.
  static Result<ImageRunner> Open(std::shared_ptr<const ModelRuntime> runtime, const ModelSpec& spec,
                                  std::vector<std::string> outputs, const std::vector<std::string>& inner);

  // The shape of an output for one picture, without the batch; free dimensions are -1.
  Result<std::vector<int64_t>> ShapeOf(const std::string& output) const;

  struct Batch {
    std::vector<Placement> placements;
    std::vector<NetworkOutput> outputs;
    std::span<const float> Of(size_t output, size_t picture) const {
      const std::vector<float>& values = outputs[output].values;
      const size_t size = values.size() / placements.size();
      return std::span(values).subspan(picture * size, size);
    }
  };
  // REQUIRES: at most batch_max pictures, at least one, none empty.
  Result<Batch> Run(std::span<const image::Bitmap> pictures) const;
  size_t batch_max() const { return batch_max_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::unique_ptr<Network> network_;
  ImageNetwork spec_;
  std::vector<std::string> outputs_;
  size_t batch_max_ = 1;
};

// Scales to length 1; false when there is nothing to scale (zeros, or numbers that are none).
bool Normalise(std::span<float> values);
// The lines of a text file, trimmed, without empty ones at the end.
Result<std::vector<std::string>> ReadLines(const std::filesystem::path& path);
// InvalidArgument unless the output holds exactly `dimension` numbers a picture.
Status CheckDimension(const std::string& model, const std::string& output, const std::vector<int64_t>& shape,
                      size_t dimension);

}  // namespace likeness::feature
