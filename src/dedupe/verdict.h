// Evidence in, verdict out. No I/O: the caller gathers PairSignals, this says what they mean. Each verdict names its
// rule, its numbers and the transform, so that a person can check it.
//
// Rules are asked in this order; the first that holds decides:
//   1 same_bytes       exact
//   2 same_pixels      pixel_equal
//   3 low_information  same_picture by proportions, hash and colour and, where it is reliable, PDQ; else none
//   4 parallax           similar: the points prove a transform, but near things moved against far ones
//     moved              similar: a thing stands elsewhere in the other picture
//     details            similar: the pictures share a part (letterhead, tool bar, wall) and differ in their details
//   5 inliers          a proven transform whose overlap looks the same: by its geometry same_picture, mirrored,
//   rotated,
//                      part_of, contains or edited
//   6 phash, pdq       whole pictures without a proven transform: same_picture, mirrored, rotated or edited
//   7 alike            a transform without agreement, or hashes that are rather near: similar
//   8 overlay          where 3, 6 and 7 leave it in doubt and the pixels were looked at (compare/overlay.h): what they
//                      show under the alignment: as rule 5, or similar where they agree in part
// Pure and thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compare/pixels.h"
#include "compare/signals.h"
#include "dedupe/classic.h"

namespace likeness::dedupe {

enum class VerdictKind : uint8_t {
  kNone,         // unrelated
  kExact,        // same bytes
  kPixelEqual,   // other bytes, same pixels
  kSamePicture,  // resized, re-encoded, recoloured
  kMirrored,     // left-right (or top-bottom) mirrored
  kRotated,      // by a quarter or half turn
  kPartOf,       // the query is a part of the stored picture
  kContains,     // the query contains the stored picture
  kEdited,       // text, watermark, border or another change on top
  kSimilar,      // merely similar: never a duplicate
};
std::string_view Name(VerdictKind kind);  // "same_picture"
// kNone for a name that is none.
VerdictKind VerdictFromName(std::string_view name);
// True for all but kNone and kSimilar.
bool IsDuplicate(VerdictKind kind);

struct Verdict {
  VerdictKind kind = VerdictKind::kNone;
  std::string rule;  // name of the rule that fired: "same_bytes", "phash+structure", "inliers"
  double score = 0;  // confidence, 0..1
  // Of the rule's signal: bits, 1 - correlation of the aligned structures for transforms, or for "parallax" and "moved"
  // pixels of the pictures that features are found on.
  double distance = 0;
  compare::PairSignals signals;
  // One sentence for a person: "Cropped copy: shows 38 % of the original, mirrored."
  std::string sentence;
  // What a person should know about how it came about; empty as a rule. "Too flat for points: compared by hash, ..."
  std::string note;
};

// The thresholds, in one place, tuned on the copy battery: docs/decisions/0003-duplicate-rules.md.
struct Rules {
  Policy policy = Policy::kLikeness;
  AkazeRules akaze;
  TwentyPercentRule twenty_percent;
  int phash_same_bits = 20;            // alone enough, for pictures with information
  int phash_supported_bits = 64;       // enough when the structure agrees
  int pdq_same_bits = 31;              // enough when the structure agrees
  int phash_low_information_bits = 6;  // for flat pictures, together with colour
  uint32_t colour_low_information = 6000;
  double structure_low_information = 4;  // mean difference after alignment, grey levels
  int phash_few_points_bits = 36;        // for small pictures that are not flat, together with PDQ and structure
  int inliers_min = 10;                  // fewer are enough only beyond doubt:
  double false_alarms_log10_max = -7;    // expected accidental agreements at inliers_min and more,
  double false_alarms_log10_few = -10;   // and at fewer
  double inlier_area_min = 0.02;         // the overlap's least share of the larger picture
  double correlation_copy = 0.80;        // least agreement of aligned structures of copies
  double changed_share_max = 0.45;       // more than this of the overlap differs: another picture,
  double false_alarms_log10_sure = -30;  // unless the points leave no doubt: then a heavy edit
  double false_alarms_log10_weak = -20;  // a proof that is no better, nor the hash near, wants an overlap
  double correlation_weak = 0.93;        // that agrees as well as this: two sunsets share a horizon
  double correlation_sure = 0.93;        // of what did not change,
  double changed_share_sure = 0.65;      // and at most this changed
  double correlation_overlap = 0.97;     // where neither picture is whole: two views of one scene overlap too,
  double changed_share_overlap = 0.08;   // but with parallax
  double correlation_whole = 0.95;       // where no transform is proven by points
  double part_coverage_max = 0.90;       // less than this of a picture is overlapped: it is a part
  double changed_share_edited = 0.03;    // less is recompression, more an edit;
  double changed_share_blurred = 0.08;   // where one picture is blurred against the other
  double border_deviation_max = 4;       // grey levels: flatter sides are a border
  double parallax_max = 2.2;             // pixels: more is another shot of the scene, however alike
  int moved_points_min = 5;              // of a thing that stands elsewhere: another shot too,
  double moved_changed_min = 0.003;      // if it changed as much of the overlap: a repeated pattern changes nothing
  double shifted_log10_max = -4;         // expected chance shifts: less is content that stands elsewhere
  // Share of the points that are disputed: more is another picture that shares a part with this one.
  double disputed_share_max = 0.78;
  // Pages, screens, charts: the plainer the ground, the more are pictures told by their details alone. The bound falls
  // from disputed_ground_max where the commonest colours take page_ground_min of both to disputed_page_max where they
  // take page_ground_all.
  double page_ground_min = 0.50, page_ground_all = 0.92;
  double disputed_ground_max = 0.50, disputed_page_max = 0.14;
  double page_changed_min = 0.01, disputed_changed_max = 0.10;  // where the luma changed too: a second witness
  double partnered_page_min = 0.30;  // share of points with partners under which a page is no proven copy,
  int page_points_min = 12;          // where either has this many to be asked
  // Letters and bars are found all over a page, and its ground agrees with any other's. So little of it may have
  // changed, unless its luma agrees as well as without a proof (correlation_whole) or the proof is twice as sure.
  double changed_share_page = 0.10;
  double false_alarms_log10_page = -60;
  double edit_log10_max = -5.2;  // expected places as bare of partners as the barest one: less is an edit
  // Of places under a refined alignment, share and correlation of those that agree: a copy; a copy of which neither
  // picture is whole; merely similar. None of 870 pairs of distinct photos reached the last.
  int overlay_places_min = 16;
  double overlay_copy = 0.85, overlay_parts = 0.95, overlay_alike = 0.5;
};

// The rule of an edit that is a border around the query.
inline constexpr std::string_view kBorderRule = "inliers+border";

// The classic policies judge same bytes and pixels as ours do, then count. Pair by pair, so of the rules of
// `akaze-rules` the last one, which looks at all candidates of a query, holds only after SettleAkaze.
Verdict Decide(const compare::PairSignals& signals, const Rules& rules = {});

// Whether the features leave it in doubt, so that a look at the pixels may say more.
bool InDoubt(const Verdict& verdict);
// The verdict where somebody asked about this one pair: with that look, where `verdict` (of Decide) is in doubt. The
// sizes of the pixels are those of the signals.
Verdict DecideByPixels(Verdict verdict, const compare::QueryFeatures& query, const compare::PixelView& query_pixels,
                       const feature::Features& match, const compare::PixelView& match_pixels, const Rules& rules = {});

// How alike, 0 to 100, one number that never contradicts the verdict: equal pixels are 100, copies 90 to 99.9, the
// similar 70 to 89, all others below 70. Among copies it says how much of the picture is shared and what was done to
// it; in tenths. docs/decisions/0016-similarity-percent.md.
double SimilarityPercent(const Verdict& verdict);

// The verdicts on all candidates of one query, for the policy `akaze-rules`: where none is a duplicate, the one that
// rule 4 picks becomes one. Other policies: nothing changes.
void SettleAkaze(std::span<Verdict* const> of_one_query, const Rules& rules);

// What a person keeps and why.
struct Candidate {
  uint64_t key = 0;  // the caller's
  uint32_t width = 0, height = 0;
  uint64_t size_bytes = 0;
  std::string format;  // "jpeg", "png", ... as codec names it
  feature::Quality quality;
  int metadata_fields = 0;          // how much the file knows about itself
  bool is_part = false;             // a crop of another member
  bool is_edited = false;           // carries an edit on top (watermark, text)
  std::optional<float> score = {};  // of a model that tells how natural it looks: 0 best, 100 worst
};
// What was found of candidate `a` as the query against `b`, both indices.
struct Finding {
  size_t a = 0, b = 0;
  VerdictKind kind = VerdictKind::kNone;
  std::string rule;
};
// Sets is_part and is_edited from what was found. Of two pictures alone nothing tells which one was edited, unless a
// border was added; in a larger group it is the one that differs from most.
void MarkCandidates(std::vector<Candidate>& candidates, const std::vector<Finding>& findings);

struct KeepProposal {
  size_t keep = 0;                   // index into the candidates
  std::vector<std::string> reasons;  // "6000×4000 is 2.3 times the pixels", "JPEG quality 92 against 75"
};
// Whole before parts, unedited before edited, then true resolution, compression, metadata. Reasons are told against the
// runner-up. REQUIRES: candidates is not empty.
KeepProposal ProposeKeep(const std::vector<Candidate>& candidates);

// Groups from pairs: connected components, but never across a pair that was declared not a duplicate. Pairs that are no
// duplicates by kind are left out; surer pairs join first. Members ascending, groups by their first member.
struct Pair {
  uint64_t a = 0, b = 0;
  VerdictKind kind = VerdictKind::kNone;
  double score = 0;
};
std::vector<std::vector<uint64_t>> Group(const std::vector<Pair>& pairs, const std::vector<Pair>& not_duplicates);

}  // namespace likeness::dedupe
