// From a query to candidates to verdicts: the indexes side by side, which of their hits deserve a comparison, and
// the comparison itself. Import, search and the search for duplicates all go through here, so that they agree.
// IndexSet is thread-safe as its indexes are; the functions are pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "compare/signals.h"
#include "dedupe/verdict.h"
#include "index/colour.h"
#include "index/hamming.h"
#include "index/layout.h"
#include "index/local.h"

namespace likeness::engine {

// PDQ below this quality says nothing (the PDQ paper's own bound).
inline constexpr int kPdqQualityMin = 50;

struct IndexSet {
  index::HammingIndex phash, pdq;
  index::ColourIndex colour;
  index::LayoutIndex layout;
  index::LocalIndex local;

  // Pictures without enough structure stay out of the PDQ and the local index, those without a visible pixel out of the
  // colour indexes.
  void Add(ImageId id, const feature::Features& features);
  void Remove(ImageId id);
  size_t memory_bytes() const;
};

// Bits within which copies of a picture are sought by a whole-picture hash among `stored` ones: fewer than `radius`
// where that would take long and the picture's points find nearly all others.
int HashRadius(const feature::Features& features, int radius, size_t stored);

// Stored pictures that may be copies of the query, each once, in the order found. Bounded, however flat the query is.
// `threads` share the work.
std::vector<ImageId> FindCandidates(const IndexSet& indexes, const compare::QueryFeatures& query,
                                    const dedupe::Rules& rules, size_t threads = 1);

dedupe::Verdict Judge(const compare::QueryFeatures& query, const feature::Features& match, bool same_bytes,
                      const dedupe::Rules& rules);
// For two files of the same bytes, without looking at pixels.
dedupe::Verdict JudgeSameBytes(const dedupe::Rules& rules);

// Why a picture is not compared by points, and by what instead: "Only 4 points, 10 are needed: compared by ...". Empty
// when it is compared by them.
std::string WhyNotByPoints(const feature::Features& features);

// Smaller is stronger: exact first, merely similar last but one, none last.
int StrengthRank(dedupe::VerdictKind kind);
bool IsStronger(const dedupe::Verdict& a, const dedupe::Verdict& b);

}  // namespace likeness::engine
