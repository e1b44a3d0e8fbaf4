// A JSON value as answers are built from it, and as both doors pass it around. Object members keep their order, so that
// output is stable. Numbers read as people write them ("2.8", not "2.8E0"), and NaN or infinity never leave (they
// become null). Reading JSON is http/json_value.h. Thread-compatible.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace likeness {

// `text` as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD.
std::string JsonQuote(std::string_view text);
void AppendJsonQuoted(std::string_view text, std::string* out);

struct JsonMember;

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;

  Json();
  Json(bool value);
  template <std::integral T>
  requires(!std::same_as<T, bool>) Json(T value);
  Json(double value);
  Json(std::string value);
  Json(std::string_view value);
  Json(const char* value);
  Json(Array value);
  Json(const std::vector<std::string>& values);
  static Json MakeObject();
  static Json MakeArray();
  // A value that is written already: Dump gives `text` as it is, and nothing can be read from it.
  static Json MakeWritten(std::string text);

  std::string Dump() const;
  void DumpTo(std::string* out) const;

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<int64_t>(value_); }
  bool is_number() const { return is_int() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // The value, or the default when it is of another kind: for reading answers of our own server.
  bool AsBool(bool otherwise = false) const;
  int64_t AsInt(int64_t otherwise = 0) const;
  double AsDouble(double otherwise = 0) const;
  const std::string& AsString() const;
  const Array& items() const;     // empty for anything else
  const Object& members() const;  // empty for anything else

  // A member or an element; null when absent.
  const Json& operator[](std::string_view name) const;
  const Json& operator[](size_t index) const;
  bool Has(std::string_view name) const { return !(*this)[name].is_null(); }

  // REQUIRES: is_object() (or null, which becomes one). Appends without looking for the same name.
  Json& Set(std::string_view name, Json value);
  // REQUIRES: is_array() (or null, which becomes one).
  Json& Append(Json value);

 private:
  struct Written {
    std::string text;
  };
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object, Written> value_;
};

struct JsonMember {
  std::string name;
  Json value;
};

// Here, where members are complete.
inline Json::Json() = default;
inline Json::Json(bool value) : value_(value) {}
template <std::integral T>
requires(!std::same_as<T, bool>) Json::Json(T value) : value_(static_cast<int64_t>(value)) {}
inline Json::Json(double value) : value_(value) {}
inline Json::Json(std::string value) : value_(std::move(value)) {}
inline Json::Json(std::string_view value) : value_(std::string(value)) {}
inline Json::Json(const char* value) : value_(std::string(value)) {}
inline Json::Json(Array value) : value_(std::move(value)) {}
inline Json Json::MakeArray() {
  return Json(Array{});
}

// Writes an object's members where they come, without a Json in between: for answers with many of the same kind.
class JsonWriter {
 public:
  JsonWriter() : out_("{") {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& Set(std::string_view name, T value) {
    return SetNumber(name, static_cast<int64_t>(value));
  }
  // Of bool alone: what only converts to it is a mistake.
  template <std::same_as<bool> T>
  JsonWriter& Set(std::string_view name, T value) {
    return SetFlag(name, value);
  }
  JsonWriter& Set(std::string_view name, std::string_view value);
  JsonWriter& Set(std::string_view name, const std::vector<std::string>& values);
  // REQUIRES: called once, last.
  Json Take();

 private:
  JsonWriter& SetNumber(std::string_view name, int64_t value);
  JsonWriter& SetFlag(std::string_view name, bool value);
  void Name(std::string_view name);

  std::string out_;
};

}  // namespace likeness
