// JSON that comes in: text to values, and the members of requests. Boost.JSON reads (bounded depth); the value and its
// text are base/json.h. Thread-compatible.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace likeness::http {

// InvalidArgument with the position. At most 32 levels deep.
Result<Json> ParseJson(std::string_view text);

// Reads the members of a request's object, remembering the first thing that is wrong by its path ("/tags/1: expected a
// string"). A member that nobody asked for is refused at the end, with the names that there are.
class Fields {
 public:
  explicit Fields(const Json& object, std::string path = "");

  std::optional<std::string> String(std::string_view name);
  std::optional<int64_t> Int(std::string_view name, int64_t min, int64_t max);
  std::optional<bool> Bool(std::string_view name);
  std::vector<std::string> Strings(std::string_view name, size_t count_max);
  std::vector<int64_t> Ints(std::string_view name, int64_t min, size_t count_max);
  const Json* Any(std::string_view name);
  // Records that `name` is missing, unless something was wrong before.
  void Require(std::string_view name);
  void Fault(std::string_view name, std::string what);
  Status Finish();

 private:
  const Json* Look(std::string_view name);

  const Json& object_;
  std::string path_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

}  // namespace likeness::http
