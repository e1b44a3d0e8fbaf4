// Manifests of models (docs/formats/model.md): read, checked, and completed with checksums. Foreign bytes: the reader
// trusts nothing. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "feature/embedding/model_spec.h"

namespace likeness::engine {

inline constexpr size_t kManifestBytesMax = 256u << 10;

std::string_view Name(feature::ModelRole role);  // "image_text"
Result<feature::ModelRole> ModelRoleFromName(std::string_view name);

struct ModelFile {
  std::string path;         // inside the model's folder
  std::string url;          // empty: only from a mirror
  std::string mirror;       // inside a mirror folder
  std::string sha256;       // lower case; empty: not known
  uint64_t size_bytes = 0;  // 0: not known
};

struct ModelManifest {
  std::string name, title, licence, about;
  std::vector<ModelFile> files;
  feature::ModelSpec spec;  // its folder is empty
  std::string text;         // as it was read
};

// InvalidArgument with the place of what is wrong ("/image/width: ..."), LimitExceeded.
Result<ModelManifest> ParseModelManifest(std::string_view text);

// The text of the manifest with the checksums and sizes of `files`, which are its own in their order.
std::string CompletedManifest(const ModelManifest& manifest, const std::vector<ModelFile>& files);

// Those that come with the program, in the order in which they are shown.
const std::vector<ModelManifest>& BuiltInManifests();

}  // namespace likeness::engine
