// The little JSON that the engine itself stores and reads again: one flat object of strings, numbers, booleans and
// arrays of strings (labels of records, metadata of images). Anything deeper is Corruption. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace likeness::engine {

using SmallValue = std::variant<std::string, double, std::vector<std::string>>;
using SmallObject = std::map<std::string, SmallValue, std::less<>>;

Result<SmallObject> ParseSmallJson(std::string_view text);

// The string or number under `key`, or the fallback.
std::string GetText(const SmallObject& object, std::string_view key);
double GetNumber(const SmallObject& object, std::string_view key, double fallback);
std::vector<std::string> GetTexts(const SmallObject& object, std::string_view key);

// Writes one flat object, keys in the order of the calls. Numbers that are not finite are left out.
class SmallJsonWriter {
 public:
  SmallJsonWriter& Put(std::string_view key, std::string_view value);
  SmallJsonWriter& PutNumber(std::string_view key, double value);
  SmallJsonWriter& PutInteger(std::string_view key, int64_t value);
  SmallJsonWriter& PutTexts(std::string_view key, const std::vector<std::string>& values);
  std::string Take() { return std::move(out_) + "}"; }
  size_t size() const { return out_.size() + 1; }

 private:
  void Key(std::string_view key);
  std::string out_ = "{";
};

}  // namespace likeness::engine
