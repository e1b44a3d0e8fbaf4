#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/text.h"

namespace likeness {
namespace {

const Json kNull;

void DumpDouble(double value, std::string* out) {
  if (!std::isfinite(value)) {
    out->append("null");
  } else if (value == std::floor(value) && std::abs(value) < 1e15) {
    fmt::format_to(std::back_inserter(*out), "{}", static_cast<int64_t>(value));
  } else {
    fmt::format_to(std::back_inserter(*out), "{}", value);  // the shortest text that reads back as the same number
  }
}

}  // namespace

void AppendJsonQuoted(std::string_view text, std::string* out) {
  out->push_back('"');
  // As a rule nothing is to be done.
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; })) {
    out->append(text).push_back('"');
    return;
  }
  std::string clean;
  if (!IsValidUtf8(text)) text = clean = CleanText(text, text.size() * 3, true);
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(*out), "\\u{:04x}", static_cast<int>(c));
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

std::string JsonQuote(std::string_view text) {
  std::string out;
  AppendJsonQuoted(text, &out);
  return out;
}

Json Json::MakeObject() {
  Json json;
  json.value_ = Object{};
  return json;
}

std::string Json::Dump() const {
  std::string out;
  DumpTo(&out);
  return out;
}

void Json::DumpTo(std::string* out) const {
  if (is_null()) {
    out->append("null");
  } else if (const bool* flag = std::get_if<bool>(&value_)) {
    out->append(*flag ? "true" : "false");
  } else if (const int64_t* number = std::get_if<int64_t>(&value_)) {
    fmt::format_to(std::back_inserter(*out), "{}", *number);
  } else if (const double* real = std::get_if<double>(&value_)) {
    DumpDouble(*real, out);
  } else if (const std::string* text = std::get_if<std::string>(&value_)) {
    AppendJsonQuoted(*text, out);
  } else if (const Array* array = std::get_if<Array>(&value_)) {
    out->push_back('[');
    for (size_t i = 0; i < array->size(); ++i) {
      if (i) out->push_back(',');
      (*array)[i].DumpTo(out);
    }
    out->push_back(']');
  } else if (const Written* written = std::get_if<Written>(&value_)) {
    out->append(written->text);
  } else {
    const Object& object = std::get<Object>(value_);
    out->push_back('{');
    for (size_t i = 0; i < object.size(); ++i) {
      if (i) out->push_back(',');
      AppendJsonQuoted(object[i].name, out);
      out->push_back(':');
      object[i].value.DumpTo(out);
    }
    out->push_back('}');
  }
}

bool Json::AsBool(bool otherwise) const {
  const bool* value = std::get_if<bool>(&value_);
  return value ? *value : otherwise;
}

int64_t Json::AsInt(int64_t otherwise) const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return *value;
  const double* real = std::get_if<double>(&value_);
  return real && std::abs(*real) < 9e18 ? static_cast<int64_t>(*real) : otherwise;
}

double Json::AsDouble(double otherwise) const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  const int64_t* number = std::get_if<int64_t>(&value_);
  return number ? static_cast<double>(*number) : otherwise;
}

const std::string& Json::AsString() const {
  static const std::string empty;
  const std::string* value = std::get_if<std::string>(&value_);
  return value ? *value : empty;
}

const Json::Array& Json::items() const {
  static const Array empty;
  const Array* value = std::get_if<Array>(&value_);
  return value ? *value : empty;
}

const Json::Object& Json::members() const {
  static const Object empty;
  const Object* value = std::get_if<Object>(&value_);
  return value ? *value : empty;
}

const Json& Json::operator[](std::string_view name) const {
  for (const JsonMember& member : members()) {
    if (member.name == name) return member.value;
  }
  return kNull;
}

const Json& Json::operator[](size_t index) const {
  const Array& array = items();
  return index < array.size() ? array[index] : kNull;
}

Json Json::MakeWritten(std::string text) {
  Json json;
  json.value_ = Written{std::move(text)};
  return json;
}

Json::Json(const std::vector<std::string>& values) : value_(Array(values.begin(), values.end())) {}

void JsonWriter::Name(std::string_view name) {
  if (out_.size() > 1) out_.push_back(',');
  AppendJsonQuoted(name, &out_);
  out_.push_back(':');
}

JsonWriter& JsonWriter::Set(std::string_view name, std::string_view value) {
  Name(name);
  AppendJsonQuoted(value, &out_);
  return *this;
}

JsonWriter& JsonWriter::SetNumber(std::string_view name, int64_t value) {
  Name(name);
  out_.append(fmt::format_int(value).c_str());
  return *this;
}

JsonWriter& JsonWriter::SetFlag(std::string_view name, bool value) {
  Name(name);
  out_.append(value ? "true" : "false");
  return *this;
}

JsonWriter& JsonWriter::Set(std::string_view name, const std::vector<std::string>& values) {
  Name(name);
  out_.push_back('[');
  for (const std::string& value : values) {
    if (&value != values.data()) out_.push_back(',');
    AppendJsonQuoted(value, &out_);
  }
  out_.push_back(']');
  return *this;
}

Json JsonWriter::Take() {
  out_.push_back('}');
  return Json::MakeWritten(std::move(out_));
}

Json& Json::Set(std::string_view name, Json value) {
  // Growing from one costs more moves than an answer has members.
  if (is_null()) std::get<Object>(value_ = Object{}).reserve(8);
  std::get<Object>(value_).push_back({std::string(name), std::move(value)});
  return *this;
}

Json& Json::Append(Json value) {
  if (is_null()) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

}  // namespace likeness
