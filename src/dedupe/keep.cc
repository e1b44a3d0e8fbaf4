#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

constexpr float kUpscaledBelow = 0.6f;
constexpr double kPixelsClearly = 1.1;  // ratios below this are no reason
constexpr int kQualityClearly = 5;      // points of JPEG quality
constexpr int kLosslessQuality = 100;
constexpr float kScoreClearly = 10;  // below, the model's scores of two copies say nothing

double Pixels(const Candidate& c) {
  return double(c.width) * c.height;
}

// An enlarged picture holds no more than what it was enlarged from.
double TruePixels(const Candidate& c) {
  double ratio = c.quality.upscale_ratio;
  return ratio < kUpscaledBelow ? Pixels(c) * ratio * ratio : Pixels(c);
}

bool Lossless(const Candidate& c) {
  return c.format == "png" || c.format == "tiff" || c.format == "bmp";
}

int Compression(const Candidate& c) {
  if (Lossless(c)) return kLosslessQuality;
  return c.quality.jpeg_quality;
}

// Each returns how much `a` is to be preferred: > 0, 0 or < 0, only where the difference is clear.
int ByWholeness(const Candidate& a, const Candidate& b) {
  return int(b.is_part) - int(a.is_part);
}
int ByEdit(const Candidate& a, const Candidate& b) {
  return int(b.is_edited) - int(a.is_edited);
}
int ByPixels(const Candidate& a, const Candidate& b) {
  double pa = TruePixels(a), pb = TruePixels(b);
  if (pa > pb * kPixelsClearly) return 1;
  return pb > pa * kPixelsClearly ? -1 : 0;
}
int ByCompression(const Candidate& a, const Candidate& b) {
  int qa = Compression(a), qb = Compression(b);
  if (qa == 0 || qb == 0) return 0;
  return std::abs(qa - qb) >= kQualityClearly ? qa - qb : 0;
}
int ByScore(const Candidate& a, const Candidate& b) {
  if (!a.score || !b.score || std::abs(*a.score - *b.score) < kScoreClearly) return 0;
  return *a.score < *b.score ? 1 : -1;
}
int ByMetadata(const Candidate& a, const Candidate& b) {
  return a.metadata_fields - b.metadata_fields;
}
int ByUpscaling(const Candidate& a, const Candidate& b) {
  return int(b.quality.upscale_ratio < kUpscaledBelow) - int(a.quality.upscale_ratio < kUpscaledBelow);
}
int ByBytes(const Candidate& a, const Candidate& b) {
  return a.size_bytes == b.size_bytes ? 0 : a.size_bytes > b.size_bytes ? 1 : -1;
}

bool Better(const Candidate& a, const Candidate& b) {
  for (auto by : {ByWholeness, ByEdit, ByPixels, ByUpscaling, ByCompression, ByScore, ByMetadata, ByBytes}) {
    int preference = by(a, b);
    if (preference != 0) return preference > 0;
  }
  return false;
}

std::vector<std::string> Reasons(const Candidate& keep, const Candidate& other) {
  std::vector<std::string> reasons;
  if (ByWholeness(keep, other) > 0) reasons.push_back("shows the whole picture, the other only a part");
  if (ByEdit(keep, other) > 0) reasons.push_back("nothing was added on top of it");
  if (ByUpscaling(keep, other) > 0) reasons.push_back("the other was enlarged from a smaller picture");
  double ratio = Pixels(keep) / std::max(1.0, Pixels(other));
  if (ByPixels(keep, other) > 0 && ratio > kPixelsClearly) {
    reasons.push_back(fmt::format("{}×{} is {:.1f} times the pixels", keep.width, keep.height, ratio));
  }
  if (ByCompression(keep, other) > 0) {
    reasons.push_back(Lossless(keep) ? fmt::format("{} keeps every pixel, the other is JPEG quality {}", keep.format,
                                                   int(other.quality.jpeg_quality))
                                     : fmt::format("JPEG quality {} against {}", int(keep.quality.jpeg_quality),
                                                   int(other.quality.jpeg_quality)));
  }
  if (ByScore(keep, other) > 0)
    reasons.push_back(
        fmt::format("looks cleaner: {:.0f} against {:.0f} of 100 (0 is best)", *keep.score, *other.score));
  if (ByMetadata(keep, other) > 0) {
    reasons.push_back(
        fmt::format("knows more about itself: {} facts against {}", keep.metadata_fields, other.metadata_fields));
  }
  if (reasons.empty() && ByBytes(keep, other) > 0) reasons.push_back("the larger file, otherwise alike");
  if (reasons.empty()) reasons.push_back("all alike: the first is as good as any");
  return reasons;
}

}  // namespace

void MarkCandidates(std::vector<Candidate>& candidates, const std::vector<Finding>& findings) {
  std::vector<int> edited(candidates.size(), 0), unedited(candidates.size(), 0);
  for (const Finding& finding : findings) {
    if (finding.a >= candidates.size() || finding.b >= candidates.size() || !IsDuplicate(finding.kind)) continue;
    if (finding.kind == VerdictKind::kPartOf) candidates[finding.a].is_part = true;
    if (finding.kind == VerdictKind::kContains) candidates[finding.b].is_part = true;
    if (finding.rule == kBorderRule) {
      candidates[finding.a].is_edited = true;
      continue;
    }
    std::vector<int>& count = finding.kind == VerdictKind::kEdited ? edited : unedited;
    ++count[finding.a];
    ++count[finding.b];
  }
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (edited[i] >= 2 && edited[i] > unedited[i]) candidates[i].is_edited = true;
  }
  // All edited against each other: none is the original.
  if (std::ranges::all_of(candidates, &Candidate::is_edited)) {
    for (Candidate& candidate : candidates) candidate.is_edited = false;
  }
}

KeepProposal ProposeKeep(const std::vector<Candidate>& candidates) {
  KeepProposal proposal;
  // "Clearly better" is not transitive: the most duels won decides, then the earlier place.
  std::vector<int> won(candidates.size(), 0);
  for (size_t i = 0; i < candidates.size(); ++i) {
    for (size_t j = 0; j < candidates.size(); ++j) won[i] += i != j && Better(candidates[i], candidates[j]);
  }
  proposal.keep = size_t(std::ranges::max_element(won) - won.begin());
  if (candidates.size() < 2) return proposal;
  won[proposal.keep] = -1;
  size_t second = size_t(std::ranges::max_element(won) - won.begin());
  proposal.reasons = Reasons(candidates[proposal.keep], candidates[second]);
  return proposal;
}

}  // namespace likeness::dedupe
