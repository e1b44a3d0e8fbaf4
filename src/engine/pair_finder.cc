#include "engine/pair_finder.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <unordered_map>

namespace likeness::engine {
namespace {

// Union-find over the members of one group.
class Components {
 public:
  explicit Components(size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), size_t{0}); }
  size_t Find(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  bool Join(size_t a, size_t b) {
    a = Find(a), b = Find(b);
    parent_[a] = b;
    return a != b;
  }

 private:
  std::vector<size_t> parent_;
};

// The kind of the weakest evidence that a strongest spanning tree needs.
dedupe::VerdictKind WeakestLink(const DuplicateGroup& group) {
  std::vector<const DuplicateEvidence*> order;
  for (const DuplicateEvidence& evidence : group.evidence) order.push_back(&evidence);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return StrengthRank(a->verdict.kind) < StrengthRank(b->verdict.kind);
  });
  Components components(group.members.size());
  dedupe::VerdictKind kind = dedupe::VerdictKind::kNone;
  for (const DuplicateEvidence* evidence : order)
    if (components.Join(evidence->a, evidence->b)) kind = evidence->verdict.kind;
  return kind;
}

void ProposeKeeper(DuplicateGroup& group, const std::vector<int>& metadata_fields) {
  std::vector<dedupe::Candidate> candidates;
  for (size_t i = 0; i < group.members.size(); ++i) {
    const DuplicateMember& member = group.members[i];
    candidates.push_back({i, member.width, member.height, member.size_bytes, member.format, member.quality,
                          metadata_fields[i], false, false, member.score});
  }
  std::vector<dedupe::Finding> findings;
  for (const DuplicateEvidence& evidence : group.evidence)
    findings.push_back({evidence.a, evidence.b, evidence.verdict.kind, evidence.verdict.rule});
  dedupe::MarkCandidates(candidates, findings);
  dedupe::KeepProposal proposal = dedupe::ProposeKeep(candidates);
  if (proposal.keep < group.members.size()) group.members[proposal.keep].keep = true;
  group.keep_reasons = std::move(proposal.reasons);
}

}  // namespace

Result<std::vector<FoundPair>> FindPairs(const PairSearch& search, const CancelFlag& cancel,
                                         const std::function<void(size_t done)>& progress) {
  std::mutex mutex;
  std::set<PairKey> seen = search.excluded;
  std::vector<FoundPair> pairs;
  std::unordered_map<ImageId, std::vector<ImageId>> known;
  for (const PairKey& key : search.known) known[ImageId{key.second}].push_back(ImageId{key.first});
  std::atomic<size_t> done{0};

  auto compare_pair = [&](ImageId id, const SharedQuery& own, ImageId other_id) {
    if (id == other_id) return;
    {
      std::lock_guard lock(mutex);
      if (!seen.insert(MakePairKey(id, other_id)).second) return;
    }
    Result<SharedQuery> other = search.load(other_id);
    if (!other.has_value()) return;
    bool same_bytes = search.same_bytes && search.same_bytes(id, other_id);
    bool later = other_id < id;
    const SharedQuery& query = later ? own : *other;
    const SharedQuery& match = later ? *other : own;
    dedupe::Verdict verdict = Judge(*query, match->features, same_bytes, search.rules);
    if (!dedupe::IsDuplicate(verdict.kind)) return;
    std::lock_guard lock(mutex);
    pairs.push_back({later ? id : other_id, later ? other_id : id, std::move(verdict)});
  };
  ParallelFor(search.ids.size(), search.threads, &cancel, [&](size_t i) {
    ImageId id = search.ids[i];
    if (Result<SharedQuery> own = search.load(id); own.has_value()) {
      if (auto it = known.find(id); it != known.end())
        for (ImageId other : it->second) compare_pair(id, *own, other);
      for (ImageId other : FindCandidates(*search.indexes, **own, search.rules)) compare_pair(id, *own, other);
    }
    if (progress) progress(++done);
  });
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "the search for duplicates was stopped");
  std::sort(pairs.begin(), pairs.end(), [](const FoundPair& a, const FoundPair& b) {
    return a.query != b.query ? a.query < b.query : a.match < b.match;
  });
  return pairs;
}

std::vector<DuplicateGroup> BuildGroups(const std::vector<FoundPair>& pairs, const std::vector<PairKey>& not_duplicates,
                                        const std::function<Result<MemberFacts>(ImageId)>& facts) {
  std::vector<dedupe::Pair> links, barriers;
  for (const FoundPair& pair : pairs)
    links.push_back({pair.query.value, pair.match.value, pair.verdict.kind, pair.verdict.score});
  for (const PairKey& key : not_duplicates) barriers.push_back({key.first, key.second});

  std::vector<DuplicateGroup> groups;
  std::unordered_map<ImageId, std::pair<size_t, size_t>> places;  // group, member
  std::vector<std::vector<int>> metadata_fields;
  for (const std::vector<uint64_t>& keys : dedupe::Group(links, barriers)) {
    DuplicateGroup group;
    std::vector<int> fields;
    for (uint64_t key : keys) {
      Result<MemberFacts> known = facts(ImageId{key});
      if (!known.has_value()) continue;
      places[ImageId{key}] = {groups.size(), group.members.size()};
      group.members.push_back(std::move(known->member));
      fields.push_back(known->metadata_fields);
    }
    groups.push_back(std::move(group));
    metadata_fields.push_back(std::move(fields));
  }
  for (const FoundPair& pair : pairs) {
    auto query = places.find(pair.query), match = places.find(pair.match);
    if (query == places.end() || match == places.end() || query->second.first != match->second.first) continue;
    groups[query->second.first].evidence.push_back({query->second.second, match->second.second, pair.verdict});
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].members.size() < 2) continue;
    groups[i].kind = WeakestLink(groups[i]);
    ProposeKeeper(groups[i], metadata_fields[i]);
  }
  std::erase_if(groups, [](const DuplicateGroup& group) { return group.members.size() < 2; });
  std::stable_sort(groups.begin(), groups.end(), [](const DuplicateGroup& a, const DuplicateGroup& b) {
    int rank_a = StrengthRank(a.kind), rank_b = StrengthRank(b.kind);
    return rank_a != rank_b ? rank_a < rank_b : a.members.size() > b.members.size();
  });
  return groups;
}

}  // namespace likeness::engine
