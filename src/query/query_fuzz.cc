// Any bytes: a tree or an error inside the text, never a crash; the tree's text reads back as the same tree.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "query/parser.h"
#include "query/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace likeness;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = query::Parse(text);
  if (!parsed) {
    const query::ParseError& error = parsed.error();
    bool sound = error.position <= size && error.character <= error.position && !error.message.empty() &&
                 !error.hint.empty() && IsValidUtf8(query::ToJson(error));
    if (!sound) std::abort();
    return 0;
  }
  std::string printed = query::Print(*parsed);
  if (printed.size() > 3 * size + 16 * query::ParseOptions{}.operands_max) std::abort();
  auto again = query::Parse(printed, {.bytes_max = printed.size()});
  if (!again || !(*again == *parsed) || query::Print(*again) != printed) std::abort();
  if (!IsValidUtf8(query::ToJson(*parsed))) std::abort();
  return 0;
}
