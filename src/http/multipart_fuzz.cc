// The first byte says how the rest is cut. Whatever comes: no crash, and the same parts as when fed at once.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/multipart.h"

namespace {

struct Sink : likeness::http::MultipartParser::Sink {
  std::string seen;
  likeness::Status OnPart(const likeness::http::MultipartParser::PartHeader& header) override {
    seen += "<" + header.name + "|" + header.file_name + ">";
    return {};
  }
  likeness::Status OnData(std::string_view bytes) override {
    seen.append(bytes);
    return {};
  }
  likeness::Status OnPartEnd() override { return {}; }
};

bool Parse(std::string_view text, size_t step, std::string* seen) {
  Sink sink;
  likeness::http::MultipartParser parser("B", 8, &sink);
  bool good = true;
  for (size_t at = 0; at < text.size() && good; at += step) good = parser.Feed(text.substr(at, step)).has_value();
  *seen = sink.seen;
  return good && parser.Finish().has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string whole, cut;
  bool good_whole = Parse(text, text.size() + 1, &whole);
  bool good_cut = Parse(text, size_t{data[0]} % 17 + 1, &cut);
  // A header block just over its limit may be noticed earlier when it comes in pieces.
  if (good_whole && (!good_cut || whole != cut)) std::abort();
  return 0;
}
