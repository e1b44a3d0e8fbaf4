// Duplicates inside the library, and what a person said about pairs.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>

#include "base/text.h"
#include "engine/image_facts.h"
#include "engine/library_impl.h"
#include "engine/progress_meter.h"

namespace likeness::engine {
namespace {

constexpr size_t kAllDecisions = SIZE_MAX / 2;
constexpr size_t kPortion = 512;  // pictures searched at a time
constexpr auto kLookAtCancelEvery = std::chrono::milliseconds(50);

}  // namespace

void Library::Impl::ForgetPairs(ImageId id) const {
  std::lock_guard guard(pair_cache.changed_mutex);
  pair_cache.changed.insert(id);
}

Result<std::unique_lock<std::timed_mutex>> Library::Impl::LockPairs(const CancelFlag& cancel) const {
  std::unique_lock lock(pair_cache.mutex, std::defer_lock);
  while (!lock.try_lock_for(kLookAtCancelEvery))
    if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "the search for duplicates was stopped");
  std::set<ImageId> changed;
  {
    std::lock_guard guard(pair_cache.changed_mutex);
    changed.swap(pair_cache.changed);
  }
  for (ImageId id : changed) pair_cache.searched.erase(id);
  if (!changed.empty())
    std::erase_if(pair_cache.pairs,
                  [&](const FoundPair& pair) { return changed.contains(pair.query) || changed.contains(pair.match); });
  return lock;
}

Result<std::vector<FoundPair>> Library::Impl::FindAllPairs(const CancelFlag& cancel,
                                                           const OnProgress& on_progress) const {
  LK_ASSIGN(std::unique_lock<std::timed_mutex> lock, LockPairs(cancel));
  LK_ASSIGN(std::vector<ImageId> ids, LiveIds());
  const std::set<ImageId> live(ids.begin(), ids.end());
  // What left comes back as new.
  std::erase_if(pair_cache.searched, [&](ImageId id) { return !live.contains(id); });
  std::erase_if(pair_cache.pairs,
                [&](const FoundPair& pair) { return !live.contains(pair.query) || !live.contains(pair.match); });
  std::erase_if(ids, [&](ImageId id) { return pair_cache.searched.contains(id); });

  PairSearch search;
  std::shared_ptr<IndexSet> current = CurrentIndexes();
  search.indexes = current.get();
  search.load = [&](ImageId id) -> Result<SharedQuery> {
    if (!live.contains(id)) return Fail(ErrorCode::kNotFound, "not a live image");
    return LoadQuery(id);
  };
  search.same_bytes = [&](ImageId a, ImageId b) {
    Result<SharedFacts> first = FindFacts(a), second = FindFacts(b);
    return first.has_value() && second.has_value() && (*first)->sha256 == (*second)->sha256;
  };
  search.rules = options.rules;
  search.threads = threads();
  ProgressMeter meter(ids.size(), on_progress);
  // In portions, so that a search that was stopped goes on where it was.
  for (size_t first = 0; first < ids.size(); first += kPortion) {
    search.ids.assign(ids.begin() + static_cast<ptrdiff_t>(first),
                      ids.begin() + static_cast<ptrdiff_t>(std::min(ids.size(), first + kPortion)));
    search.excluded.clear();
    auto is_near = [&](ImageId id) { return id >= search.ids.front() && id <= search.ids.back(); };
    for (const FoundPair& pair : pair_cache.pairs)
      if (is_near(pair.query) || is_near(pair.match)) search.excluded.insert(MakePairKey(pair.query, pair.match));
    LK_ASSIGN(std::vector<FoundPair> found, FindPairs(search, cancel, [&](size_t) { meter.Add(1); }));
    pair_cache.pairs.insert(pair_cache.pairs.end(), std::make_move_iterator(found.begin()),
                            std::make_move_iterator(found.end()));
    pair_cache.searched.insert(search.ids.begin(), search.ids.end());
  }
  meter.Finish();
  return pair_cache.pairs;
}

