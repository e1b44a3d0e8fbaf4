// Evidence in, verdict out. No I/O: the caller gathers PairSignals, this says what they mean. Each verdict names its
// rule, its numbers and the transform, so that a person can check it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compare/signals.h"

namespace likeness::dedupe {

enum class VerdictKind : uint8_t {
  kNone,          // unrelated
  kExact,         // same bytes
  kPixelEqual,    // other bytes, same pixels
  kSamePicture,   // resized, re-encoded, recoloured
  kMirrored,      // left-right (or top-bottom) mirrored
  kRotated,       // by a quarter or half turn
  kPartOf,        // the query is a part of the stored picture
  kContains,      // the query contains the stored picture
  kEdited,        // text, watermark, border or another change on top
  kSimilar,       // merely similar: never a duplicate
};
std::string_view Name(VerdictKind kind);  // "same_picture"
VerdictKind VerdictFromName(std::string_view name);
// True for all but kNone and kSimilar.
bool IsDuplicate(VerdictKind kind);

struct Verdict {
  VerdictKind kind = VerdictKind::kNone;
  std::string rule;        // name of the rule that fired: "same_bytes", "phash<=31+structure", "inliers>=12"
  double score = 0;        // confidence, 0..1
  double distance = 0;     // of the rule's signal
  compare::PairSignals signals;
  // One sentence for a person: "Cropped copy: shows 38 % of the original, mirrored."
  std::string sentence;
};

// The thresholds, in one place, tuned on the copy battery. docs/decisions/ says how.
struct Rules {
  int phash_same_bits = 20;          // alone enough, for pictures with information
  int phash_supported_bits = 64;     // enough when the local or structure signal agrees
  int pdq_same_bits = 31;
  int phash_low_information_bits = 6;  // for flat pictures, together with colour
  uint32_t colour_low_information = 6000;
  int inliers_min = 10;
  double inlier_area_min = 0.02;     // the overlap's least share of the smaller picture
  double part_coverage_max = 0.90;   // less than this of a picture is overlapped: it is a part
  double changed_share_edited = 0.03;
};

Verdict Decide(const compare::PairSignals& signals, const Rules& rules = {});

// What a person keeps and why.
struct Candidate {
  uint64_t key = 0;                  // the caller's
  uint32_t width = 0, height = 0;
  uint64_t size_bytes = 0;
  std::string format;
  feature::Quality quality;
  int metadata_fields = 0;           // how much the file knows about itself
  bool is_part = false;              // a crop of another member
  bool is_edited = false;            // carries an edit on top (watermark, text)
};
struct KeepProposal {
  size_t keep = 0;                   // index into the candidates
  std::vector<std::string> reasons;  // "6000×4000 is 2.3 times the pixels", "JPEG quality 92 against 75"
};
KeepProposal ProposeKeep(const std::vector<Candidate>& candidates);

// Groups from pairs: connected components, but never across a pair that was declared not a duplicate.
struct Pair { uint64_t a = 0, b = 0; VerdictKind kind = VerdictKind::kNone; double score = 0; };
std::vector<std::vector<uint64_t>> Group(const std::vector<Pair>& pairs, const std::vector<Pair>& not_duplicates);

}  // namespace likeness::dedupe
