#include <cstddef>
#include <cstdint>

#include "feature/embedding/onnx_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)likeness::feature::InspectOnnx({data, size});
  return 0;
}