Result<std::vector<DuplicateGroup>> Library::FindDuplicates(const CancelFlag& cancel,
                                                            const OnProgress& on_progress) const {
  LK_ASSIGN(std::vector<FoundPair> pairs, impl_->FindAllPairs(cancel, on_progress));
  std::set<PairKey> decided;
  std::vector<PairKey> barriers;
  LK_ASSIGN(std::vector<catalog::DecisionRow> decisions, impl_->catalog->ListDecisions(false, kAllDecisions));
  for (const catalog::DecisionRow& row : decisions) {
    decided.insert(MakePairKey(row.a, row.b));
    if (row.kind == catalog::DecisionKind::kNotDuplicate) barriers.push_back(MakePairKey(row.a, row.b));
  }
  std::erase_if(pairs, [&](const FoundPair& pair) { return decided.contains(MakePairKey(pair.query, pair.match)); });
  auto facts = [&](ImageId id) -> Result<MemberFacts> {
    LK_ASSIGN(catalog::ImageRow row, impl_->catalog->GetImage(id));
    LK_ASSIGN(SharedQuery stored, impl_->LoadQuery(id));
    MemberFacts known;
    known.metadata_fields = CountMetadataFields(row);
    known.member = {id,         row.source_path,          row.name, row.width, row.height, row.size_bytes,
                    row.format, stored->features.quality, false};
    known.member.score = impl_->ScoreOf(id);
    return known;
  };
  return BuildGroups(pairs, barriers, facts);
}

Result<catalog::DecisionRow> Library::Impl::Remember(ImageId a, ImageId b, catalog::DecisionKind kind,
                                                     const std::string& reason) {
  catalog::DecisionRow row;
  row.a = a;
  row.b = b;
  row.kind = kind;
  row.reason = CleanText(reason, limits().text_bytes_max, true);
  row.decided_at_ms = NowMs();
  LK_ASSIGN(row.id, catalog->AddDecision(row));
  return row;
}

Result<catalog::DecisionRow> Library::Decide(ImageId a, ImageId b, catalog::DecisionKind kind,
                                             const std::string& reason) {
  LK_TRY(impl_->RequireWritable());
  if (a == b) return Fail(ErrorCode::kInvalidArgument, "a decision needs two different images");
  Gate::Shared inside(impl_->gate);
  for (ImageId id : {a, b})
    if (!impl_->AwaitDurable(id)) return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
  // One after the other: two people at once must not hide both pictures of a pair.
  std::lock_guard one_at_a_time(impl_->decide_mutex);
  LK_ASSIGN(SharedFacts keeper, impl_->FindFacts(a));
  if (kind == catalog::DecisionKind::kDuplicate && keeper->standing.trashed)
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("image {}, which would be kept, is in the trash", a.value),
                "take it out of the trash first, or undo the decision that put it there");
  // The decision first: what hides a picture can always be undone.
  LK_ASSIGN(catalog::DecisionRow row, impl_->Remember(a, b, kind, reason));
  if (kind == catalog::DecisionKind::kDuplicate) LK_TRY(impl_->SetTrashed({b}, true));
  return row;
}

Status Library::UndoDecision(DecisionId id) {
  LK_TRY(impl_->RequireWritable());
  Gate::Shared inside(impl_->gate);
  LK_ASSIGN(std::vector<catalog::DecisionRow> rows, impl_->catalog->ListDecisions(true, kAllDecisions));
  const catalog::DecisionRow* found = nullptr;
  for (const catalog::DecisionRow& row : rows)
    if (row.id == id) found = &row;
  if (found == nullptr) return Fail(ErrorCode::kNotFound, fmt::format("there is no decision {}", id.value));
  if (found->undone) return {};
  bool hidden_by_another = false;
  for (const catalog::DecisionRow& row : rows)
    hidden_by_another = hidden_by_another || (row.kind == catalog::DecisionKind::kDuplicate && !row.undone &&
                                              row.id != id && row.b == found->b);
  if (found->kind == catalog::DecisionKind::kDuplicate && !hidden_by_another && impl_->FindFacts(found->b).has_value())
    LK_TRY(impl_->SetTrashed({found->b}, false));
  return impl_->catalog->UndoDecision(id);
}

Result<std::vector<catalog::DecisionRow>> Library::ListDecisions(bool with_undone, size_t limit) const {
  return impl_->catalog->ListDecisions(with_undone, limit);
}

}  // namespace likeness::engine
