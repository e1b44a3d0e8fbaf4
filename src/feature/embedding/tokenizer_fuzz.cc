// Any bytes as a text: an error, or a whole context with its end.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/files.h"
#include "feature/embedding/clip_text.h"
#include "feature/embedding/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace likeness::feature;
  // LIKENESS_VOCABULARY: CLIP's file; without it only the cleaning is exercised.
  static const auto tokenizer = [] {
    const char* path = std::getenv("LIKENESS_VOCABULARY");
    return path ? OpenClipBpe(path, {}).value() : nullptr;
  }();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!tokenizer) {
    (void)CleanClipText(text);
    return 0;
  }
  auto tokens = tokenizer->Tokenize(text);
  if (tokens && (tokens->size() != 77 || tokens->front() != 49406)) abort();
  return 0;
}
