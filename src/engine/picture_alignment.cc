#include "engine/picture_alignment.h"

#include "dedupe/verdict.h"
#include "feature/extract.h"

namespace likeness::engine {

std::optional<LaidPictures> LayPictures(const compare::PixelView& a, const compare::PixelView& b,
                                        const compare::Spread& spread) {
  feature::Extracted extracted[2];
  spread(2, [&](size_t i) { extracted[i] = feature::ExtractFeatures(compare::BitmapOf(i == 0 ? a : b)); });
  const compare::QueryFeatures query{extracted[0].features, extracted[0].phash_variants,
                                     feature::MirrorLocal(extracted[0].features.local, a.size)};
  const feature::Features& match = extracted[1].features;
  const dedupe::Verdict verdict =
      dedupe::DecideByPixels(dedupe::Decide(compare::Compare(query, match)), query, a, match, b);
  if (verdict.kind == dedupe::VerdictKind::kNone) return std::nullopt;
  const auto alignment = compare::AlignBySignals(a, b, verdict.signals);
  if (!alignment) return std::nullopt;
  LaidPictures out{*alignment, compare::Place(a.size, b.size, alignment->b_from_a), {}};
  out.laid = compare::LayOver(a, b, *alignment, spread);
  if (out.laid.overlap == 0) return std::nullopt;
  return out;
}

}  // namespace likeness::engine
