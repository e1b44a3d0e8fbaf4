// How CLIP cleans a text before it is cut into tokens: look-alike signs to plain ones and control characters out (what
// the library ftfy does with text that is not broken), HTML entities resolved twice, white space made single blanks,
// lower case. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace likeness::feature {

enum class TextClass : uint8_t { kLetter, kNumber, kSpace, kOther };
// By Unicode's general category (L, N) and its property White_Space.
TextClass ClassOf(char32_t c);

// REQUIRES: valid UTF-8. Code points, no outer blanks, no two blanks in a row.
std::u32string CleanClipText(std::string_view text);

void AppendUtf8(char32_t c, std::string* out);

// The character of an HTML entity's name without "&" and ";" ("amp", "eacute"); 0 if there is none.
char32_t EntityCharacter(std::string_view name);

}  // namespace likeness::feature
