// The server's own words in the HTML of a page, in the languages that the page speaks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace likeness::http {

struct PageWords {
  std::string_view language;  // of <html lang>
  std::string_view newest;    // what the gallery is, for previews of links
  std::string_view tags, not_found, needs_script;
  std::string (*photos)(uint64_t count);
};

// By Accept-Language (RFC 9110 12.5.4): the one wanted most; English when it names none of ours.
const PageWords& WordsFor(std::string_view accept_language);

}  // namespace likeness::http
