// Any bytes as a Takeout file, and any two names.
#include <cstdlib>

#include "engine/takeout.h"

using namespace likeness;  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes(data, size);
  if (const auto facts = engine::ParseTakeout(bytes, Limits{})) {
    if (facts->latitude && !(*facts->latitude >= -90 && *facts->latitude <= 90)) std::abort();
    codec::Metadata metadata;
    engine::ApplyTakeout(*facts, "a.jpg", metadata);
  }
  const std::string_view text = AsText(bytes);
  const size_t half = text.find('\n');
  if (half == std::string_view::npos) return 0;
  const std::string stem(text.substr(0, half)), name(text.substr(half + 1));
  const std::string found = engine::FindTakeoutStem({stem}, name);
  if (!found.empty() && engine::TakeoutMatch(stem, name) == 0) std::abort();
  return 0;
}
