// Any bytes: read or refused, never a crash; what is read is written back as it was.
#include <algorithm>
#include <cstdlib>

#include "feature/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  likeness::ByteView bytes(data, size);
  auto features = likeness::feature::DeserializeFeatures(bytes);
  if (features) {
    likeness::Bytes again = likeness::feature::SerializeFeatures(*features);
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
  }
  return 0;
}
