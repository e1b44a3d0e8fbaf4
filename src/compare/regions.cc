#include "compare/regions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "compare/region_content.h"

namespace likeness::compare {
namespace {

constexpr int kCellsAlong = 128;
constexpr int kCellMin = 4, kCellMax = 64;

// Joins cells of differing pixels that touch, or have one clean cell between them.
class CellGroups {
 public:
  explicit CellGroups(const Difference& difference)
      : cell_(
            std::clamp(std::max(difference.canvas.width, difference.canvas.height) / kCellsAlong, kCellMin, kCellMax)),
        columns_((difference.canvas.width + cell_ - 1) / cell_),
        rows_((difference.canvas.height + cell_ - 1) / cell_),
        parent_(size_t(columns_) * size_t(rows_), -1) {
    for (int y = 0; y < difference.canvas.height; ++y)
      ForBits(difference.different_at.row(y), difference.different_at.row_words(),
              [&](int x) { parent_[At(x / cell_, y / cell_)] = int(At(x / cell_, y / cell_)); });
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x)
        if (parent_[At(x, y)] >= 0) JoinBackwards(x, y);
  }

  int GroupOf(int x, int y) { return Find(int(At(x / cell_, y / cell_))); }
  size_t size() const { return parent_.size(); }

 private:
  size_t At(int x, int y) const { return size_t(y) * size_t(columns_) + size_t(x); }

  int Find(int cell) {
    while (parent_[size_t(cell)] != cell) {
      parent_[size_t(cell)] = parent_[size_t(parent_[size_t(cell)])];
      cell = parent_[size_t(cell)];
    }
    return cell;
  }

  void JoinBackwards(int x, int y) {
    for (int v = std::max(y - 2, 0); v <= y; ++v)
      for (int u = std::max(x - 2, 0); u <= std::min(x + 2, columns_ - 1); ++u)
        if (parent_[At(u, v)] >= 0) {
          const int first = Find(int(At(u, v))), second = Find(int(At(x, y)));
          parent_[size_t(std::max(first, second))] = std::min(first, second);
        }
  }

  const int cell_, columns_, rows_;
  std::vector<int> parent_;
};

struct Growing {
  int left = INT32_MAX, top = INT32_MAX, right = -1, bottom = -1;
  uint64_t different = 0;
};

std::vector<ChangedRegion> Gather(const Difference& difference) {
  CellGroups groups(difference);
  std::vector<Growing> growing(groups.size());
  for (int y = 0; y < difference.canvas.height; ++y)
    ForBits(difference.different_at.row(y), difference.different_at.row_words(), [&](int x) {
      Growing& region = growing[size_t(groups.GroupOf(x, y))];
      region.left = std::min(region.left, x);
      region.right = std::max(region.right, x);
      region.top = std::min(region.top, y);
      region.bottom = y;
      ++region.different;
    });
  std::vector<ChangedRegion> regions;
  for (const Growing& region : growing) {
    if (region.different == 0) continue;
    ChangedRegion out;
    out.box = {region.left, region.top, region.right - region.left + 1, region.bottom - region.top + 1};
    out.different = region.different;
    regions.push_back(out);
  }
  return regions;
}

// A thing taken away in one place and put down in another is one region, not two.
void JoinMoves(const PixelView& a, const PixelView& b, std::vector<ChangedRegion>& regions) {
  for (ChangedRegion& added : regions) {
    if (added.kind != ChangeKind::kAdded) continue;
    const auto removed = std::find_if(regions.begin(), regions.end(), [&](const ChangedRegion& region) {
      return region.kind == ChangeKind::kRemoved && region.different > 0 && IsSameContent(a, region.box, b, added.box);
    });
    if (removed == regions.end()) continue;
    added.kind = ChangeKind::kMoved;
    added.from = removed->box;
    added.severity = (added.severity * double(added.different) + removed->severity * double(removed->different)) /
                     double(added.different + removed->different);
    added.different += removed->different;
    removed->different = 0;
  }
  std::erase_if(regions, [](const ChangedRegion& region) { return region.different == 0; });
}

}  // namespace

const char* Name(ChangeKind kind) {
  constexpr const char* kNames[] = {"added", "removed", "moved", "recoloured", "edited"};
  return kNames[static_cast<size_t>(kind)];
}

std::vector<ChangedRegion> FindRegions(const PixelView& a, const PixelView& b, const Difference& difference,
                                       size_t count_max, size_t* found) {
  // What is looked at closely: moves are found among these.
  constexpr size_t kJudgedMax = 400;
  std::vector<ChangedRegion> regions;
  if (difference.different > 0) regions = Gather(difference);
  std::stable_sort(regions.begin(), regions.end(),
                   [](const ChangedRegion& r, const ChangedRegion& s) { return r.different > s.different; });
  const size_t all = regions.size();
  if (regions.size() > std::max(kJudgedMax, count_max)) regions.resize(std::max(kJudgedMax, count_max));
  const size_t left_out = all - regions.size();
  for (ChangedRegion& region : regions) JudgeContent(a, b, difference, region);
  JoinMoves(a, b, regions);
  std::stable_sort(regions.begin(), regions.end(), [](const ChangedRegion& r, const ChangedRegion& s) {
    return r.severity * double(r.different) > s.severity * double(s.different);
  });
  *found = regions.size() + left_out;
  if (regions.size() > count_max) regions.resize(count_max);
  return regions;
}

}  // namespace likeness::compare
