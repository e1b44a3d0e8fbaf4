#include "browser/options.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <string>

namespace likeness::browser {
namespace {

constexpr std::string_view kFits[] = {"original", "scale", "align"};
constexpr size_t kRegionsMax = 1000, kBoxesMax = 1000;

// The number that the whole text is, within bounds.
std::optional<double> Number(std::string_view text, double least, double most) {
  const std::string held(text);
  char* end = nullptr;
  const double value = std::strtod(held.c_str(), &end);
  if (held.empty() || *end != '\0' || !(value >= least && value <= most)) return std::nullopt;
  return value;
}

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(at), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool ReadBoxes(std::string_view text, std::vector<compare::Box>& boxes) {
  constexpr double kSideMax = 1 << 24;
  for (const std::string_view word : Split(text, '/')) {
    const std::vector<std::string_view> parts = Split(word, ',');
    if (parts.size() != 4 || boxes.size() == kBoxesMax) return false;
    int numbers[4];
    for (size_t i = 0; i < 4; ++i) {
      const std::optional<double> number = Number(parts[i], i < 2 ? -kSideMax : 1, kSideMax);
      if (!number || *number != std::trunc(*number)) return false;
      numbers[i] = static_cast<int>(*number);
    }
    boxes.push_back({numbers[0], numbers[1], numbers[2], numbers[3]});
  }
  return true;
}

bool ReadColour(std::string_view text, std::array<uint8_t, 3>& colour) {
  if (text.size() != 6 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return false;
  const unsigned long value = std::strtoul(std::string(text).c_str(), nullptr, 16);
  for (size_t c = 0; c < 3; ++c) colour[c] = static_cast<uint8_t>(value >> (16 - 8 * c));
  return true;
}

// The place of a word in a list.
template <size_t kCount>
std::optional<size_t> Choice(std::string_view word, const std::string_view (&words)[kCount]) {
  const auto* found = std::find(std::begin(words), std::end(words), word);
  if (found == std::end(words)) return std::nullopt;
  return static_cast<size_t>(found - std::begin(words));
}

bool ReadOne(std::string_view key, std::string_view value, Options& options) {
  if (key == "rules") {
    const compare::Preset* preset = compare::FindPreset(value);
    if (preset != nullptr) options.rules = preset->rules;
    return preset != nullptr;
  }
  if (key == "boxes") return ReadBoxes(value, options.ignored_boxes);
  if (key == "colour") return ReadColour(value, options.picture.colour);
  if (key == "fit" || key == "style") {
    const std::optional<size_t> place = key == "fit" ? Choice(value, kFits) : Choice(value, compare::kPictureStyles);
    if (!place || (key == "style" && value == "blink")) return false;  // a page blinks by itself
    if (key == "fit")
      options.fit = static_cast<Fit>(*place);
    else
      options.picture.style = static_cast<compare::PictureStyle>(*place);
    return true;
  }
  const std::optional<double> number = Number(value, 0, key == "regions" ? double(kRegionsMax) : 1);
  if (!number || (key == "regions" && *number != std::trunc(*number))) return false;
  if (key == "threshold")
    options.rules.threshold = *number;
  else if (key == "opacity")
    options.picture.opacity = *number;
  else if (key == "regions")
    options.regions_max = static_cast<size_t>(*number);
  else if (key == "fidelity")
    options.fidelity = *number != 0;
  else if (key == "mask")
    options.mask = *number != 0;
  else
    return false;
  return true;
}

}  // namespace

std::optional<Options> ReadOptions(std::string_view text) {
  Options options;
  options.rules = compare::FindPreset("nothing")->rules;
  const std::vector<std::string_view> words = Split(text, ' ');
  // The rules first: a threshold changes them.
  for (const bool rules : {true, false})
    for (const std::string_view word : words) {
      const size_t at = word.find('=');
      if (at == std::string_view::npos) return std::nullopt;
      const std::string_view key = word.substr(0, at);
      if ((key == "rules") == rules && !ReadOne(key, word.substr(at + 1), options)) return std::nullopt;
    }
  return options;
}

}  // namespace likeness::browser
