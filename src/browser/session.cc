#include "browser/session.h"

#include <algorithm>
#include <cstring>

#include "browser/answers.h"
#include "feature/colour.h"
#include "feature/colour_layout.h"
#include "feature/local.h"
#include "feature/pdq.h"
#include "feature/phash.h"
#include "feature/quality.h"
#include "feature/structure.h"
#include "feature/working.h"
#include "image/colour.h"
#include "image/resize.h"

namespace likeness::browser {
namespace {

using compare::ViewOf;

constexpr int kReducedSide = 1440;  // as large as a preview, which the library's features are computed from

image::Size SizeOf(const image::Bitmap& bitmap) {
  return {bitmap.width, bitmap.height};
}

struct Analysed {
  feature::Features features;
  feature::HashVariants phash_variants;
};

Analysed Analyse(const image::Bitmap& given) {
  Analysed out;
  feature::Features& features = out.features;
  features.width = static_cast<uint32_t>(given.width);
  features.height = static_cast<uint32_t>(given.height);
  features.colour = feature::ComputeColour(given);
  const image::Bitmap shown = image::FlattenToShow(given);
  const int sides[] = {kReducedSide};
  const image::Bitmap reduced = image::Cascade(shown, sides).front();
  if (!features.colour.empty()) features.layout = feature::ComputeColourLayout(reduced);
  out.phash_variants = feature::ComputePhashVariants(shown);
  features.phash = out.phash_variants[0];
  features.pdq = feature::ComputePdq(shown);
  const image::Bitmap working = feature::WorkingLuma(reduced);
  features.structure = feature::ComputeStructure(working);
  features.quality = feature::ComputeQuality(shown, working, 0);
  features.local = feature::ComputeLocal(working, SizeOf(given));
  features.low_information = feature::IsLowInformation(features);
  return out;
}

image::Bitmap Stretched(const image::Bitmap& bitmap, image::Size size) {
  const bool smaller = size.width <= bitmap.width && size.height <= bitmap.height;
  return smaller ? image::ResizeArea(bitmap, size.width, size.height)
                 : image::ResizeBilinear(bitmap, size.width, size.height);
}

}  // namespace

uint8_t* Session::Picture(int side, int width, int height) {
  verdict_.reset();
  alignment_.reset();
  alignment_tried_ = false;
  laid_over_.reset();
  scaled_.reset();
  difference_.reset();
  laid_ = {};
  drawn_ = {};
  given_[side] = image::Bitmap();
  given_[side] = image::Bitmap(width, height, 4);
  return given_[side].pixels.data();
}

const dedupe::Verdict& Session::Verdict() {
  if (verdict_) return *verdict_;
  compare::QueryFeatures query;
  Analysed a = Analyse(given_[0]);
  query.features = std::move(a.features);
  query.phash_variants = a.phash_variants;
  query.local_mirrored = feature::MirrorLocal(query.features.local, SizeOf(given_[0]));
  feature::Features match = Analyse(given_[1]).features;
  // The hash of the pixels only ever says whether they are equal; here that can be seen.
  match.pixel_hash[0] = given_[0].pixels != given_[1].pixels;
  verdict_ = dedupe::Decide(compare::Compare(query, match));
  return *verdict_;
}

const compare::Alignment* Session::Alignment() {
  if (!alignment_tried_) {
    alignment_tried_ = true;
    const compare::PixelView a = ViewOf(given_[0]), b = ViewOf(given_[1]);
    const compare::PairSignals& signals = Verdict().signals;
    if (signals.aligned_by != compare::AlignedBy::kNothing)
      alignment_ = compare::RefineAlignment(a, b, signals.query_from_match);
    if (!alignment_) {
      const auto whole = compare::WholeFrame(a.size, b.size, feature::Orientation8::kUpright);
      alignment_ = compare::RefineAlignment(a, b, whole);
    }
  }
  return alignment_ ? &*alignment_ : nullptr;
}

void Session::LayFor(Fit fit) {
  laid_ = {ViewOf(given_[0]), ViewOf(given_[1])};
  if (fit == Fit::kAlign && Alignment() != nullptr) {
    if (!laid_over_) laid_over_ = compare::LayOver(laid_[0], laid_[1], *alignment_);
    laid_ = {ViewOf(laid_over_->a), ViewOf(laid_over_->b)};
  } else if (fit == Fit::kScale && laid_[0].size != laid_[1].size) {
    if (!scaled_) scaled_ = Stretched(given_[1], laid_[0].size);
    laid_[1] = ViewOf(*scaled_);
  }
}

std::string Session::Compare(const Options& options) {
  LayFor(options.fit);
  const bool aligned = options.fit == Fit::kAlign && alignment_;
  compare::Ignored ignored;
  if (aligned) ignored = laid_over_->outside;
  ignored.boxes = options.ignored_boxes;
  difference_ = compare::ComputeDifference(laid_[0], laid_[1], options.rules, ignored);
  size_t count = 0;
  std::vector<compare::ChangedRegion> regions;
  if (options.regions_max > 0)
    regions = compare::FindRegions(laid_[0], laid_[1], *difference_, options.regions_max, &count);
  Found found{.difference = *difference_, .regions = regions, .regions_found = count, .alignment = nullptr};
  found.given_a = SizeOf(given_[0]);
  found.given_b = SizeOf(given_[1]);
  found.compared = aligned ? laid_over_->overlap : difference_->pixels();
  if (options.fit == Fit::kAlign) found.aligned = aligned;
  if (aligned) {
    found.alignment = &*alignment_;
    found.scale = laid_over_->scale;
  }
  if (options.fidelity && laid_[0].size == laid_[1].size) found.fidelity = compare::ComputeFidelity(laid_[0], laid_[1]);
  return DifferenceJson(found);
}

const image::Bitmap& Session::Draw(const compare::PictureOptions& options) {
  drawn_ = compare::DrawDifference(laid_[0], laid_[1], *difference_, options);
  return drawn_;
}

std::string Session::Judge() {
  return VerdictJson(Verdict());
}

}  // namespace likeness::browser
