// Words as a search compares them. Apart from text.h, since it needs the tables of Unicode.
#pragma once

#include <string>
#include <string_view>

namespace likeness {

// Unicode's NFKC_Casefold: case, width and composition make no difference. Text that is not valid UTF-8 comes back as
// it is.
std::string FoldText(std::string_view text);

}  // namespace likeness
