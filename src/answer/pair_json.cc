#include "answer/pair_json.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "answer/sentences.h"
#include "feature/phash.h"

namespace likeness::answer {
namespace {

Json Number(double value) {
  if (!std::isfinite(value) || value == 0) return {value};
  const double unit = std::pow(10.0, 5 - std::floor(std::log10(std::abs(value))));
  return {std::isfinite(unit) && unit > 0 ? std::round(value * unit) / unit : value};
}

// Of pixels: to the hundredth.
Json PointToJson(const image::Point& point) {
  const auto rounded = [](double value) { return Json(std::round(value * 100) / 100); };
  return Json(Json::Array{rounded(point.x), rounded(point.y)});
}

Json SizeToJson(image::Size size) {
  return Json().Set("width", size.width).Set("height", size.height);
}

Json PictureToJson(image::Size size, const std::string& format) {
  Json out = SizeToJson(size);
  if (!format.empty()) out.Set("format", format);
  return out;
}

Json OrNull(const std::optional<double>& value) {
  return value ? Number(*value) : Json();
}

// The transform that is told, with what it lays over each other: by the pixels where they decided, else by points.
struct Laid {
  image::Affine query_from_match;
  image::Quad region_in_query, region_in_match;
};
std::optional<Laid> LaidBy(const compare::PairSignals& signals) {
  if (signals.aligned_by == compare::AlignedBy::kPixels)
    return Laid{signals.query_from_match, signals.overlay->region_in_query, signals.overlay->region_in_match};
  const compare::LocalMatch& local = signals.local;
  if (local.inliers == 0) return std::nullopt;
  return Laid{local.query_from_match, local.region_in_query, local.region_in_match};
}

Json SideToJson(const compare::SideDetails& side) {
  return Json().Set("points", side.points).Set("partnered", side.partnered).Set("disputed", side.disputed);
}

Json OverlayToJson(const compare::Overlay& overlay) {
  return Json()
      .Set("places", overlay.places)
      .Set("agreeing_share", Number(overlay.agreeing_share))
      .Set("correlation", Number(overlay.correlation))
      .Set("query_coverage", Number(overlay.query_coverage))
      .Set("match_coverage", Number(overlay.match_coverage));
}

Json RegionToJson(const compare::ChangedRegion& region) {
  Json out = Json().Set("kind", compare::Name(region.kind)).Set("box", BoxToJson(region.box));
  if (region.kind == compare::ChangeKind::kMoved) out.Set("from", BoxToJson(region.from));
  return out.Set("different_pixels", region.different).Set("severity", Number(region.severity));
}

Json AlignmentToJson(const FoundDifference& found) {
  const compare::Alignment& alignment = *found.alignment;
  const compare::Placement place = compare::Place(found.a, found.b, alignment.b_from_a);
  Json gain = Json::MakeArray(), offset = Json::MakeArray();
  for (size_t c = 0; c < 3; ++c) {
    gain.Append(Number(double(alignment.tone.gain[c])));
    offset.Append(Number(double(alignment.tone.offset[c])));
  }
  return Json()
      .Set("sentence", DescribePlacement(place, alignment.tone))
      .Set("scale", Number(place.scale))
      .Set("rotation_degrees", Number(place.rotation_degrees))
      .Set("mirrored", place.mirrored)
      .Set("perspective", Number(place.perspective))
      .Set("a_shared", Number(std::min(1.0, place.a_shared)))
      .Set("b_shared", Number(std::min(1.0, place.b_shared)))
      .Set("a_in_b", QuadToJson(place.a_in_b))
      .Set("b_in_a", QuadToJson(place.b_in_a))
      .Set("gain", std::move(gain))
      .Set("offset", std::move(offset))
      .Set("correlation", Number(alignment.correlation))
      .Set("agreeing", Number(alignment.agreeing))
      .Set("compared_scale", Number(found.scale));
}

}  // namespace

Json BoxToJson(const compare::Box& box) {
  return Json().Set("x", box.x).Set("y", box.y).Set("width", box.width).Set("height", box.height);
}

Json QuadToJson(const image::Quad& quad) {
  Json out = Json::MakeArray();
  for (const image::Point& corner : quad) out.Append(PointToJson(corner));
  return out;
}

Json TransformToJson(const image::Affine& t) {
  return Json()
      .Set("a", Number(t.a))
      .Set("b", Number(t.b))
      .Set("tx", Number(t.tx))
      .Set("c", Number(t.c))
      .Set("d", Number(t.d))
      .Set("ty", Number(t.ty))
      .Set("scale", Number(t.scale()))
      .Set("rotation_degrees", Number(t.rotation_degrees()))
      .Set("mirrored", t.mirrored());
}

Json ToJson(const compare::PairSignals& signals) {
  const compare::LocalMatch& local = signals.local;
  Json out;
  out.Set("same_bytes", signals.same_bytes).Set("same_pixels", signals.same_pixels);
  out.Set("phash", Json()
                       .Set("distance", signals.phash_distance)
                       .Set("upright_distance", signals.phash_upright_distance)
                       .Set("orientation", feature::Name(signals.orientation)));
  out.Set("pdq", Json().Set("distance", signals.pdq_distance).Set("reliable", signals.pdq_reliable));
  out.Set("colour", Json().Set("distance", signals.colour_distance));
  out.Set("inliers", local.inliers).Set("candidates", local.candidates);
  out.Set("mirrored", signals.local_mirrored);
  if (local.inliers > 0)
    out.Set("log10_false_alarms", Number(local.log10_false_alarms))
        .Set("residual_px", Number(local.residual_px))
        .Set("median_bits", Number(local.median_bits))
        .Set("parallax", Number(local.parallax))
        .Set("moved_points", local.moved_points);
  Json nearest;
  for (int bits : {3, 5, 10, 15, 32, 65}) nearest.Set(std::to_string(bits), signals.nearest.Within(bits));
  out.Set("nearest_within", std::move(nearest));
  if (signals.details.query.points + signals.details.match.points > 0)
    out.Set("details", Json()
                           .Set("query", SideToJson(signals.details.query))
                           .Set("match", SideToJson(signals.details.match))
                           .Set("ground", Number(signals.ground)));
  out.Set("query_coverage", Number(local.query_coverage)).Set("match_coverage", Number(local.match_coverage));
  out.Set("changed_share", Number(signals.changed_share));
  Json regions = Json::MakeArray();
  for (const image::Quad& quad : signals.changed_regions) regions.Append(QuadToJson(quad));
  out.Set("changed_regions", std::move(regions));
  Json points = Json::MakeArray();
  for (const compare::Correspondence& point : local.points)
    points.Append(Json::Array{Number(point.query.x), Number(point.query.y), Number(point.match.x),
                              Number(point.match.y), point.distance});
  out.Set("points", std::move(points));
  if (signals.overlay) out.Set("overlay", OverlayToJson(*signals.overlay));
  return out.Set("low_information", signals.low_information);
}

Json ToJson(const dedupe::Verdict& verdict) {
  Json out;
  out.Set("kind", dedupe::Name(verdict.kind))
      .Set("rule", verdict.rule)
      .Set("score", Number(verdict.score))
      .Set("distance", Number(verdict.distance))
      .Set("sentence", verdict.sentence);
  if (!verdict.note.empty()) out.Set("note", verdict.note);
  if (const std::optional<Laid> laid = LaidBy(verdict.signals))
    out.Set("transform", TransformToJson(laid->query_from_match))
        .Set("region", QuadToJson(laid->region_in_match))
        .Set("region_in_query", QuadToJson(laid->region_in_query));
  return out.Set("signals", ToJson(verdict.signals));
}

Json ComparisonToJson(const dedupe::Verdict& verdict, image::Size a, image::Size b) {
  Json out = Json()
                 .Set("verdict", ToJson(verdict))
                 .Set("similarity_percent", dedupe::SimilarityPercent(verdict))
                 .Set("same_dimensions", a == b);
  if (const std::optional<Laid> laid = LaidBy(verdict.signals))
    out.Set("transform", TransformToJson(laid->query_from_match)).Set("overlap", QuadToJson(laid->region_in_query));
  return out.Set("signals", ToJson(verdict.signals));
}

Json ToJson(const FoundDifference& found) {
  const compare::Difference& d = found.difference;
  Json regions = Json::MakeArray();
  for (const compare::ChangedRegion& region : found.regions) regions.Append(RegionToJson(region));
  Json out = Json()
                 .Set("equal", found.equal())
                 .Set("sentence", Describe(found))
                 .Set("different_pixels", d.different)
                 .Set("different_percent", Number(found.percent()))
                 .Set("compared_pixels", found.compared)
                 .Set("antialiased_pixels", d.antialiased)
                 .Set("ignored_pixels", d.ignored)
                 .Set("canvas", SizeToJson(d.canvas))
                 .Set("a", PictureToJson(found.a, found.format_a))
                 .Set("b", PictureToJson(found.b, found.format_b));
  if (found.aligned) out.Set("aligned", *found.aligned);
  if (found.masked) out.Set("masked", *found.masked);
  if (found.alignment != nullptr) out.Set("alignment", AlignmentToJson(found));
  if (!found.equal()) out.Set("bounds", BoxToJson(d.bounds));
  out.Set("regions", std::move(regions)).Set("regions_found", found.regions_found);
  if (found.fidelity)
    out.Set("psnr", OrNull(found.fidelity->psnr))
        .Set("ssim", OrNull(found.fidelity->ssim))
        .Set("ms_ssim", OrNull(found.fidelity->ms_ssim));
  return out;
}

}  // namespace likeness::answer
