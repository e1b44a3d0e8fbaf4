// Whose eyes: what an audience finds, as the tag index knows it, and what may be counted for it.
#include <fmt/format.h>

#include <algorithm>

#include "engine/library_impl.h"
#include "engine/tag_words.h"

namespace likeness::engine {
namespace {

using index::TagFilter;

// More kept pictures than this are not made up for when the nearest of a signal are asked.
constexpr size_t kKeptMax = 4096;

TagFilter AnyOf(const index::TermId& term) {
  return {.kind = TagFilter::Kind::kTerms, .terms = {term}};
}

}  // namespace

TagFilter Library::Impl::FoundBy(const catalog::Audience& audience) const {
  if (FindsAll(audience)) return {};
  TagFilter open{.kind = TagFilter::Kind::kNot, .of = {AnyOf(tags.Find(KeptKey()))}};
  if (!audience.user) return open;
  return {.kind = TagFilter::Kind::kOr, .of = {std::move(open), AnyOf(tags.Find(KeptKey(audience.user)))}};
}

size_t Library::Impl::CountKeptFrom(const catalog::Audience& audience) const {
  if (audience.everything) return 0;
  const index::TermId term = tags.Find(KeptKey());
  return term ? tags.Describe(std::span(&term, 1)).front().count : 0;
}

bool Library::Impl::FindsAll(const catalog::Audience& audience) const {
  return CountKeptFrom(audience) == 0;
}

std::optional<std::vector<ImageId>> Library::Impl::CollectFoundBy(const catalog::Audience& audience) const {
  if (FindsAll(audience)) return std::nullopt;
  return tags.Collect(FoundBy(audience));
}

size_t Library::Impl::DepthFor(const catalog::Audience& audience, size_t depth) const {
  return depth + std::min(CountKeptFrom(audience), kKeptMax);
}

Status Library::Impl::RequireSeen(ImageId id, const catalog::Audience& audience) const {
  LK_ASSIGN(SharedFacts known, FindFacts(id));
  if (audience.Sees(known->standing)) return {};
  return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
}

bool Library::Impl::IsFound(ImageId id, const catalog::Audience& audience) const {
  if (audience.everything) return true;
  const Result<SharedFacts> known = FindFacts(id);
  return known && audience.Finds((*known)->standing);
}

Result<catalog::Standing> Library::FindStanding(ImageId id) const {
  LK_ASSIGN(SharedFacts known, impl_->FindFacts(id));
  return known->standing;
}

Result<std::vector<catalog::TagCount>> Library::CountTags(size_t limit, const catalog::Audience& audience) const {
  if (impl_->FindsAll(audience)) return impl_->catalog->CountTags(limit);
  std::vector<catalog::TagCount> out;
  for (const index::TermCount& each :
       impl_->tags.CountAmong(impl_->FoundBy(audience), TermKey(TermKind::kTag, ""), limit))
    out.push_back({each.shown, each.count});
  return out;
}

Result<uint64_t> Library::CountPending() const {
  return impl_->catalog->CountPending();
}

Result<GalleryFigures> Library::CountGallery(const catalog::Audience& audience) const {
  LK_ASSIGN(const catalog::Totals totals, impl_->catalog->CountAll());
  GalleryFigures out;
  const TagFilter found = impl_->FoundBy(audience);
  const index::TagAnswer newest =
      impl_->tags.Search(found, {.sort = {.order = index::TagOrder::kAdded}, .after = {}, .limit = 1});
  out.images = newest.total;
  out.deleted = audience.everything ? totals.deleted : 0;
  out.last_id = newest.hits.empty() ? 0 : newest.hits.front().id.value;
  const auto count = [&](TermKind kind) {
    const std::string prefix = TermKey(kind, "");
    return impl_->FindsAll(audience) ? impl_->tags.Complete(prefix, SIZE_MAX).size()
                                     : impl_->tags.CountAmong(found, prefix, SIZE_MAX).size();
  };
  out.tags = count(TermKind::kTag);
  out.authors = count(TermKind::kAuthor);
  return out;
}

}  // namespace likeness::engine
