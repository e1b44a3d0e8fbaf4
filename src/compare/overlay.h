// A closer look at two pictures whose features leave in doubt what they are to each other: they are laid over each
// other to a fraction of a pixel, from every place that the features suggest, and what is seen there is compared place
// by place. It needs the pixels and some ten times as long as Compare, so it is for pairs that somebody asked about.
// Pure; thread-safe.
#pragma once

#include <optional>

#include "compare/pixels.h"
#include "compare/signals.h"

namespace likeness::compare {

// The best of the ways to lay `match` over `query`; nothing when they do not come together. `signals`: of Compare.
std::optional<Overlay> LookCloser(const PixelView& query_pixels, const QueryFeatures& query,
                                  const PixelView& match_pixels, const feature::Features& match,
                                  const PairSignals& signals);

}  // namespace likeness::compare
