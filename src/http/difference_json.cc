#include "http/difference_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "answer/pair_json.h"
#include "base/text.h"
#include "http/json.h"

namespace likeness::http {
namespace {

constexpr size_t kBoxesMax = 1000;
constexpr int64_t kSideMax = 1 << 24;
// Pictures that were resampled and encoded again differ everywhere by a little.
constexpr compare::DifferenceRules kAlignedRules{.metric = compare::Metric::kYiq, .threshold = 0.15};

bool HasThreshold(const compare::DifferenceRules& rules) {
  return rules.metric == compare::Metric::kYiq || rules.metric == compare::Metric::kOklab;
}

// A number of 0..1.
std::optional<double> Share(Fields& fields, const char* name) {
  const Json* value = fields.Any(name);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_number() || !(value->AsDouble() >= 0 && value->AsDouble() <= 1)) {
    fields.Fault(name, "expected a number from 0 to 1");
    return {};
  }
  return value->AsDouble();
}

Result<compare::DifferenceRules> ReadRules(Fields& fields) {
  const std::string like = fields.String("like").value_or("");
  const std::optional<double> threshold = Share(fields, "threshold");
  const std::vector<std::string> ignore = fields.Strings("ignore", 10);
  const char* first = !like.empty() ? like.c_str() : threshold ? "pixelmatch" : "nothing";
  const compare::Preset* preset = compare::FindPreset(first);
  if (!preset || (!like.empty() && !like.starts_with("pixelmatch") && like != "odiff" && like != "resemble")) {
    fields.Fault("like", "expected pixelmatch, pixelmatch-7, pixelmatch-5, pixelmatch-8-preview, odiff or resemble");
    return compare::DifferenceRules{};
  }
  compare::DifferenceRules rules = preset->rules;
  // By itself a threshold is about colours alone.
  if (like.empty() && threshold) rules.antialiasing = compare::Antialiasing::kCounted;
  if (threshold && !HasThreshold(rules)) fields.Fault("threshold", "like resemble has tolerances, no threshold");
  if (threshold) rules.threshold = *threshold;
  for (const std::string& word : ignore) {
    const compare::Preset* mode = compare::FindPreset(word);
    if (!mode || word == "resemble" || HasThreshold(mode->rules)) {
      fields.Fault("ignore", "expected nothing, less, antialiasing, colours, alpha");
    } else if (!HasThreshold(rules)) {
      rules = mode->rules;
    } else if (word == "antialiasing") {
      rules.antialiasing = like == "odiff" ? compare::Antialiasing::kSlopes : compare::Antialiasing::kSlope;
    } else if (word == "alpha") {
      rules.ignore_alpha = true;
    } else if (word == "nothing") {
      rules.antialiasing = compare::Antialiasing::kCounted;
    } else {
      fields.Fault("ignore", fmt::format("{} cannot go with a threshold", word));
    }
  }
  return rules;
}

Result<std::vector<compare::Box>> ReadBoxes(Fields& fields, const std::string& path) {
  std::vector<compare::Box> boxes;
  const Json* list = fields.Any("boxes");
  if (list == nullptr || list->is_null()) return boxes;
  if (!list->is_array() || list->items().size() > kBoxesMax)
    fields.Fault("boxes", fmt::format("expected a list of at most {} boxes", kBoxesMax));
  for (size_t i = 0; i < std::min(list->items().size(), kBoxesMax); ++i) {
    Fields box((*list)[i], fmt::format("{}/boxes/{}", path, i));
    for (const char* name : {"x", "y", "width", "height"}) box.Require(name);
    auto x = box.Int("x", -kSideMax, kSideMax), y = box.Int("y", -kSideMax, kSideMax);
    auto width = box.Int("width", 1, kSideMax), height = box.Int("height", 1, kSideMax);
    LK_TRY(box.Finish());
    boxes.push_back({int(*x), int(*y), int(*width), int(*height)});
  }
  return boxes;
}

Result<compare::PictureOptions> ReadPicture(const Json& object, const std::string& path) {
  compare::PictureOptions options;
  Fields fields(object, path);
  const auto style = fields.String("style"), colour = fields.String("colour");
  if (auto opacity = Share(fields, "opacity")) options.opacity = *opacity;
  if (style) {
    const auto* found = std::ranges::find(compare::kPictureStyles, *style);
    if (found == std::end(compare::kPictureStyles))
      fields.Fault("style", fmt::format("expected one of {}", fmt::join(compare::kPictureStyles, ", ")));
    else
      options.style = static_cast<compare::PictureStyle>(found - std::begin(compare::kPictureStyles));
  }
  LK_TRY(fields.Finish());
  if (colour) {
    LK_ASSIGN(const uint32_t rgb, ParseColour(*colour));
    options.colour = {static_cast<uint8_t>(rgb >> 16), static_cast<uint8_t>(rgb >> 8), static_cast<uint8_t>(rgb)};
  }
  return options;
}

// `path` may be empty.
Result<codec::Format> PictureFormat(compare::PictureStyle style, const std::string& path) {
  const bool blinks = style == compare::PictureStyle::kBlink;
  std::string ending = std::filesystem::path(path).extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool moves = ending == ".webp" || ending == ".gif";
  if (blinks && !path.empty() && !moves)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: a picture that blinks is a WebP or a GIF file", CleanText(path, 4096)),
                "name it OUT.webp, or OUT.gif");
  if (!blinks && moves)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: a picture of this style is a PNG file", CleanText(path, 4096)),
                "name it OUT.png, or choose the style blink");
  return !blinks ? codec::Format::kPng : ending == ".gif" ? codec::Format::kGif : codec::Format::kWebp;
}

}  // namespace

Result<DifferenceFields> ReadDifference(const Json& options, std::string path, bool local) {
  DifferenceFields out;
  Fields fields(options, path);
  engine::DifferenceRequest& request = out.request;
  LK_ASSIGN(request.rules, ReadRules(fields));
  LK_ASSIGN(request.ignored_boxes, ReadBoxes(fields, path));
  request.scale = fields.Bool("scale").value_or(false);
  request.regions_max = static_cast<size_t>(fields.Int("regions", 0, 1000).value_or(100));
  request.align = fields.Bool("align").value_or(false);
  const bool rules_chosen = options.Has("like") || options.Has("threshold") || !options["ignore"].items().empty();
  if (request.align && !rules_chosen) request.rules = kAlignedRules;
  if (request.align && request.scale) fields.Fault("align", "align and scale are two ways of one thing");
  request.fidelity = fields.Bool("fidelity").value_or(false);
  const Json* picture = fields.Any("picture");
  if (local) {
    out.mask_path = fields.String("mask").value_or("");
    out.save_path = fields.String("save").value_or("");
  }
  LK_TRY(fields.Finish());
  if (picture != nullptr && !picture->is_null()) {
    LK_ASSIGN(request.picture, ReadPicture(*picture, path + "/picture"));
  }
  if (!out.save_path.empty() && !request.picture) request.picture.emplace();
  if (request.picture) {
    LK_ASSIGN(out.picture_format, PictureFormat(request.picture->style, out.save_path));
  }
  return out;
}

Json ToJson(const engine::PictureDifference& difference) {
  Json notes = Json::MakeArray();
  for (const std::string& note : difference.notes) notes.Append(CleanText(note, 400));
  return answer::ToJson(difference.found())
      .Set("notes", std::move(notes))
      .Set("decode_ms", difference.decode_ms)
      .Set("compare_ms", difference.compare_ms);
}

}  // namespace likeness::http
