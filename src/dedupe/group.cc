#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

// Union-find whose components know which others they must not join.
class Components {
 public:
  uint64_t Find(uint64_t key) {
    auto [it, added] = parent_.try_emplace(key, key);
    uint64_t root = it->second;
    while (parent_[root] != root) root = parent_[root];
    while (key != root) {
      uint64_t next = parent_[key];
      parent_[key] = root;
      key = next;
    }
    return root;
  }

  void Forbid(uint64_t a, uint64_t b) {
    uint64_t ra = Find(a), rb = Find(b);
    if (ra == rb) return;
    enemies_[ra].insert(rb);
    enemies_[rb].insert(ra);
  }

  void Join(uint64_t a, uint64_t b) {
    uint64_t ra = Find(a), rb = Find(b);
    if (ra == rb || enemies_[ra].contains(rb)) return;
    if (size_[ra] < size_[rb]) std::swap(ra, rb);
    parent_[rb] = ra;
    size_[ra] += size_[rb] + 1;
    for (uint64_t enemy : enemies_[rb]) {
      enemies_[enemy].erase(rb);
      enemies_[enemy].insert(ra);
      enemies_[ra].insert(enemy);
    }
    enemies_.erase(rb);
  }

 private:
  std::unordered_map<uint64_t, uint64_t> parent_;
  std::unordered_map<uint64_t, uint64_t> size_;
  std::unordered_map<uint64_t, std::unordered_set<uint64_t>> enemies_;
};

}  // namespace

std::vector<std::vector<uint64_t>> Group(const std::vector<Pair>& pairs, const std::vector<Pair>& not_duplicates) {
  Components components;
  for (const Pair& pair : not_duplicates) components.Forbid(pair.a, pair.b);
  std::vector<Pair> links;
  for (const Pair& pair : pairs) {
    if (IsDuplicate(pair.kind) && pair.a != pair.b) links.push_back(pair);
  }
  std::ranges::sort(links, [](const Pair& x, const Pair& y) {
    return std::tuple(-x.score, std::min(x.a, x.b), std::max(x.a, x.b)) <
           std::tuple(-y.score, std::min(y.a, y.b), std::max(y.a, y.b));
  });
  for (const Pair& pair : links) components.Join(pair.a, pair.b);

  std::vector<uint64_t> keys;
  for (const Pair& pair : links) keys.insert(keys.end(), {pair.a, pair.b});
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<std::vector<uint64_t>> groups;
  std::unordered_map<uint64_t, size_t> place;
  for (uint64_t key : keys) {
    auto [it, added] = place.try_emplace(components.Find(key), groups.size());
    if (added) groups.emplace_back();
    groups[it->second].push_back(key);
  }
  std::erase_if(groups, [](const auto& group) { return group.size() < 2; });
  return groups;
}

}  // namespace likeness::dedupe
