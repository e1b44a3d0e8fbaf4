// Hash lists as JSON. The text is cut into signals by a scanner that keeps no tree, and each signal is parsed on its
// own: a list of millions takes no more memory than its entries.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "engine/hash_list_parts.h"

namespace likeness::engine {
namespace {

namespace json = boost::json;

constexpr size_t kDepthMax = 8;
constexpr std::string_view kWrappers[] = {"data", "signals", "hashes", "indicators", "entries"};

// A place in the text, and the number of its line.
struct Cursor {
  std::string_view text;
  size_t at = 0;
  uint64_t line = 1;

  bool end() const { return at >= text.size(); }
  char peek() const { return end() ? '\0' : text[at]; }
  void Step() { line += text[at++] == '\n'; }
  void SkipBlanks() {
    while (!end() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) Step();
  }
  // Behind a string, an array, an object or a word; false when the text ends before or there is none. Brackets are
  // counted, not matched: the parser looks closer at what was cut out.
  bool SkipValue() {
    const size_t begin = at;
    for (size_t depth = 0; !end();) {
      const char c = text[at];
      if (c == '"') {
        if (!SkipString()) return false;
        if (depth == 0) return true;
        continue;
      }
      if (depth == 0 && (c == ',' || c == ']' || c == '}' || c == ':')) return at > begin;
      if (c == '[' || c == '{') ++depth;
      Step();
      if ((c == ']' || c == '}') && --depth == 0) return true;
    }
    return at > begin && text[begin] != '[' && text[begin] != '{' && text[begin] != '"';
  }
  bool SkipString() {
    for (Step(); !end(); Step()) {
      if (text[at] == '\\') {
        Step();
        if (end()) return false;
      } else if (text[at] == '"') {
        Step();
        return true;
      }
    }
    return false;
  }
};

std::string TextOf(const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(text->data(), text->size());
  if (value.is_int64()) return fmt::format("{}", value.get_int64());
  if (value.is_uint64()) return fmt::format("{}", value.get_uint64());
  if (value.is_double()) return fmt::format("{}", value.get_double());
  // An owner or a type as an object with a name.
  if (const json::object* object = value.if_object())
    if (const json::value* name = object->if_contains("name"); name && name->is_string()) return TextOf(*name);
  return {};
}

void AppendLabelsOf(const json::value& value, std::vector<std::string>& labels, size_t depth = 0) {
  if (depth > kDepthMax) return;
  if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) AppendLabelsOf(item, labels, depth + 1);
  } else if (const json::object* object = value.if_object()) {
    for (const char* name : {"data", "text", "name"}) {
      if (const json::value* inner = object->if_contains(name)) return AppendLabelsOf(*inner, labels, depth + 1);
    }
  } else {
    AppendLabels(TextOf(value), labels);
  }
}

Status TakeSignal(std::string_view text, uint64_t line, ListBuilder& builder) {
  if (text.size() > kListRecordBytesMax) {
    builder.Fault(line, "more than 65536 bytes");
    return {};
  }
  json::error_code error;
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) {
    builder.Fault(line, error ? "this is no JSON" : "a signal has to be an object");
    return {};
  }
  RawRecord record;
  for (const json::key_value_pair& member : *object) {
    std::string_view name(member.key().data(), member.key().size());
    std::string* text_member = nullptr;
    switch (ColumnOf(name)) {
      case ListColumn::kHash:
        text_member = record.hash.empty() ? &record.hash : nullptr;
        break;
      case ListColumn::kType:
        text_member = &record.type;
        break;
      case ListColumn::kQuality:
        text_member = &record.quality;
        break;
      case ListColumn::kStatus:
        text_member = &record.status;
        break;
      case ListColumn::kSeverity:
        text_member = &record.severity;
        break;
      case ListColumn::kDescription:
        text_member = &record.description;
        break;
      case ListColumn::kSource:
        text_member = &record.source;
        break;
      case ListColumn::kLabels:
        AppendLabelsOf(member.value(), record.labels);
        break;
      case ListColumn::kOther:
        break;
    }
    if (text_member != nullptr) *text_member = TextOf(member.value());
  }
  return builder.Take(line, std::move(record));
}

std::unexpected<Error> Broken(uint64_t line, const char* what) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("line {}: {}", line, what),
              "the file may be cut off; what follows cannot be read");
}

// From the opening bracket to behind the closing one.
Status ReadArray(Cursor& cursor, ListBuilder& builder) {
  cursor.Step();
  cursor.SkipBlanks();
  if (cursor.peek() == ']') {
    cursor.Step();
    return {};
  }
  while (true) {
    const size_t begin = cursor.at;
    const uint64_t line = cursor.line;
    if (!cursor.SkipValue()) return Broken(line, "a signal that does not end");
    LK_TRY(TakeSignal(cursor.text.substr(begin, cursor.at - begin), line, builder));
    cursor.SkipBlanks();
    const char next = cursor.peek();
    if (next != ',' && next != ']') return Broken(cursor.line, "expected a comma or ] behind a signal");
    cursor.Step();
    if (next == ']') return {};
    cursor.SkipBlanks();
  }
}

// The array of signals in an object, if it has one. True: there was one, and it is read.
Result<bool> ReadWrapped(Cursor cursor, ListBuilder& builder) {
  cursor.Step();
  while (true) {
    cursor.SkipBlanks();
    if (cursor.peek() != '"') return false;
    const size_t begin = cursor.at + 1;
    if (!cursor.SkipString()) return false;
    std::string_view name = cursor.text.substr(begin, cursor.at - begin - 1);
    cursor.SkipBlanks();
    if (cursor.peek() != ':') return false;
    cursor.Step();
    cursor.SkipBlanks();
    if (cursor.peek() == '[' && std::ranges::find(kWrappers, name) != std::end(kWrappers)) {
      LK_TRY(ReadArray(cursor, builder));
      return true;
    }
    if (!cursor.SkipValue()) return false;
    cursor.SkipBlanks();
    if (cursor.peek() != ',') return false;
    cursor.Step();
  }
}

Status ReadLines(Cursor cursor, ListBuilder& builder) {
  for (uint64_t line = cursor.line; !cursor.end(); ++line) {
    size_t end = std::min(cursor.text.find('\n', cursor.at), cursor.text.size());
    std::string_view text = Trim(cursor.text.substr(cursor.at, end - cursor.at));
    cursor.at = end + 1;
    if (!text.empty()) LK_TRY(TakeSignal(text, line, builder));
  }
  return {};
}

}  // namespace

Status ReadJsonList(std::string_view text, ListBuilder& builder) {
  Cursor cursor{text};
  cursor.SkipBlanks();
  if (cursor.peek() == '[') {
    LK_TRY(ReadArray(cursor, builder));
    cursor.SkipBlanks();
    if (!cursor.end()) return Broken(cursor.line, "something behind the end of the list");
    return {};
  }
  LK_ASSIGN(bool wrapped, ReadWrapped(cursor, builder));
  if (wrapped) return {};
  Cursor whole = cursor;
  if (whole.SkipValue()) {
    size_t end = whole.at;
    whole.SkipBlanks();
    if (whole.end()) return TakeSignal(text.substr(cursor.at, end - cursor.at), cursor.line, builder);
  }
  return ReadLines(cursor, builder);
}

}  // namespace likeness::engine
