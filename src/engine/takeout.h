// The JSON files that Google Takeout puts beside photos: which one belongs to a photo, and what it says. Names are odd:
// cut at 46 characters, with the number of a repeated name behind the wrong dot, without extension, or shared by a
// photo and its edited copy. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "codec/metadata.h"

namespace likeness::engine {

// How surely a JSON file, by its name without ".json", belongs to a photo's file name: 0 not at all, larger is surer.
int TakeoutMatch(std::string_view json_stem, std::string_view photo_name);
// The surest of the ascending `json_stems`; empty: none belongs to it.
std::string FindTakeoutStem(const std::vector<std::string>& json_stems, std::string_view photo_name);

struct TakeoutFacts {
  std::string title;        // the photo's name when it was uploaded, uncut
  std::string description;  // what a person wrote
  std::string taken_at;     // UTC, "2019-05-01T10:00:00+00:00"
  std::optional<double> latitude, longitude, altitude_m;
  std::vector<std::string> people;
  std::string url;
  bool favourite = false;
};
// Nothing for what is no such file. All text is clean and within limits.
std::optional<TakeoutFacts> ParseTakeout(ByteView json, const Limits& limits);
// What a person wrote wins over what the file says; time and place are filled in where the file has none.
void ApplyTakeout(const TakeoutFacts& facts, std::string_view photo_name, codec::Metadata& metadata);

}  // namespace likeness::engine
