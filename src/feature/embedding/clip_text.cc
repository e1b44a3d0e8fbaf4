#include "feature/embedding/clip_text.h"

#include <utf8proc.h>

#include <charconv>
#include <cstdlib>

namespace likeness::feature {
namespace {

std::u32string FromUtf8(std::string_view text) {
  std::u32string out;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (auto left = static_cast<utf8proc_ssize_t>(text.size()); left > 0;) {
    utf8proc_int32_t c = 0;
    utf8proc_ssize_t used = utf8proc_iterate(at, left, &c);
    if (used <= 0) break;
    out.push_back(static_cast<char32_t>(c));
    at += used;
    left -= used;
  }
  return out;
}

std::string ToUtf8(const std::u32string& text) {
  std::string out;
  for (char32_t c : text) AppendUtf8(c, &out);
  return out;
}

bool IsDropped(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r' || c == '\f') return false;
  return c < 0x20 || c == 0x7f || (c >= 0x206a && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffc);
}

// Characters whose compatibility form is what is meant: ligatures and digraphs of Latin, and the full-width and
// half-width forms of East Asian text.
bool HasPlainForm(char32_t c) {
  return c == 0x132 || c == 0x133 || c == 0x149 || (c >= 0x1c4 && c <= 0x1cc) || (c >= 0x1f1 && c <= 0x1f3) ||
         (c >= 0xfb00 && c <= 0xfb06) || (c >= 0xff01 && c <= 0xffef) || c == 0x3000;
}

void AppendPlain(char32_t c, std::u32string* out) {
  if (IsDropped(c)) return;
  if (c == 0x2bc || (c >= 0x2018 && c <= 0x201b)) return out->push_back('\'');
  if (c >= 0x201c && c <= 0x201f) return out->push_back('"');
  if (!HasPlainForm(c)) return out->push_back(c);
  utf8proc_int32_t plain[16];
  int last = 0;
  utf8proc_ssize_t count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), plain, 16,
                              static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_COMPOSE), &last);
  if (count <= 0 || count > 16) return out->push_back(c);
  for (utf8proc_ssize_t i = 0; i < count; ++i) out->push_back(static_cast<char32_t>(plain[i]));
}

// Canonical composition.
std::u32string Composed(const std::u32string& text) {
  std::string bytes = ToUtf8(text);
  utf8proc_uint8_t* composed = nullptr;
  utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()), static_cast<utf8proc_ssize_t>(bytes.size()),
                   &composed, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (size < 0) return text;
  std::u32string out = FromUtf8({reinterpret_cast<const char*>(composed), static_cast<size_t>(size)});
  std::free(composed);
  return out;
}

// The character of the entity that begins at `at`, which is moved behind it; 0 and unmoved if none does.
char32_t TakeEntity(const std::u32string& text, size_t* at) {
  constexpr size_t kNameMax = 10;
  std::string name;
  size_t end = *at + 1;
  for (; end < text.size() && name.size() < kNameMax; ++end) {
    char32_t c = text[end];
    if (c >= 0x80 || (!std::isalnum(static_cast<int>(c)) && c != '#')) break;
    name.push_back(static_cast<char>(c));
  }
  if (end >= text.size() || text[end] != ';' || name.empty()) return 0;
  char32_t character = 0;
  if (name[0] != '#') {
    character = EntityCharacter(name);
  } else {
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    const char *first = name.data() + (hex ? 2 : 1), *last = name.data() + name.size();
    uint32_t number = 0;
    auto parsed = std::from_chars(first, last, number, hex ? 16 : 10);
    if (parsed.ec != std::errc() || parsed.ptr != last || first == last) return 0;
    const bool possible = number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
    character = possible && number != 0 ? static_cast<char32_t>(number) : 0xfffd;
  }
  if (character != 0) *at = end + 1;
  return character;
}

std::u32string Unescaped(const std::u32string& text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    char32_t c = text[i] == '&' ? TakeEntity(text, &i) : 0;
    if (c == 0) c = text[i++];
    out.push_back(c);
  }
  return out;
}

// Part of a word: what decides the form of a final sigma.
bool IsCased(char32_t c) {
  auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT;
}

void AppendLower(const std::u32string& text, size_t at, std::u32string* out) {
  const char32_t c = text[at];
  if (c == 0x130) {  // I with a dot: its full lower case is two characters
    *out += {'i', 0x307};
  } else if (c == 0x3a3) {
    const bool before = at > 0 && IsCased(text[at - 1]), after = at + 1 < text.size() && IsCased(text[at + 1]);
    out->push_back(before && !after ? 0x3c2 : 0x3c3);
  } else {
    out->push_back(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
  }
}

}  // namespace

void AppendUtf8(char32_t c, std::string* out) {
  utf8proc_uint8_t bytes[4];
  utf8proc_ssize_t size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes);
  out->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
}

TextClass ClassOf(char32_t c) {
  switch (c) {
    case 0x20:
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
      return TextClass::kSpace;
    default:
      if ((c >= 0x9 && c <= 0xd) || (c >= 0x2000 && c <= 0x200a)) return TextClass::kSpace;
  }
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return TextClass::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return TextClass::kNumber;
    default:
      return TextClass::kOther;
  }
}

std::u32string CleanClipText(std::string_view text) {
  std::u32string plain;
  for (char32_t c : FromUtf8(text)) AppendPlain(c, &plain);
  plain = Unescaped(Unescaped(Composed(plain)));
  std::u32string single;
  for (char32_t c : plain) {
    if (ClassOf(c) != TextClass::kSpace)
      single.push_back(c);
    else if (!single.empty() && single.back() != ' ')
      single.push_back(' ');
  }
  if (!single.empty() && single.back() == ' ') single.pop_back();
  std::u32string lower;
  for (size_t i = 0; i < single.size(); ++i) AppendLower(single, i, &lower);
  return lower;
}

}  // namespace likeness::feature
