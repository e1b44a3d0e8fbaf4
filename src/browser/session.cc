#include "browser/session.h"

#include <algorithm>
#include <cstring>

#include "answer/pair_json.h"
#include "feature/extract.h"
#include "image/resize.h"

namespace likeness::browser {
namespace {

using compare::ViewOf;

image::Size SizeOf(const image::Bitmap& bitmap) {
  return {bitmap.width, bitmap.height};
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

uint8_t* Session::Mask(int width, int height) {
  mask_ = {};
  mask_picture_ = image::Bitmap(width, height, 4);
  return mask_picture_.pixels.data();
}

const image::Bitmap& Session::PaintMask() {
  constexpr uint8_t kDark[] = {32, 40, 64, 128}, kLight[] = {163, 167, 176, 179}, kClear[] = {0, 0, 0, 0};
  const int stripe = std::max(1, std::max(mask_picture_.width, mask_picture_.height) / 240);
  mask_ = compare::MaskOf(ViewOf(mask_picture_));
  for (int y = 0; y < mask_picture_.height; ++y)
    for (int x = 0; x < mask_picture_.width; ++x)
      std::copy_n(!mask_.Get(x, y)            ? kClear
                  : (x + y) / stripe % 3 == 0 ? kLight
                                              : kDark,
                  4, mask_picture_.row(y) + 4 * x);
  return mask_picture_;
}

const dedupe::Verdict& Session::Verdict() {
  if (verdict_) return *verdict_;
  compare::QueryFeatures query;
  feature::Extracted a = feature::ExtractFeatures(given_[0]);
  query.features = std::move(a.features);
  query.phash_variants = a.phash_variants;
  query.local_mirrored = feature::MirrorLocal(query.features.local, SizeOf(given_[0]));
  feature::Features match = feature::ExtractFeatures(given_[1]).features;
  // The hash of the pixels only ever says whether they are equal; here that can be seen.
  match.pixel_hash[0] = given_[0].pixels != given_[1].pixels;
  verdict_ = dedupe::DecideByPixels(dedupe::Decide(compare::Compare(query, match)), query, ViewOf(given_[0]), match,
                                    ViewOf(given_[1]));
  return *verdict_;
}

const compare::Alignment* Session::Alignment() {
  if (!alignment_tried_) {
    alignment_tried_ = true;
    if (Verdict().kind != dedupe::VerdictKind::kNone)
      alignment_ = compare::AlignBySignals(ViewOf(given_[0]), ViewOf(given_[1]), Verdict().signals);
  }
  return alignment_ ? &*alignment_ : nullptr;
}

void Session::LayFor(Fit fit) {
  laid_ = {ViewOf(given_[0]), ViewOf(given_[1])};
  if (fit == Fit::kAlign && Alignment() != nullptr) {
    if (!laid_over_) laid_over_ = compare::LayOver(laid_[0], laid_[1], *alignment_);
    laid_ = {ViewOf(laid_over_->a), ViewOf(laid_over_->b)};
  } else if (fit == Fit::kScale && laid_[0].size != laid_[1].size) {
    if (!scaled_) scaled_ = image::Stretch(given_[1], laid_[0].size.width, laid_[0].size.height);
    laid_[1] = ViewOf(*scaled_);
  }
}

std::string Session::Compare(const Options& options) {
  LayFor(options.fit);
  const bool aligned = options.fit == Fit::kAlign && alignment_;
  const image::Size a = SizeOf(given_[0]), b = options.fit == Fit::kScale ? a : SizeOf(given_[1]);
  const bool masked = options.mask && compare::MaskFits(mask_.size(), a, b);
  compare::Ignored ignored{options.ignored_boxes, {}};
  if (masked) ignored.mask = compare::ScaledMask(mask_, 1, {std::max(a.width, b.width), std::max(a.height, b.height)});
  if (aligned) ignored = compare::IgnoredInFrame(*laid_over_, ignored);
  difference_ = compare::ComputeDifference(laid_[0], laid_[1], options.rules, ignored);
  size_t count = 0;
  std::vector<compare::ChangedRegion> regions;
  if (options.regions_max > 0)
    regions = compare::FindRegions(laid_[0], laid_[1], *difference_, options.regions_max, &count);
  answer::FoundDifference found{.difference = *difference_, .regions = regions, .regions_found = count};
  found.a = SizeOf(given_[0]);
  found.b = SizeOf(given_[1]);
  found.compared = aligned ? laid_over_->overlap : difference_->pixels();
  if (options.fit == Fit::kAlign) found.aligned = aligned;
  if (options.mask) found.masked = masked;
  if (aligned) {
    found.alignment = &*alignment_;
    found.scale = laid_over_->scale;
  }
  // Of whole pictures only: where they share a part, the rest is a's own in both.
  if (options.fidelity && laid_[0].size == laid_[1].size && found.compared == difference_->pixels())
    found.fidelity = compare::ComputeFidelity(laid_[0], laid_[1]);
  return answer::ToJson(found).Dump();
}

const image::Bitmap& Session::Draw(const compare::PictureOptions& options) {
  drawn_ = compare::DrawDifference(laid_[0], laid_[1], *difference_, options);
  return drawn_;
}

std::string Session::Judge() {
  return answer::ComparisonToJson(Verdict(), SizeOf(given_[0]), SizeOf(given_[1])).Dump();
}

}  // namespace likeness::browser
