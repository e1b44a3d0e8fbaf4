// The duplicate engine's rule: pictures are alike when more than 20 % of the points of the one that has fewer find a
// partner within 3 bits; pictures with fewer than 10 points are refused. It knew no mirror image.
#include <algorithm>

#include "copies/systems.h"
#include "copies/trie.h"

namespace likeness::bench {
namespace {

constexpr int kErrorMax = 3, kPointsMin = 10;
constexpr double kShare = 0.2;

class TwentyPercent : public System {
 public:
  std::string name() const override { return "trie"; }
  bool wants_akaze() const override { return true; }

  void Build(const std::vector<Picture>& references) override {
    std::vector<uint8_t> rows;
    std::vector<uint32_t> owners;
    for (size_t i = 0; i < references.size(); ++i) {
      const cv::Mat& points = references[i].akaze;
      counts_.push_back(points.rows);
      if (points.rows < kPointsMin) continue;
      rows.insert(rows.end(), points.data, points.data + size_t(points.rows) * PrefixTree::kRowBytes);
      owners.insert(owners.end(), size_t(points.rows), uint32_t(i));
    }
    tree_ = std::make_unique<PrefixTree>(rows, owners);
  }

  std::vector<Answer> Search(const Picture& query) const override {
    std::vector<Answer> answers;
    if (query.akaze.rows < kPointsMin) return answers;
    std::vector<int> matches(counts_.size());
    std::vector<uint32_t> found;
    for (int i = 0; i < query.akaze.rows; ++i) {
      found.clear();
      tree_->Search(std::span<const uint8_t, PrefixTree::kRowBytes>(query.akaze.ptr(i), PrefixTree::kRowBytes),
                    kErrorMax, found);
      std::ranges::sort(found);
      found.erase(std::unique(found.begin(), found.end()), found.end());
      for (uint32_t owner : found) ++matches[owner];
    }
    for (size_t i = 0; i < matches.size(); ++i) {
      if (matches[i] == 0) continue;
      double share = double(matches[i]) / std::min(query.akaze.rows, counts_[i]);
      answers.push_back({int(i), share, share > kShare, {}, {}});
    }
    return answers;
  }

  double index_bytes_per_image() const override {
    return double(tree_->memory_bytes()) / double(std::max<size_t>(1, counts_.size()));
  }

 private:
  std::vector<int> counts_;
  std::unique_ptr<PrefixTree> tree_;
};

}  // namespace

std::unique_ptr<System> MakeTrie() {
  return std::make_unique<TwentyPercent>();
}

}  // namespace likeness::bench
