// What the tests of models share: the shared model collection, a runtime, a folder for made-up models.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "feature/embedding/model_spec.h"
#include "feature/embedding/runtime.h"
#include "feature/embedding/test_clip.h"

namespace likeness::feature {

// LIKENESS_SHARED, else ../shared beside the sources; empty if it has no models.
std::filesystem::path SharedModels();
std::string ReadGolden(const std::string& path);
// One for the program; a test failure and null if the library is not there.
std::shared_ptr<const ModelRuntime> TestRuntime();

// The models of the collection, read where they are.
ModelSpec ConseSpec();
ModelSpec PlacesSpec();
ModelSpec YoloxSpec();
// CLIP of the given shape, written to `folder` as image.onnx and text.onnx; the vocabulary is a path.
ModelSpec ClipSpec(const std::filesystem::path& folder, const ClipShape& shape, Precision precision,
                   const std::string& vocabulary);

class TemporaryModels {
 public:
  TemporaryModels();
  ~TemporaryModels();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path Write(const std::string& name, ByteView bytes) const;

 private:
  std::filesystem::path path_;
};

}  // namespace likeness::feature

#define LIKENESS_NEEDS_MODELS() \
  if (::likeness::feature::SharedModels().empty()) GTEST_SKIP() << "no shared model collection"
