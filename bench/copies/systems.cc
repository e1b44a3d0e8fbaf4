#include "copies/systems.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/evidence.h"

namespace likeness::bench {
namespace {

class Likeness : public System {
 public:
  explicit Likeness(const LikenessOptions& options) : options_(options) {}

  std::string name() const override {
    return std::string(dedupe::Name(options_.rules.policy)) + (options_.exhaustive ? "-exhaustive" : "");
  }

  void Build(const std::vector<Picture>& references) override {
    references_ = &references;
    for (size_t i = 0; i < references.size(); ++i) indexes_.Add(ImageId{i + 1}, references[i].likeness.features);
  }

  std::vector<Answer> Search(const Picture& query) const override {
    std::vector<Answer> answers;
    const std::vector<size_t> candidates = Candidates(query);
    std::vector<dedupe::Verdict> verdicts;
    for (size_t at : candidates)
      verdicts.push_back(
          dedupe::Decide(compare::Compare(query.likeness, (*references_)[at].likeness.features), options_.rules));
    std::vector<dedupe::Verdict*> all;
    for (dedupe::Verdict& verdict : verdicts) all.push_back(&verdict);
    dedupe::SettleAkaze(all, options_.rules);
    for (size_t i = 0; i < candidates.size(); ++i) {
      const size_t at = candidates[i];
      const dedupe::Verdict& verdict = verdicts[i];
      if (verdict.kind == dedupe::VerdictKind::kNone && !options_.explain) continue;
      Answer answer{
          int(at), verdict.score, dedupe::IsDuplicate(verdict.kind), std::string(dedupe::Name(verdict.kind)), {}};
      if (options_.explain) answer.why = Explain(verdict);
      answers.push_back(std::move(answer));
    }
    return answers;
  }

  double index_bytes_per_image() const override {
    return double(indexes_.phash.memory_bytes() + indexes_.pdq.memory_bytes() + indexes_.local.memory_bytes()) /
           double(std::max<size_t>(1, references_->size()));
  }

 private:
  std::vector<size_t> Candidates(const Picture& query) const {
    std::vector<size_t> found;
    for (size_t i = 0; options_.exhaustive && i < references_->size(); ++i) found.push_back(i);
    if (options_.exhaustive) return found;
    for (ImageId id : engine::FindCandidates(indexes_, query.likeness, options_.rules))
      found.push_back(size_t(id.value) - 1);
    return found;
  }

  LikenessOptions options_;
  const std::vector<Picture>* references_ = nullptr;
  engine::IndexSet indexes_;
};

// Nearest of a list of 256-bit hashes. A right answer further down would add nothing to a figure.
constexpr size_t kAnswersMax = 20;

class Hashes : public System {
 public:
  Hashes(std::string name, bool pdq, int default_bits)
      : name_(std::move(name)), pdq_(pdq), default_bits_(default_bits) {}

  std::string name() const override { return name_; }
  void Build(const std::vector<Picture>& references) override {
    for (const Picture& picture : references) hashes_.push_back(Hash(picture));
  }
  std::vector<Answer> Search(const Picture& query) const override {
    const feature::Hash256 plain = Hash(query);
    const feature::Hash256& mirrored = query.likeness.phash_variants[size_t(feature::Orientation8::kMirrored)];
    std::vector<Answer> answers;
    for (size_t i = 0; i < hashes_.size(); ++i) {
      int distance = feature::HammingDistance(plain, hashes_[i]);
      if (!pdq_) distance = std::min(distance, feature::HammingDistance(mirrored, hashes_[i]));
      if (distance < 128) answers.push_back({int(i), 256.0 - distance, distance <= default_bits_, {}, {}});
    }
    if (answers.size() > kAnswersMax) {
      std::ranges::nth_element(answers, answers.begin() + kAnswersMax, std::greater<>{}, &Answer::score);
      answers.resize(kAnswersMax);
    }
    return answers;
  }
  double index_bytes_per_image() const override { return sizeof(feature::Hash256); }

 private:
  feature::Hash256 Hash(const Picture& picture) const {
    const feature::Features& features = picture.likeness.features;
    return pdq_ ? features.pdq.hash : features.phash;
  }

  std::string name_;
  bool pdq_;
  int default_bits_;
  std::vector<feature::Hash256> hashes_;
};

}  // namespace

std::string Explain(const dedupe::Verdict& verdict) {
  const compare::PairSignals& s = verdict.signals;
  return fmt::format(
      "[{}] phash {} pdq {} colour {}; {} of {} points, log10 {:.1f}, support {:.2f}, spread {:.2f}, residual {:.1f} "
      "({:.1f} working), parallax {:.2f} of {}; "
      "aligned {} {:.2f}/{:.2f}, correlation {:.3f}, agreeing {:.3f}, changed {:.2f}, around {:.2f} {:.0f}{}; details "
      "{}/{} of {}/{}, "
      "quality {:.2f}/{:.2f}, disputed {:.2f}/{:.2f}, barest {:.1f}/{:.1f}, ground {:.2f}, moved {} by {:.1f}, "
      "shifted {} ({}) by {:.0f},{:.0f} at {:.2f}, left {:.2f}, log10 {:.1f}, bits {:.0f}. {}",
      verdict.rule, s.phash_distance, s.pdq_distance, s.colour_distance, s.local.inliers, s.local.candidates,
      s.local.log10_false_alarms, s.local.support, s.local.points_coverage, s.local.residual_px,
      s.local.residual_px / std::sqrt(std::max(1.0, double(s.query_size.width) * s.query_size.height / 5e5)),
      s.local.parallax, s.local.parallax_points, int(s.aligned_by), s.query_coverage, s.match_coverage,
      s.structure_correlation, s.agreeing_correlation, s.changed_share, s.around.share, s.around.deviation,
      s.low_information ? ", plain" : "", s.details.query.partnered, s.details.match.partnered, s.details.query.points,
      s.details.match.points, s.details.query.quality, s.details.match.quality, s.details.query.disputed_share(),
      s.details.match.disputed_share(), s.details.query.log10_barest, s.details.match.log10_barest, s.ground,
      s.local.moved_points, s.local.moved, s.shifted.cells, s.shifted.points, s.shifted.by.x, s.shifted.by.y,
      s.shifted.agreement, s.shifted.left, s.shifted.log10_false_alarms, s.local.median_bits, verdict.sentence);
}

std::unique_ptr<System> MakeLikeness(const LikenessOptions& options) {
  return std::make_unique<Likeness>(options);
}
std::unique_ptr<System> MakePhash() {
  return std::make_unique<Hashes>("phash", false, 32);
}
std::unique_ptr<System> MakePdq() {
  return std::make_unique<Hashes>("pdq", true, 31);
}

}  // namespace likeness::bench
