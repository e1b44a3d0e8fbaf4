#include "dedupe/sentence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace likeness::dedupe {
namespace {

using compare::PairSignals;

int Percent(double share) {
  return std::clamp(int(std::lround(share * 100)), share > 0 ? 1 : 0, 100);
}

// ", mirrored, turned by 90°, enlarged 2.0 times", as far as true.
std::string Also(const PairSignals& signals, bool tell_mirror, bool tell_turn) {
  std::string also;
  if (signals.aligned_by == compare::AlignedBy::kNothing) return also;
  Geometry geometry = GeometryOf(signals.query_from_match);
  if (tell_mirror && geometry.mirrored) also += ", mirrored";
  double turn = std::remainder(geometry.turn_degrees, 360.0);
  bool square = std::abs(geometry.skew_degrees) < 1;
  if (tell_turn && std::abs(turn) >= 1)
    also += fmt::format(", turned by {}°", square ? geometry.quarter_turns * 90 : int(std::lround(turn)));
  return also;
}

std::string Size(const PairSignals& signals) {
  if (signals.aligned_by == compare::AlignedBy::kNothing) return {};
  double scale = GeometryOf(signals.query_from_match).scale;
  if (scale < 0.97) return fmt::format(", reduced to {} %", Percent(scale));
  if (scale > 1.03) return fmt::format(", enlarged to {} %", int(std::lround(scale * 100)));
  return {};
}

constexpr double kWholeShare = 0.97;  // less of a picture is worth a word
constexpr double kStretch = 1.04;

// ", slightly cropped, with other proportions, blurred", as far as true.
std::string Shape(const PairSignals& signals) {
  std::string shape;
  if (signals.aligned_by == compare::AlignedBy::kNothing) return shape;
  if (signals.match_coverage < kWholeShare) shape += ", slightly cropped";
  if (signals.query_coverage < kWholeShare) shape += ", with a little more around it";
  const image::Affine& t = signals.query_from_match;
  double wide = std::hypot(t.a, t.c), high = std::hypot(t.b, t.d);
  if (std::max(wide, high) > kStretch * std::min(wide, high)) shape += ", with other proportions";
  if (signals.blurred > 0) shape += ", blurred";
  if (signals.blurred < 0) shape += ", sharper";
  return shape;
}

std::string Colour(const PairSignals& signals) {
  bool recoloured = signals.colour_distance > feature::kColourTotal || std::abs(signals.exposure_gain - 1) > 0.25 ||
                    std::abs(signals.exposure_offset) > 30 || signals.gamma != 1;
  return recoloured ? ", with other colours or brightness" : "";
}

std::string Edit(const PairSignals& signals, bool border) {
  if (border) {
    std::string text =
        fmt::format("Edited copy: a border was added, the picture takes {} % of it", Percent(signals.query_coverage));
    if (signals.changed_share > 0.03) text += fmt::format(", {} % of it looks changed", Percent(signals.changed_share));
    return text + Also(signals, true, true) + ".";
  }
  Geometry geometry = GeometryOf(signals.query_from_match);
  if (signals.changed_share < 0.03 && std::abs(geometry.skew_degrees) >= 1) {
    return fmt::format("Edited copy: turned by {:.0f}°{}.", std::remainder(geometry.turn_degrees, 360.0),
                       Also(signals, true, false));
  }
  if (signals.changed_share < 0.03)
    return fmt::format("Edited copy: a small part was changed{}.", Also(signals, true, true));
  return fmt::format("Edited copy: {} % of the picture was changed{}.", Percent(signals.changed_share),
                     Also(signals, true, true));
}

std::string Similar(const Verdict& verdict) {
  const PairSignals& signals = verdict.signals;
  if (verdict.rule == "parallax") return "Another shot of the same scene, not a copy: near and far moved apart.";
  if (verdict.rule == "moved") return "Another shot of the same scene, not a copy: something stands elsewhere.";
  if (verdict.rule == "details") {
    return fmt::format("Alike, but not a copy: they share {} % of their details, the rest is different.",
                       Percent(signals.details.partnered_share()));
  }
  if (verdict.rule == "overlay") {
    return fmt::format("Alike, but not a copy: laid over each other, they agree at {} % of what shows.",
                       Percent(signals.overlay->agreeing_share));
  }
  if (signals.local.inliers > 0 && signals.aligned_by == compare::AlignedBy::kLocal) {
    return fmt::format("Alike, but not a copy: {} points of the two pictures fit together.", signals.local.inliers);
  }
  return "Alike, but not a copy.";
}

}  // namespace

Geometry GeometryOf(const image::Affine& transform) {
  Geometry geometry;
  geometry.mirrored = transform.mirrored();
  geometry.turn_degrees = std::fmod(transform.rotation_degrees() + 360, 360.0);
  geometry.quarter_turns = int(std::lround(geometry.turn_degrees / 90)) % 4;
  geometry.skew_degrees = std::remainder(geometry.turn_degrees, 90.0);
  geometry.scale = transform.scale();
  return geometry;
}

std::string Sentence(const Verdict& verdict, bool border) {
  const PairSignals& signals = verdict.signals;
  switch (verdict.kind) {
    case VerdictKind::kNone:
      return signals.low_information ? "Not related, as far as so plain a picture can tell." : "Not related.";
    case VerdictKind::kExact:
      return "The same file.";
    case VerdictKind::kPixelEqual:
      return "Another file with exactly the same pixels.";
    case VerdictKind::kSamePicture:
      return fmt::format("The same picture{}{}{}{}.", Size(signals), Shape(signals), Colour(signals),
                         signals.low_information ? "; it is too plain to be sure" : "");
    case VerdictKind::kMirrored:
      return fmt::format("The same picture, mirrored{}{}{}{}.", Also(signals, false, true), Size(signals),
                         Shape(signals), Colour(signals));
    case VerdictKind::kRotated:
      return fmt::format("The same picture{}{}{}{}.", Also(signals, true, true), Size(signals), Shape(signals),
                         Colour(signals));
    case VerdictKind::kPartOf:
      if (signals.query_coverage < 0.9) {
        return fmt::format("Overlapping crop: {} % of it shows {} % of the original{}.",
                           Percent(signals.query_coverage), Percent(signals.match_coverage), Also(signals, true, true));
      }
      return fmt::format("Cropped copy: shows {} % of the original{}{}.", Percent(signals.match_coverage),
                         Also(signals, true, true), signals.changed_share > 0.08 ? ", edited" : "");
    case VerdictKind::kContains:
      return fmt::format(
          "Contains {} original on {} % of its area{}.",
          signals.match_coverage < 0.9 ? fmt::format("{} % of the", Percent(signals.match_coverage)) : "the whole",
          Percent(signals.query_coverage), Also(signals, true, true));
    case VerdictKind::kEdited:
      return Edit(signals, border);
    case VerdictKind::kSimilar:
      return Similar(verdict);
  }
  return {};
}

}  // namespace likeness::dedupe
