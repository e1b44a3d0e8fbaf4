#include "query/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <optional>
#include <span>

#include "base/text.h"
#include "query/fields.h"
#include "query/lexer.h"

namespace likeness::query {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};
constexpr std::array kSizeUnits = {Unit{"TiB", 1ll << 40},
                                   Unit{"GiB", 1ll << 30},
                                   Unit{"MiB", 1ll << 20},
                                   Unit{"KiB", 1ll << 10},
                                   Unit{"TB", 1'000'000'000'000},
                                   Unit{"GB", 1'000'000'000},
                                   Unit{"MB", 1'000'000},
                                   Unit{"kB", 1000},
                                   Unit{"B", 1}};
constexpr size_t kDigitsMax = 15;

std::unexpected<BadValue> Bad(std::string message, std::string hint) {
  return std::unexpected(BadValue{std::move(message), std::move(hint)});
}

std::string Shown(std::string_view text) {
  return text.empty() ? "nothing" : "\"" + CleanText(text, 60) + "\"";
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Digits alone, at most kDigitsMax, so that sums and products with small factors stay within 128 bits.
std::optional<int64_t> Digits(std::string_view text) {
  int64_t value = 0;
  if (!AllDigits(text) || text.size() > kDigitsMax) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Number Reduced(int64_t numerator, int64_t denominator) {
  int64_t divisor = std::max<int64_t>(1, std::gcd(numerator, denominator));
  return {numerator / divisor, denominator / divisor};
}

// "12" or "1.5" as an exact fraction, at most six decimals.
std::optional<Number> Decimal(std::string_view text) {
  size_t point = text.find('.');
  auto whole = Digits(text.substr(0, point));
  if (!whole) return std::nullopt;
  if (point == std::string_view::npos) return Number{*whole, 1};
  std::string_view digits = text.substr(point + 1);
  auto decimals = Digits(digits);
  if (!decimals || digits.size() > 6 || *whole > 999'999'999) return std::nullopt;
  int64_t scale = 1;
  for (size_t i = 0; i < digits.size(); ++i) scale *= 10;
  return Reduced(*whole * scale + *decimals, scale);
}

std::optional<Number> Ratio(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Decimal(text);
  auto width = Digits(Trim(text.substr(0, colon))), height = Digits(Trim(text.substr(colon + 1)));
  if (!width || !height || *height == 0) return std::nullopt;
  return Reduced(*width, *height);
}

std::optional<Number> WithUnit(std::string_view text, std::span<const Unit> units) {
  size_t letters = text.size();
  while (letters > 0 && !AllDigits(text.substr(letters - 1, 1))) --letters;
  std::string_view name = Trim(text.substr(letters));
  int64_t factor = 1;
  if (!name.empty()) {
    auto unit = std::ranges::find_if(units, [&](const Unit& u) { return EqualsIgnoringCase(u.name, name); });
    if (unit == units.end()) return std::nullopt;
    factor = unit->factor;
  }
  auto number = Decimal(text.substr(0, letters));
  if (!number) return std::nullopt;
  __int128 product = static_cast<__int128>(number->numerator) * factor;
  if (product % number->denominator != 0) return std::nullopt;
  product /= number->denominator;
  if (product > 999'999'999'999'999'999) return std::nullopt;
  return Number{static_cast<int64_t>(product), 1};
}

bool IsLeap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
int DaysOf(int year, int month) {
  constexpr std::array days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : days[static_cast<size_t>(month - 1)];
}

// "a\"b" with its quotes to a"b.
std::string Unquoted(std::string_view literal) {
  std::string out;
  for (size_t i = 1; i + 1 < literal.size(); ++i) {
    if (literal[i] == '\\' && i + 2 < literal.size()) ++i;
    out.push_back(IsBlank(literal[i]) ? ' ' : literal[i]);
  }
  return out;
}

std::string Plain(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = IsBlank(c) ? ' ' : c;
  return out;
}

}  // namespace

Value<Number> ParseNumber(NumberField field, std::string_view text) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  std::optional<Number> number;
  const char* takes = "a whole number";
  const char* hint = "write for example width>=1920 or width:1000..2000";
  if (field == NumberField::kRatio) {
    number = Ratio(digits);
    takes = "a ratio";
    hint = "write for example ratio>1.5, ratio==16:9 or ratio:4:3..16:9";
  } else if (field == NumberField::kSize) {
    number = WithUnit(digits, kSizeUnits);
    takes = "a whole number of bytes";
    hint = "write for example size>=500kB or size:1MB..2.5MB; units are B kB MB GB TB KiB MiB GiB TiB";
  } else if (field == NumberField::kPixels) {
    constexpr std::array units = {Unit{"MP", 1'000'000}};
    number = WithUnit(digits, units);
    hint = "write for example pixels>=12MP or pixels<500000";
  } else if (auto whole = Digits(digits)) {
    number = Number{*whole, 1};
  }
  if (!number) return Bad(fmt::format("{} takes {}, not {}", Name(field), takes, Shown(text)), hint);
  if (digits.size() != text.size()) number->numerator = -number->numerator;
  return *number;
}

Value<Date> ParseDate(std::string_view text) {
  std::array<std::string_view, 3> parts;
  size_t count = 0;
  for (std::string_view rest = text; count < parts.size();) {
    size_t dash = rest.find('-');
    parts[count++] = rest.substr(0, dash);
    if (dash == std::string_view::npos) break;
    rest.remove_prefix(dash + 1);
  }
  bool shaped = parts[0].size() == 4 && AllDigits(parts[0]) && std::ranges::count(text, '-') <= 2;
  for (size_t i = 1; i < count; ++i) shaped &= parts[i].size() == 2 && AllDigits(parts[i]);
  const char* hint = "write a year, a month or a day: date:2023, date:2023-05, date:2023-05-17, date:2022..2023-05";
  if (!shaped) return Bad(fmt::format("date takes YYYY, YYYY-MM or YYYY-MM-DD, not {}", Shown(text)), hint);
  auto number = [&](size_t i) { return parts[i].empty() ? 0 : static_cast<int>(*Digits(parts[i])); };
  Date date{number(0), number(1), number(2)};
  bool month_given = !parts[1].empty(), day_given = !parts[2].empty();
  if (date.year == 0 || (month_given && (date.month < 1 || date.month > 12)) ||
      (day_given && (date.day < 1 || date.day > DaysOf(date.year, date.month)))) {
    return Bad(fmt::format("the calendar has no {}", Shown(text)), hint);
  }
  return date;
}

Value<uint32_t> ParseColour(std::string_view text) {
  std::string_view digits = text.starts_with('#') ? text.substr(1) : text;
  std::string six(digits);
  if (digits.size() == 3) six = {digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]};
  uint32_t rgb = 0;
  auto [end, error] = std::from_chars(six.data(), six.data() + six.size(), rgb, 16);
  if (six.size() != 6 || error != std::errc{} || end != six.data() + six.size()) {
    return Bad(fmt::format("{} is no colour", Shown(text)), "write it as colour:#rrggbb, for example colour:#ffaa00");
  }
  return rgb;
}

Value<uint64_t> ParseId(std::string_view text) {
  auto id = Digits(text);
  if (!id || *id == 0) {
    return Bad(fmt::format("{} is no id of a picture", Shown(text)), "ids are whole numbers from 1, as in like:42");
  }
  return static_cast<uint64_t>(*id);
}

Value<Pattern> ParsePattern(std::string_view text) {
  Pattern pattern{{""}};
  bool in_quotes = QuoteBegins(text, 0);
  bool after_star = false;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '*') {
      if (!after_star) pattern.parts.emplace_back();
      after_star = true;
      ++i;
      continue;
    }
    size_t end = in_quotes ? QuotedEnd(text, i) : text.find('*', i);
    end = std::min(end, text.size());
    std::string part = in_quotes ? Unquoted(text.substr(i, end - i)) : Plain(text.substr(i, end - i));
    after_star = after_star && part.empty();
    pattern.parts.back() += part;
    i = end;
  }
  if (!pattern.wildcard() && Trim(pattern.parts[0]).empty()) {
    return Bad("there is nothing between the quotes", "write a tag between them, or remove them");
  }
  return pattern;
}

Value<std::string> ParsePlainText(std::string_view text) {
  bool quoted = text.starts_with('"');
  if (quoted ? QuotedEnd(text, 0) != text.size() : text.starts_with('*') && QuoteBegins(text, 0)) {
    return Bad("words take no wildcards", "write one text in quotes, as in ~\"a photo of a snow forest\"");
  }
  std::string out = quoted ? Unquoted(text) : Plain(text);
  if (Trim(out).empty()) {
    return Bad("there are no words behind \"~\"", "say what to look for, as in ~\"a photo of a snow forest\"");
  }
  return out;
}

bool Less(const Number& a, const Number& b) {
  return static_cast<__int128>(a.numerator) * b.denominator < static_cast<__int128>(b.numerator) * a.denominator;
}

bool After(const Date& a, const Date& b) {
  auto key = [](const Date& d, int missing) {
    return (d.year * 100 + (d.month ? d.month : missing)) * 100 + (d.day ? d.day : missing);
  };
  return key(a, 0) > key(b, 99);
}

}  // namespace likeness::query
