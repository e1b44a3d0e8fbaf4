// The original's crop search: every descriptor asks an IndexBinaryIVF for its nearest, five rules on the counts decide.
#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryIVF.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <opencv2/core.hpp>

#include "copies/systems.h"

namespace likeness::bench {
namespace {

constexpr int kBits = 488, kBytes = 61;
constexpr size_t kProbes = 8;

struct CountRule {
  int bits, count;
};
constexpr std::array<CountRule, 5> kRules{{{5, 2}, {10, 4}, {15, 6}, {32, 10}, {65, 10}}};
constexpr double kMedianRatio = 3;  // of the last rule

class AkazeFaiss : public System {
 public:
  std::string name() const override { return "akaze-faiss"; }

  void Build(const std::vector<Picture>& references) override {
    std::vector<uint8_t> all;
    for (size_t i = 0; i < references.size(); ++i) {
      const cv::Mat& rows = references[i].akaze;
      all.insert(all.end(), rows.data, rows.data + size_t(rows.rows) * kBytes);
      owner_.insert(owner_.end(), size_t(rows.rows), int(i));
    }
    size_t lists = std::max<size_t>(1, size_t(std::lround(std::sqrt(double(owner_.size())))));
    quantiser_ = std::make_unique<faiss::IndexBinaryFlat>(kBits);
    index_ = std::make_unique<faiss::IndexBinaryIVF>(quantiser_.get(), kBits, lists);
    index_->nprobe = kProbes;
    index_->cp.verbose = false;
    index_->train(faiss::IndexBinary::idx_t(owner_.size()), all.data());
    index_->add(faiss::IndexBinary::idx_t(owner_.size()), all.data());
    bytes_ = double(all.size() + owner_.size() * sizeof(faiss::IndexBinary::idx_t)) /
             double(std::max<size_t>(1, references.size()));
  }

  // On one thread, as all systems are asked here: its threads spin while they wait.
  std::vector<Answer> Search(const Picture& query) const override {
    omp_set_num_threads(1);
    Answer answer = Ask(query.akaze);
    if (answer.reference < 0) answer = Ask(query.akaze_mirrored);
    if (answer.reference < 0) return {};
    return {answer};
  }

  double index_bytes_per_image() const override { return bytes_; }
  bool wants_akaze() const override { return true; }
  bool WantsMirrored(const Picture& query) const override {
    omp_set_num_threads(1);
    return Ask(query.akaze).reference < 0;
  }

 private:
  Answer Ask(const cv::Mat& rows) const {
    if (rows.empty()) return {};
    size_t count = size_t(rows.rows);
    std::vector<int32_t> distances(count);
    std::vector<faiss::IndexBinary::idx_t> labels(count);
    index_->search(faiss::IndexBinary::idx_t(count), rows.data, 1, distances.data(), labels.data());
    for (size_t rule = 0; rule < kRules.size(); ++rule) {
      std::map<int, int> votes;
      for (size_t i = 0; i < count; ++i) {
        if (labels[i] >= 0 && distances[i] <= kRules[rule].bits) ++votes[owner_[size_t(labels[i])]];
      }
      if (votes.empty()) continue;
      auto best = std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; });
      if (best->second < kRules[rule].count) continue;
      if (rule + 1 == kRules.size() && !ClearOfTheMedian(votes, best->second)) continue;
      return {best->first, double(kRules.size() - rule) + best->second / 1000.0, true, {}, {}};
    }
    return {};
  }

  static bool ClearOfTheMedian(const std::map<int, int>& votes, int best) {
    if (votes.size() < 2) return false;
    std::vector<int> counts;
    for (const auto& [image, count] : votes) counts.push_back(count);
    std::ranges::sort(counts);
    size_t n = counts.size();
    double median = n % 2 ? counts[n / 2] : (counts[n / 2 - 1] + counts[n / 2]) / 2.0;
    return best / median >= kMedianRatio;
  }

  std::vector<int> owner_;
  std::unique_ptr<faiss::IndexBinaryFlat> quantiser_;
  std::unique_ptr<faiss::IndexBinaryIVF> index_;
  double bytes_ = 0;
};

}  // namespace

std::unique_ptr<System> MakeAkazeFaiss() {
  return std::make_unique<AkazeFaiss>();
}

}  // namespace likeness::bench
