#include "http/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

namespace likeness::http {
namespace {

constexpr size_t kDepthMax = 32;

Json FromBoost(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::bool_:
      return Json(value.get_bool());
    case boost::json::kind::int64:
      return Json(value.get_int64());
    case boost::json::kind::uint64:
      return Json(static_cast<double>(value.get_uint64()));  // over 2^63: no id of ours
    case boost::json::kind::double_:
      return Json(value.get_double());
    case boost::json::kind::string:
      return Json(std::string_view(value.get_string().data(), value.get_string().size()));
    case boost::json::kind::array: {
      Json out = Json::MakeArray();
      for (const auto& item : value.get_array()) out.Append(FromBoost(item));
      return out;
    }
    case boost::json::kind::object: {
      Json out = Json::MakeObject();
      for (const auto& member : value.get_object())
        out.Set(std::string_view(member.key().data(), member.key().size()), FromBoost(member.value()));
      return out;
    }
  }
  return {};
}

}  // namespace

Result<Json> ParseJson(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kDepthMax;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code error;
  size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error && read < text.size()) {
    // What follows the value must be blank.
    for (size_t i = read; i < text.size() && !error; ++i) {
      if (!std::string_view(" \t\r\n").contains(text[i])) error = boost::json::error::extra_data;
    }
  }
  if (!error) parser.finish(error);
  if (error) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("not JSON at byte {}: {}", read, error.message()),
                "send one well-formed JSON value in UTF-8");
  }
  return FromBoost(parser.release());
}

Fields::Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object.is_object()) {
    error_ = Error{ErrorCode::kInvalidArgument, fmt::format("{}: expected an object", path_.empty() ? "/" : path_), ""};
  }
}

void Fields::Fault(std::string_view name, std::string what) {
  if (!error_) error_ = Error{ErrorCode::kInvalidArgument, fmt::format("{}/{}: {}", path_, name, what), ""};
}

const Json* Fields::Look(std::string_view name) {
  known_.push_back(name);
  const Json& value = object_[name];
  return value.is_null() ? nullptr : &value;
}

const Json* Fields::Any(std::string_view name) {
  return Look(name);
}

std::optional<std::string> Fields::String(std::string_view name) {
  const Json* value = Look(name);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    Fault(name, "expected a string");
    return std::nullopt;
  }
  return value->AsString();
}

std::optional<int64_t> Fields::Int(std::string_view name, int64_t min, int64_t max) {
  const Json* value = Look(name);
  if (!value) return std::nullopt;
  if (!value->is_int() || value->AsInt() < min || value->AsInt() > max) {
    Fault(name, max == std::numeric_limits<int64_t>::max()
                    ? fmt::format("expected a whole number of at least {}", min)
                    : fmt::format("expected a whole number from {} to {}", min, max));
    return std::nullopt;
  }
  return value->AsInt();
}

std::optional<bool> Fields::Bool(std::string_view name) {
  const Json* value = Look(name);
  if (!value) return std::nullopt;
  if (!value->is_bool()) {
    Fault(name, "expected true or false");
    return std::nullopt;
  }
  return value->AsBool();
}

std::vector<std::string> Fields::Strings(std::string_view name, size_t count_max) {
  std::vector<std::string> out;
  const Json* value = Look(name);
  if (!value) return out;
  if (!value->is_array()) Fault(name, "expected an array of strings");
  if (value->items().size() > count_max) Fault(name, fmt::format("expected at most {} items", count_max));
  for (size_t i = 0; i < value->items().size() && !error_; ++i) {
    if (!value->items()[i].is_string()) Fault(fmt::format("{}/{}", name, i), "expected a string");
    out.push_back(value->items()[i].AsString());
  }
  return out;
}

std::vector<int64_t> Fields::Ints(std::string_view name, int64_t min, size_t count_max) {
  std::vector<int64_t> out;
  const Json* value = Look(name);
  if (!value) return out;
  if (!value->is_array()) Fault(name, "expected an array of numbers");
  if (value->items().size() > count_max) Fault(name, fmt::format("expected at most {} items", count_max));
  for (size_t i = 0; i < value->items().size() && !error_; ++i) {
    const Json& item = value->items()[i];
    if (!item.is_int() || item.AsInt() < min)
      Fault(fmt::format("{}/{}", name, i), fmt::format("expected a whole number of at least {}", min));
    out.push_back(item.AsInt());
  }
  return out;
}

void Fields::Require(std::string_view name) {
  if (object_[name].is_null()) Fault(name, "is missing");
}

Status Fields::Finish() {
  if (error_) return std::unexpected(*error_);
  for (const JsonMember& member : object_.members()) {
    if (std::ranges::find(known_, member.name) == known_.end()) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{}/{}: unknown member", path_, member.name),
                  fmt::format("the members here are {}", fmt::join(known_, ", ")));
    }
  }
  return {};
}

}  // namespace likeness::http
