#include "browser/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "feature/phash.h"

namespace likeness::browser {
namespace {

std::string Text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

// Rounded: pictures are no more precise, and builds differ in the last place.
std::string Number(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "null";
}

std::string OrNull(const std::optional<double>& value) {
  return value ? Number(*value) : "null";
}

std::string BoxJson(const compare::Box& box) {
  return fmt::format(R"({{"x":{},"y":{},"width":{},"height":{}}})", box.x, box.y, box.width, box.height);
}

std::string SizeJson(image::Size size) {
  return fmt::format(R"({{"width":{},"height":{}}})", size.width, size.height);
}

std::string PointJson(const image::Point& point) {
  return fmt::format("[{:.2f},{:.2f}]", point.x, point.y);
}

// "[", items apart by commas, "]".
template <typename Items, typename Write>
std::string List(const Items& items, Write write) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += write(item);
  }
  return out + ']';
}

std::string QuadJson(const image::Quad& quad) {
  return List(quad, PointJson);
}

std::string TransformJson(const image::Affine& t) {
  return fmt::format(
      R"({{"a":{},"b":{},"tx":{},"c":{},"d":{},"ty":{},"scale":{},"rotation_degrees":{},"mirrored":{}}})", Number(t.a),
      Number(t.b), Number(t.tx), Number(t.c), Number(t.d), Number(t.ty), Number(t.scale()),
      Number(t.rotation_degrees()), t.mirrored());
}

std::string RegionJson(const compare::ChangedRegion& region) {
  std::string out = fmt::format(R"({{"kind":"{}","box":{},"different":{},"severity":{})", compare::Name(region.kind),
                                BoxJson(region.box), region.different, Number(region.severity));
  if (region.kind == compare::ChangeKind::kMoved) out += fmt::format(R"(,"from":{})", BoxJson(region.from));
  return out + '}';
}

std::string PlacementJson(const Found& found) {
  const compare::Placement place = compare::Place(found.given_a, found.given_b, found.alignment->b_from_a);
  return fmt::format(R"({{"scale":{},"rotation_degrees":{},"mirrored":{},"perspective":{},"a_shared":{},"b_shared":{},)"
                     R"("a_in_b":{},"b_in_a":{},"correlation":{},"agreeing":{},"gain":{},"offset":{}}})",
                     Number(place.scale), Number(place.rotation_degrees), place.mirrored, Number(place.perspective),
                     Number(std::min(1.0, place.a_shared)), Number(std::min(1.0, place.b_shared)),
                     QuadJson(place.a_in_b), QuadJson(place.b_in_a), Number(found.alignment->correlation),
                     Number(found.alignment->agreeing), List(found.alignment->tone.gain, Number),
                     List(found.alignment->tone.offset, Number));
}

std::string SignalsJson(const compare::PairSignals& signals) {
  const compare::LocalMatch& local = signals.local;
  std::string out = fmt::format(
      R"({{"same_bytes":{},"same_pixels":{},"phash":{{"distance":{},"upright_distance":{},"orientation":"{}"}},)"
      R"("pdq":{{"distance":{},"reliable":{}}},"colour":{{"distance":{}}},"inliers":{},"candidates":{},"mirrored":{},)"
      R"("query_coverage":{},"match_coverage":{},"changed_share":{},"low_information":{})",
      signals.same_bytes, signals.same_pixels, signals.phash_distance, signals.phash_upright_distance,
      Name(signals.orientation), signals.pdq_distance, signals.pdq_reliable, signals.colour_distance, local.inliers,
      local.candidates, signals.local_mirrored, Number(local.query_coverage), Number(local.match_coverage),
      Number(signals.changed_share), signals.low_information);
  out += R"(,"changed_regions":)" + List(signals.changed_regions, QuadJson);
  out += R"(,"points":)" + List(local.points, [](const compare::Correspondence& point) {
           return fmt::format("[{:.1f},{:.1f},{:.1f},{:.1f},{}]", point.query.x, point.query.y, point.match.x,
                              point.match.y, point.distance);
         });
  return out + '}';
}

}  // namespace

std::string DifferenceJson(const Found& found) {
  const compare::Difference& d = found.difference;
  std::string out = fmt::format(
      R"({{"equal":{},"percent":{},"different":{},"antialiased":{},"ignored":{},"pixels":{},"compared":{},)"
      R"("frame":{},"scale":{},"a":{},"b":{},"regions_found":{},"regions":{})",
      d.different == 0, Number(found.compared == 0 ? 0 : 100 * double(d.different) / double(found.compared)),
      d.different, d.antialiased, d.ignored, d.pixels(), found.compared, SizeJson(d.canvas), Number(found.scale),
      SizeJson(found.given_a), SizeJson(found.given_b), found.regions_found, List(found.regions, RegionJson));
  if (d.different > 0) out += R"(,"bounds":)" + BoxJson(d.bounds);
  if (found.aligned) out += fmt::format(R"(,"aligned":{})", *found.aligned);
  if (found.masked) out += fmt::format(R"(,"masked":{})", *found.masked);
  if (found.alignment != nullptr) out += R"(,"placement":)" + PlacementJson(found);
  if (found.fidelity)
    out += fmt::format(R"(,"fidelity":{{"psnr":{},"ssim":{},"ms_ssim":{}}})", OrNull(found.fidelity->psnr),
                       OrNull(found.fidelity->ssim), OrNull(found.fidelity->ms_ssim));
  return out + '}';
}

std::string VerdictJson(const dedupe::Verdict& verdict) {
  const compare::LocalMatch& local = verdict.signals.local;
  std::string out = fmt::format(
      R"({{"similarity_percent":{},"verdict":{{"kind":"{}","rule":{},"score":{},"distance":{},"sentence":{})",
      Number(compare::SimilarityPercent(verdict.signals)), dedupe::Name(verdict.kind), Text(verdict.rule),
      Number(verdict.score), Number(verdict.distance), Text(verdict.sentence));
  if (!verdict.note.empty()) out += R"(,"note":)" + Text(verdict.note);
  if (local.inliers > 0)
    out += fmt::format(R"(,"transform":{},"region":{},"region_in_query":{})", TransformJson(local.query_from_match),
                       QuadJson(local.region_in_match), QuadJson(local.region_in_query));
  return out + R"(,"signals":)" + SignalsJson(verdict.signals) + "}}";
}

}  // namespace likeness::browser
