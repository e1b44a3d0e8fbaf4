#include "engine/takeout.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <ctime>

#include "base/text.h"

namespace likeness::engine {
namespace {

namespace json = boost::json;

constexpr std::string_view kSuffix = ".supplemental-metadata";
constexpr size_t kStemMax = 46;  // Takeout cuts longer ones
constexpr size_t kJsonBytesMax = 1 << 20;
constexpr size_t kPeopleMax = 100;
constexpr int64_t kSecondsMax = 253402300799;  // the year 9999

// "(2)" at the end; empty where there is none.
std::string_view NumberOf(std::string_view text) {
  if (!text.ends_with(')')) return {};
  const size_t open = text.rfind('(');
  if (open == std::string_view::npos || open + 2 >= text.size() || open == 0) return {};
  const std::string_view digits = text.substr(open + 1, text.size() - open - 2);
  return std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }) ? text.substr(open)
                                                                                  : std::string_view{};
}

// Without a number behind the wrong dot.
int MatchPlain(std::string_view stem, std::string_view name) {
  if (stem == name) return 6;
  if (stem.starts_with(name) && stem.size() > name.size() + 1) {
    // The suffix is cut when name and suffix are longer than Takeout's limit; some exports cut it shorter.
    return kSuffix.starts_with(stem.substr(name.size())) ? 5 : 0;
  }
  if (stem.size() >= kStemMax - 1 && name.starts_with(stem)) return 4;  // the name itself is cut
  const size_t dot = name.rfind('.');
  if (dot != std::string_view::npos && dot > 0 && stem == name.substr(0, dot)) return 3;  // uploaded without extension
  return 0;
}

std::string TextOf(const json::object& object, std::string_view key, size_t bytes_max, bool lines = false) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? CleanText(std::string_view(value->get_string()), bytes_max, lines)
                                     : std::string();
}

std::optional<double> NumberAt(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_number()) return {};
  const double number = value->to_number<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

const json::object* ObjectAt(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

std::string TimeOf(const json::object& object) {
  const std::string text = TextOf(object, "timestamp", 20);
  int64_t seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return {};
  if (seconds == 0 || seconds > kSecondsMax || seconds < -kSecondsMax / 2) return {};
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  if (parts.tm_year + 1900 < 1) return {};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// Takeout writes zeros for "not known".
bool TakePlace(const json::object* place, TakeoutFacts& facts) {
  if (!place) return false;
  const auto latitude = NumberAt(*place, "latitude"), longitude = NumberAt(*place, "longitude");
  if (!latitude || !longitude || std::abs(*latitude) > 90 || std::abs(*longitude) > 180) return false;
  if (*latitude == 0 && *longitude == 0) return false;
  facts.latitude = latitude;
  facts.longitude = longitude;
  if (const auto altitude = NumberAt(*place, "altitude"); altitude && *altitude != 0 && std::abs(*altitude) < 1e5)
    facts.altitude_m = altitude;
  return true;
}

std::string_view Extension(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view{} : name.substr(dot);
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

}  // namespace

int TakeoutMatch(std::string_view stem, std::string_view name) {
  if (const int plain = MatchPlain(stem, name)) return 10 + plain;
  const std::string_view extension = Extension(name);
  std::string_view base = name.substr(0, name.size() - extension.size());
  // IMG(1).jpg belongs to IMG.jpg(1).json.
  if (const std::string_view number = NumberOf(base); !number.empty() && stem.ends_with(number)) {
    std::string whole(base.substr(0, base.size() - number.size()));
    whole += extension;
    if (const int plain = MatchPlain(stem.substr(0, stem.size() - number.size()), whole)) return 10 + plain;
  }
  // An edited copy has what its original has.
  constexpr std::string_view kEdited = "-edited";
  const std::string_view number = NumberOf(base);
  base.remove_suffix(number.size());
  if (base.ends_with(kEdited) && base.size() > kEdited.size()) {
    std::string whole(base.substr(0, base.size() - kEdited.size()));
    whole.append(number).append(extension);
    return TakeoutMatch(stem, whole) > 0 ? 1 : 0;
  }
  return 0;
}

std::string FindTakeoutStem(const std::vector<std::string>& stems, std::string_view name) {
  // All that can match begin as the name does, up to its number, "-edited" or extension.
  std::string_view begin = name.substr(0, name.find_first_of("(.", 1));
  if (const size_t edited = begin.find("-edited"); edited != std::string_view::npos && edited > 0)
    begin = begin.substr(0, edited);
  begin = begin.substr(0, kStemMax - 1);
  std::string best;
  int surest = 0;
  for (auto at = std::ranges::lower_bound(stems, begin); at != stems.end() && at->starts_with(begin); ++at) {
    if (const int match = TakeoutMatch(*at, name); match > surest) {
      surest = match;
      best = *at;
    }
  }
  return best;
}

std::optional<TakeoutFacts> ParseTakeout(ByteView bytes, const Limits& limits) {
  if (bytes.size() > kJsonBytesMax) return {};
  boost::system::error_code error;
  const json::value value = json::parse(AsText(bytes), error);
  const json::object* object = error ? nullptr : value.if_object();
  if (!object) return {};
  const json::object* taken = ObjectAt(*object, "photoTakenTime");
  if (!taken && !ObjectAt(*object, "creationTime") && !ObjectAt(*object, "geoData")) return {};
  TakeoutFacts facts;
  facts.title = TextOf(*object, "title", limits.text_bytes_max);
  facts.description = TextOf(*object, "description", limits.text_bytes_max, true);
  facts.url = TextOf(*object, "url", limits.url_bytes_max);
  if (!facts.url.starts_with("https://") && !facts.url.starts_with("http://")) facts.url.clear();
  if (taken) facts.taken_at = TimeOf(*taken);
  if (!TakePlace(ObjectAt(*object, "geoData"), facts)) TakePlace(ObjectAt(*object, "geoDataExif"), facts);
  const json::value* favourite = object->if_contains("favorited");
  facts.favourite = favourite && favourite->is_bool() && favourite->get_bool();
  const json::value* people = object->if_contains("people");
  if (const json::array* list = people ? people->if_array() : nullptr) {
    for (const json::value& person : *list) {
      const json::object* one = person.if_object();
      std::string name = one ? TextOf(*one, "name", limits.tag_bytes_max) : std::string();
      if (!name.empty() && facts.people.size() < kPeopleMax) facts.people.push_back(std::move(name));
    }
  }
  return facts;
}

void ApplyTakeout(const TakeoutFacts& facts, std::string_view photo_name, codec::Metadata& metadata) {
  if (!facts.title.empty() && !EqualsIgnoringCase(Extension(facts.title), Extension(photo_name)))
    metadata.title = facts.title;
  if (!facts.description.empty()) metadata.description = facts.description;
  if (metadata.taken_at.empty()) metadata.taken_at = facts.taken_at;
  if (!metadata.latitude || !metadata.longitude) {
    metadata.latitude = facts.latitude;
    metadata.longitude = facts.longitude;
    metadata.altitude_m = facts.altitude_m;
  }
  for (const std::string& person : facts.people) metadata.keywords.push_back("person:" + person);
}

}  // namespace likeness::engine
