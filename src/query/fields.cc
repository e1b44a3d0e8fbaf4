#include "query/fields.h"

#include <algorithm>
#include <array>

namespace likeness::query {
namespace {

using enum FieldKind;

constexpr FieldRow NumberRow(std::string_view name, NumberField field, std::string_view example) {
  return {name, kNumber, field, TextField::kCamera, example};
}
constexpr FieldRow TextRow(std::string_view name, TextField field, std::string_view example) {
  return {name, kText, NumberField::kWidth, field, example};
}
constexpr FieldRow OtherRow(std::string_view name, FieldKind kind, std::string_view example) {
  return {name, kind, NumberField::kWidth, TextField::kCamera, example};
}

// The first row of a field has its canonical name.
constexpr std::array kFields = {
    NumberRow("width", NumberField::kWidth, "width>=1920"),
    NumberRow("height", NumberField::kHeight, "height>=1080"),
    NumberRow("pixels", NumberField::kPixels, "pixels>=12MP"),
    NumberRow("ratio", NumberField::kRatio, "ratio==16:9"),
    NumberRow("size", NumberField::kSize, "size<500kB"),
    NumberRow("tags", NumberField::kTags, "tags>=3"),
    NumberRow("rating", NumberField::kRating, "rating>=4"),
    OtherRow("date", kDate, "date:2023-05"),
    TextRow("camera", TextField::kCamera, "camera:Canon*"),
    TextRow("lens", TextField::kLens, "lens:*50mm*"),
    TextRow("format", TextField::kFormat, "format:png"),
    TextRow("album", TextField::kAlbum, "album:Holidays"),
    TextRow("author", TextField::kAuthor, "author:shishkin"),
    TextRow("orientation", TextField::kOrientation, "orientation:portrait"),
    TextRow("has", TextField::kHas, "has:gps"),
    OtherRow("colour", kColour, "colour:#ffaa00"),
    OtherRow("color", kColour, "color:#ffaa00"),
    OtherRow("like", kLike, "like:42"),
    OtherRow("copy-of", kCopyOf, "copy-of:42"),
    OtherRow("sort", kSort, "sort:newest"),
};

// The first row of a key and direction has its canonical name.
constexpr std::array kSorts = {
    SortRow{"newest", {SortKey::kTaken, false}},        SortRow{"oldest", {SortKey::kTaken, true}},
    SortRow{"added", {SortKey::kAdded, false}},         SortRow{"size", {SortKey::kSize, false}},
    SortRow{"pixels", {SortKey::kPixels, false}},       SortRow{"largest", {SortKey::kPixels, false}},
    SortRow{"smallest", {SortKey::kPixels, true}},      SortRow{"width", {SortKey::kWidth, false}},
    SortRow{"height", {SortKey::kHeight, false}},       SortRow{"ratio", {SortKey::kRatio, false}},
    SortRow{"tags", {SortKey::kTags, false}},           SortRow{"rating", {SortKey::kRating, false}},
    SortRow{"name", {SortKey::kName, false}},           SortRow{"random", {SortKey::kRandom, false}},
    SortRow{"relevance", {SortKey::kRelevance, false}},
};

constexpr std::array<std::string_view, 11> kHasNames = {
    "gps", "camera", "lens", "date", "title", "description", "source", "author", "album", "favourite", "tags"};
constexpr std::array<std::string_view, 3> kOrientationNames = {"landscape", "portrait", "square"};

constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Letters and '-', from the beginning.
std::string_view LeadingName(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && ((Lower(text[end]) >= 'a' && Lower(text[end]) <= 'z') || text[end] == '-')) ++end;
  return text.substr(0, end);
}

size_t SkipBlanks(std::string_view text, size_t at) {
  while (at < text.size() && IsBlank(text[at])) ++at;
  return at;
}

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

std::span<const FieldRow> Fields() {
  return kFields;
}
std::span<const SortRow> Sorts() {
  return kSorts;
}
std::span<const std::string_view> HasNames() {
  return kHasNames;
}
std::span<const std::string_view> OrientationNames() {
  return kOrientationNames;
}

std::string_view Name(NumberField field) {
  return std::ranges::find_if(kFields, [&](const FieldRow& r) { return r.kind == kNumber && r.number == field; })->name;
}
std::string_view Name(TextField field) {
  return std::ranges::find_if(kFields, [&](const FieldRow& r) { return r.kind == kText && r.text == field; })->name;
}

std::string_view Symbol(Op op) {
  switch (op) {
    case Op::kAtLeast:
      return ">=";
    case Op::kAtMost:
      return "<=";
    case Op::kLess:
      return "<";
    case Op::kGreater:
      return ">";
    case Op::kEqual:
    case Op::kBetween:
      break;
  }
  return "==";
}

std::optional<FieldUse> MatchField(std::string_view operand) {
  std::string_view name = LeadingName(operand);
  auto row = std::ranges::find_if(kFields, [&](const FieldRow& r) { return EqualsIgnoringCase(r.name, name); });
  if (row == kFields.end()) return std::nullopt;
  size_t begin = SkipBlanks(operand, name.size()), end = begin;
  if (begin < operand.size() && operand[begin] == ':') {
    end = begin + 1;
  } else {
    while (end < operand.size() && std::string_view("=<>!").contains(operand[end])) ++end;
    // "size!" is a word and its exclamation mark.
    if (end == begin || (operand[begin] == '!' && (end - begin < 2 || operand[begin + 1] != '='))) return std::nullopt;
  }
  return FieldUse{&*row, operand.substr(begin, end - begin), begin, SkipBlanks(operand, end)};
}

bool IsBareSide(std::string_view operand) {
  std::string_view name = LeadingName(operand);
  if (!EqualsIgnoringCase(name, "width") && !EqualsIgnoringCase(name, "height")) return false;
  size_t rest = SkipBlanks(operand, name.size());
  return rest == operand.size() || (rest > name.size() && IsDigit(operand[rest]));
}

}  // namespace likeness::query
