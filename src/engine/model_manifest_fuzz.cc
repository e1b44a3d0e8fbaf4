#include <cstddef>
#include <cstdint>

#include "engine/model_manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto manifest = likeness::engine::ParseModelManifest({reinterpret_cast<const char*>(data), size});
  if (manifest) (void)likeness::engine::CompletedManifest(*manifest, manifest->files);
  return 0;
}
