// Any bytes: a list or an error, never a crash; what was read is written and read back as the same, in both forms.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "engine/hash_list_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace likeness;
  auto file = engine::ReadHashList({reinterpret_cast<const char*>(data), size});
  if (!file) {
    if (!IsValidUtf8(file.error().Text())) std::abort();
    return 0;
  }
  for (engine::HashListFormat format : {engine::HashListFormat::kCsv, engine::HashListFormat::kJson}) {
    std::string text;
    engine::HashListWriter writer(format, &text);
    for (const engine::HashListEntry& entry : file->entries) writer.Add(entry);
    writer.Finish();
    auto again = engine::ReadHashList(text);
    if (!again || again->fault_count != 0 || again->format != format || again->entries != file->entries) std::abort();
  }
  return 0;
}
