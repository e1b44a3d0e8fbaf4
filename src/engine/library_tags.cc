// The tag index beside the library: loaded, or made from the catalog; kept up with the feed; saved.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/fold.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/library_impl.h"
#include "engine/tag_words.h"

namespace likeness::engine {
namespace {

constexpr size_t kFeedPage = 1024;

bool IsSamePair(const catalog::TagRule& rule, const std::string& name, const std::string& target) {
  return FoldText(rule.name) == FoldText(name) && FoldText(rule.target) == FoldText(target);
}

}  // namespace

Status Library::Impl::FollowTags() {
  std::lock_guard guard(tags_mutex);
  for (;;) {
    LK_ASSIGN(std::vector<catalog::FeedRow> rows, catalog->ReadFeed(tags_applied, kFeedPage));
    std::set<ImageId> touched;
    for (const catalog::FeedRow& row : rows) touched.insert(row.image);
    for (ImageId id : touched) {
      Result<catalog::ImageRow> row = catalog->GetImage(id);
      if (row.has_value() && row->trashed_at_ms == 0)
        tags.Put(MakeTagEntry(*row));
      else if (row.has_value() || row.error().code == ErrorCode::kNotFound)
        tags.Remove(id);
      else
        return std::unexpected(row.error());
    }
    if (rows.empty()) return {};
    tags_applied = rows.back().sequence;
  }
}

Status Library::Impl::RefillTags() {
  std::lock_guard guard(tags_mutex);
  // The feed's end is read first: what changes meanwhile is applied again. Until all is there the index is that of an
  // empty feed: a refill that fails is made up for by following the feed from its beginning.
  LK_ASSIGN(const uint64_t sequence, catalog->FeedSequence());
  tags_applied = 0;
  tags.Clear();
  LK_TRY(catalog->ForEachImage([&](const catalog::ImageRow& row) -> Status {
    if (row.trashed_at_ms == 0) tags.Put(MakeTagEntry(row));
    return {};
  }));
  // Saved, so that a crash does not cost it again, and loaded, since what is loaded lies in order.
  if (Status saved = tags.Save(layout.indexes / kTagsFile, sequence); !saved.has_value()) {
    Log(LogLevel::kWarning, "indexes_not_saved", {{"error", saved.error().Text()}});
  } else {
    LK_TRY(tags.Load(layout.indexes / kTagsFile));
  }
  tags_applied = sequence;
  return {};
}

Status Library::Impl::ReadTagRules() {
  std::lock_guard guard(rules_mutex);  // so that the last change is read last
  LK_ASSIGN(std::vector<catalog::TagRule> rules, catalog->ListTagRules());
  tag_rules = std::make_shared<const TagRules>(rules);
  return {};
}

TermLookup Library::Impl::Terms() const {
  std::lock_guard guard(rules_mutex);
  return TermLookup(tags, tag_rules);
}

Status Library::WriteTagRule(const catalog::TagRule& rule) {
  LK_TRY(impl_->RequireWritable());
  const uint32_t bytes_max = impl_->limits().tag_bytes_max;
  const catalog::TagRule clean{CleanText(rule.name, bytes_max), CleanText(rule.target, bytes_max), rule.kind};
  if (clean.name.empty() || clean.target.empty() || FoldText(clean.name) == FoldText(clean.target))
    return Fail(ErrorCode::kInvalidArgument, "a rule names two different tags");
  Gate::Shared inside(impl_->gate);
  // Rules act whatever the case: the same pair in another spelling is replaced.
  LK_ASSIGN(const std::vector<catalog::TagRule> rules, impl_->catalog->ListTagRules());
  for (const catalog::TagRule& old : rules)
    if (IsSamePair(old, clean.name, clean.target) && (old.name != clean.name || old.target != clean.target))
      LK_TRY(impl_->catalog->RemoveTagRule(old.name, old.target));
  LK_TRY(impl_->catalog->WriteTagRule(clean));
  return impl_->ReadTagRules();
}

Status Library::RemoveTagRule(const std::string& name, const std::string& target) {
  LK_TRY(impl_->RequireWritable());
  Gate::Shared inside(impl_->gate);
  LK_ASSIGN(const std::vector<catalog::TagRule> rules, impl_->catalog->ListTagRules());
  const auto found =
      std::ranges::find_if(rules, [&](const catalog::TagRule& rule) { return IsSamePair(rule, name, target); });
  LK_TRY(impl_->catalog->RemoveTagRule(found == rules.end() ? name : found->name,
                                       found == rules.end() ? target : found->target));
  return impl_->ReadTagRules();
}

Result<std::vector<catalog::TagRule>> Library::ListTagRules() const {
  return impl_->catalog->ListTagRules();
}

Status Library::Impl::LoadTags() {
  LK_TRY(ReadTagRules());
  const Result<uint64_t> loaded = tags.Load(layout.indexes / kTagsFile);
  if (loaded.has_value() && *loaded <= feed_sequence) {
    tags_applied = *loaded;
    return FollowTags();
  }
  if (!loaded.has_value() && loaded.error().code != ErrorCode::kNotFound) {
    Log(LogLevel::kWarning, "index_rebuilt", {{"error", loaded.error().Text()}});
    opening_repairs.push_back({"index", fmt::format("{}; made again", loaded.error().message), {}, true});
  }
  return RefillTags();
}

Status Library::Impl::SaveTags() {
  LK_TRY(FollowTags());
  std::lock_guard guard(tags_mutex);
  return tags.Save(layout.indexes / kTagsFile, tags_applied);
}

}  // namespace likeness::engine
