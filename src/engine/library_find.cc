// Search expressions: the tag index answers what they demand, the signals rank what is left.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <variant>

#include "base/fold.h"
#include "engine/colour_query.h"
#include "engine/expression.h"
#include "engine/fusion.h"
#include "engine/library_impl.h"
#include "engine/stopwatch.h"
#include "engine/tag_words.h"
#include "query/printer.h"

namespace likeness::engine {
namespace {

using index::TagFilter;

// So many of the best are ranked; a page shows a hundred.
constexpr size_t kRankedMax = 1000;
// Up to so many pictures are looked at one by one for a colour.
constexpr size_t kColourOneByOneMax = 2000;
constexpr size_t kNamedMax = 100'000;
constexpr size_t kSmartSetsMax = 64;

bool IsRanked(const Expression& expression) {
  return !expression.ranked.empty() && (!expression.sort || expression.sort->key == query::SortKey::kRelevance);
}

index::TagSort ToTagSort(const std::optional<query::Sort>& sort, uint64_t seed) {
  using query::SortKey;
  auto column = [&](index::TagColumn which) {
    return index::TagSort{.order = index::TagOrder::kColumn, .column = which, .reversed = sort->reversed};
  };
  if (!sort) return {};
  switch (sort->key) {
    case SortKey::kAdded:
      return {.order = index::TagOrder::kAdded, .reversed = sort->reversed};
    case SortKey::kRandom:
      return {.order = index::TagOrder::kRandom, .seed = seed};
    case SortKey::kSize:
      return column(index::TagColumn::kSize);
    case SortKey::kPixels:
      return column(index::TagColumn::kPixels);
    case SortKey::kWidth:
      return column(index::TagColumn::kWidth);
    case SortKey::kHeight:
      return column(index::TagColumn::kHeight);
    case SortKey::kRatio:
      return column(index::TagColumn::kRatio);
    case SortKey::kTags:
      return column(index::TagColumn::kTags);
    case SortKey::kRating:
      return column(index::TagColumn::kRating);
    default:
      return {.order = index::TagOrder::kTaken, .reversed = sort->reversed};
  }
}

std::string FieldExpression(query::TextField field, const std::string& text) {
  return query::Print(query::Node{.value = query::TextMatch{field, {{text}}}});
}

class Finder {
 public:
  Finder(const Library& library, const Library::Impl& impl, const FindOptions& options)
      : library_(library), impl_(impl), options_(options) {}

  // All that the expression finds, in no order: of operands that rank, their best.
  ExpressionResult<TagFilter> Filter() {
    LK_TRY(Compile());
    if (!expression_.ranked.empty()) LK_TRY(AddBest());
    return std::move(expression_.filter);
  }

  ExpressionResult<FindResult> Run() {
    LK_TRY(Compile());
    result_.expression = expression_.text;
    if (IsRanked(expression_)) {
      LK_ASSIGN(std::vector<ImageId> ids, Rank());
      result_.total = ids.size();
      return ShowFrom(ids);
    }
    if (!expression_.ranked.empty()) LK_TRY(AddBest());  // in another order
    if (expression_.sort && expression_.sort->key == query::SortKey::kName) {
      LK_ASSIGN(std::vector<ImageId> ids, SortByName());
      result_.total = ids.size();
      return ShowFrom(ids);
    }
    return ShowPage();
  }

 private:
  ExpressionResult<std::monostate> Compile() {
    const SetLookup sets{.copies = [this](ImageId id) { return CopiesOf(id); },
                         .albums = [this](const query::Pattern& name) { return InAlbums(name); },
                         .favourites = [this]() -> Result<std::vector<ImageId>> {
                           if (!options_.audience.everything && !options_.audience.user) return std::vector<ImageId>();
                           return impl_.catalog->albums().ListFavouriteIds(options_.audience.user);
                         }};
    LK_ASSIGN(expression_, CompileExpression(options_.expression, impl_.limits(), impl_.Terms(), sets));
    if (TagFilter found = impl_.FoundBy(options_.audience); found.kind != TagFilter::Kind::kAnd)
      expression_.filter.of.push_back(std::move(found));
    return std::monostate();
  }
  ExpressionResult<std::monostate> AddBest() {
    LK_ASSIGN(std::vector<ImageId> ids, Rank());
    expression_.filter.of.push_back({.kind = TagFilter::Kind::kImages, .images = std::move(ids)});
    return std::monostate();
  }

  // Those that look it up: strongest first, without the picture itself.
  Result<std::vector<ImageId>> CopiesOf(ImageId id) {
    if (auto known = copies_.find(id); known != copies_.end()) return known->second;
    LK_ASSIGN(SearchResult found,
              library_.SearchById(id, {.audience = options_.audience, .by = SearchBy::kCopy, .count = kRankedMax}));
    std::vector<ImageId> ids;
    for (const SearchHit& hit : found.hits) ids.push_back(hit.id);
    if (ids.size() >= kRankedMax) result_.at_least = true;
    return copies_[id] = std::move(ids);
  }

  // Of the albums that the audience finds. Inside the expression of a smart album only the others count, so that none
  // asks for itself.
  Result<std::vector<ImageId>> InAlbums(const query::Pattern& name) {
    LK_ASSIGN(const std::vector<catalog::AlbumRow> albums, impl_.catalog->albums().List(options_.audience));
    std::vector<ImageId> ids;
    for (const catalog::AlbumRow& album : albums) {
      if (!FitsFolded(name, album.name) || (album.smart() && options_.of_smart_album)) continue;
      if (!album.smart()) {
        LK_ASSIGN(const std::vector<ImageId> more, impl_.catalog->albums().ListIds(album.id));
        ids.insert(ids.end(), more.begin(), more.end());
        continue;
      }
      // One that has become wrong, as when a picture it names was deleted, has nothing in it.
      if (auto more = library_.CollectAlbum(album, options_.audience); more.has_value())
        ids.insert(ids.end(), (*more)->begin(), (*more)->end());
    }
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    return ids;
  }

  // Ids that fit the filter, the best first.
  ExpressionResult<std::vector<ImageId>> Rank() {
    if (!expression_.filter.of.empty()) allowed_ = impl_.tags.Collect(expression_.filter);
    std::vector<RankedSignal> lists;
    for (const RankedOperand& operand : expression_.ranked) {
      LK_ASSIGN(RankedSignal list, std::visit([&](const auto& each) { return RankBy(each); }, operand));
      if (list.hits.size() >= kRankedMax) result_.at_least = true;
      lists.push_back(std::move(list));
    }
    std::vector<ImageId> ids;
    for (const FusedHit& hit : Fuse(lists)) ids.push_back(hit.id);
    // A model's vectors may still hold what left the library.
    ids = impl_.tags.Keep(expression_.filter, ids);
    if (ids.size() > kRankedMax) {
      result_.at_least = true;
      ids.resize(kRankedMax);
    }
    return ids;
  }

  Meaning::Allowed Among() const {
    return allowed_ ? Meaning::Allowed(std::span<const ImageId>(*allowed_)) : std::nullopt;
  }
  static RankedSignal ToList(const char* signal, const std::vector<index::EmbeddingHit>& hits) {
    RankedSignal list{signal};
    for (const index::EmbeddingHit& hit : hits) list.hits.push_back({hit.id, 1 - double(hit.score)});
    return list;
  }

  Result<RankedSignal> RankBy(const query::Words& words) {
    impl_.NoteAsked();
    LK_ASSIGN(auto hits, impl_.meaning->FindByWords({words.text}, {}, kRankedMax, Among()));
    if (!impl_.meaning->HasSeenAll(feature::ModelRole::kImageText)) result_.note = kSomeWaitNote;
    return ToList("text", hits);
  }

  // By the looks that a model sees; without one, by points, hashes and colours.
  Result<RankedSignal> RankBy(const query::Like& like) {
    const ImageId id{like.id};
    LK_TRY(impl_.RequireSeen(id, options_.audience));
    if (auto hits = impl_.meaning->FindAlike(id, kRankedMax + 1, 0, Among()); hits.has_value()) {
      std::erase_if(*hits, [&](const index::EmbeddingHit& hit) { return hit.id == id; });
      return ToList("look", *hits);
    }
    LK_ASSIGN(SearchResult found,
              library_.SearchById(id, {.audience = options_.audience, .by = SearchBy::kAll, .count = kRankedMax}));
    RankedSignal list{"like"};
    for (const SearchHit& hit : found.hits) list.hits.push_back({hit.id, static_cast<double>(list.hits.size())});
    result_.at_least = true;
    return KeepAllowed(std::move(list));
  }

  Result<RankedSignal> RankBy(const query::CopyOf& copy) {
    LK_ASSIGN(std::vector<ImageId> ids, CopiesOf(ImageId{copy.id}));
    RankedSignal list{"copy"};
    for (ImageId id : ids) list.hits.push_back({id, static_cast<double>(list.hits.size())});
    return KeepAllowed(std::move(list));
  }

  // Few pictures are all looked at; of many those whose histograms are nearest.
  Result<RankedSignal> RankBy(const query::Colour& colour) {
    RankedSignal list{"colour"};
    std::vector<ImageId> ids;
    if (allowed_ && allowed_->size() <= kColourOneByOneMax) {
      ids = *allowed_;
    } else {
      auto indexes = impl_.CurrentIndexes();
      for (const feature::ColourHistogram& query : ColourQueries(colour.rgb))
        for (const index::ColourHit& hit : indexes->colour.Search(query, impl_.DepthFor(options_.audience, kRankedMax),
                                                                  2 * feature::kColourTotal - 1))
          ids.push_back(hit.id);
      std::ranges::sort(ids);
      ids.erase(std::ranges::unique(ids).begin(), ids.end());
      if (ids.size() >= kRankedMax) result_.at_least = true;
      ids = impl_.tags.Keep(expression_.filter, ids);
    }
    std::vector<double> shares(ids.size());
    ParallelFor(ids.size(), impl_.threads(), nullptr, [&](size_t i) {
      if (Result<SharedQuery> stored = impl_.LoadQuery(ids[i]); stored.has_value())
        shares[i] = ColourShare(colour.rgb, (*stored)->features.colour);
    });
    for (size_t i = 0; i < ids.size(); ++i)
      if (shares[i] > 0) list.hits.push_back({ids[i], 1 - shares[i]});
    std::ranges::sort(list.hits, [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second < b.second : a.first < b.first;
    });
    return list;
  }

  RankedSignal KeepAllowed(RankedSignal list) const {
    if (allowed_)
      std::erase_if(list.hits, [&](const auto& hit) { return !std::ranges::binary_search(*allowed_, hit.first); });
    return list;
  }

  ExpressionResult<std::vector<ImageId>> SortByName() {
    std::vector<ImageId> ids = impl_.tags.Collect(expression_.filter);
    if (ids.size() > kNamedMax)
      return std::unexpected(ExpressionFault(
          Error{ErrorCode::kLimitExceeded,
                fmt::format("{} pictures are too many to sort by name; {} are not", ids.size(), kNamedMax),
                "ask for fewer, or sort by something else"}));
    LK_ASSIGN(auto names, impl_.catalog->ReadNames(ids));
    for (auto& [name, id] : names) name = FoldText(name);
    std::ranges::sort(names);
    if (expression_.sort->reversed) std::ranges::reverse(names);
    ids.clear();
    for (const auto& [name, id] : names) ids.push_back(id);
    return ids;
  }

  // A page of a list that is in order.
  ExpressionResult<FindResult> ShowFrom(const std::vector<ImageId>& ids) {
    const size_t begin = options_.after ? static_cast<size_t>(std::max<int64_t>(0, options_.after->key)) : 0;
    size_t at = std::min(begin, ids.size());
    // Again for those that were deleted since the index was asked.
    while (at < ids.size() && result_.images.size() < options_.count) {
      const size_t end = std::min(ids.size(), at + options_.count - result_.images.size());
      LK_TRY(Show({ids.begin() + static_cast<ptrdiff_t>(at), ids.begin() + static_cast<ptrdiff_t>(end)}));
      at = end;
    }
    if (at < ids.size()) result_.next = FindCursor{.key = static_cast<int64_t>(at)};
    return std::move(result_);
  }

  ExpressionResult<FindResult> ShowPage() {
    const uint64_t seed = options_.after ? options_.after->seed : std::random_device()();
    index::TagPage page{.sort = ToTagSort(expression_.sort, seed), .after = {}, .limit = options_.count + 1};
    if (options_.after) page.after = index::TagHit{ImageId{options_.after->id}, options_.after->key};
    index::TagAnswer answer = impl_.tags.Search(expression_.filter, page);
    result_.total = answer.total;
    if (answer.hits.size() > options_.count) {
      answer.hits.resize(options_.count);
      const index::TagHit& last = answer.hits.back();
      result_.next =
          FindCursor{last.key, last.id.value, page.sort.order == index::TagOrder::kRandom ? seed : uint64_t{0}};
    }
    std::vector<ImageId> ids;
    for (const index::TagHit& hit : answer.hits) ids.push_back(hit.id);
    LK_TRY(Show(ids));
    return std::move(result_);
  }

  // What was deleted since the index was asked is passed over, as is what was thrown away.
  Status Show(const std::vector<ImageId>& ids) {
    LK_ASSIGN(std::vector<catalog::ImageRow> rows, impl_.catalog->GetImages(ids));
    for (catalog::ImageRow& row : rows)
      if (row.trashed_at_ms == 0) result_.images.push_back(std::move(row));
    return {};
  }

  const Library& library_;
  const Library::Impl& impl_;
  const FindOptions& options_;
  Expression expression_;
  std::optional<std::vector<ImageId>> allowed_;  // ascending; none: all
  std::map<ImageId, std::vector<ImageId>> copies_;
  FindResult result_;
};

std::vector<TagSuggestion> ToSuggestions(const std::vector<index::TermCount>& counts) {
  std::vector<TagSuggestion> out;
  for (const index::TermCount& each : counts) out.push_back({each.shown, TagExpression(each.shown), each.count});
  return out;
}

}  // namespace

ExpressionResult<FindResult> Library::Find(const FindOptions& options) const {
  const Stopwatch watch;
  ExpressionResult<FindResult> result = Finder(*this, *impl_, options).Run();
  if (result) result->took_ms = watch.ms();
  return result;
}

std::vector<TagSuggestion> Library::CompleteTags(const std::string& prefix, size_t limit,
                                                 const catalog::Audience& audience) const {
  const std::string key = TermKey(TermKind::kTag, prefix);
  return ToSuggestions(impl_->FindsAll(audience) ? impl_->tags.Complete(key, limit)
                                                 : impl_->tags.CountAmong(impl_->FoundBy(audience), key, limit));
}

std::vector<TagSuggestion> Library::CountGroup(TagGroup group, size_t limit, const catalog::Audience& audience) const {
  struct Field {
    TermKind kind;
    std::optional<query::TextField> field;
  };
  const Field of = group == TagGroup::kOrientation ? Field{TermKind::kOrientation, query::TextField::kOrientation}
                   : group == TagGroup::kAuthors   ? Field{TermKind::kAuthor, query::TextField::kAuthor}
                                                   : Field{TermKind::kTag, std::nullopt};
  const std::string prefix = TermKey(of.kind, "");
  const auto counts = impl_->FindsAll(audience) ? impl_->tags.Complete(prefix, limit)
                                                : impl_->tags.CountAmong(impl_->FoundBy(audience), prefix, limit);
  std::vector<TagSuggestion> out;
  for (const index::TermCount& each : counts) {
    if (!of.field && each.key.substr(1).starts_with(kArtistPrefix)) continue;  // among the authors
    out.push_back(
        {each.shown, of.field ? FieldExpression(*of.field, each.shown) : TagExpression(each.shown), each.count});
  }
  return out;
}

ExpressionResult<std::vector<TagSuggestion>> Library::CountTagsAmong(const std::string& expression, size_t limit,
                                                                     const catalog::Audience& audience) const {
  const FindOptions options{.expression = expression, .audience = audience};
  LK_ASSIGN(const TagFilter filter, Finder(*this, *impl_, options).Filter());
  // The tags of few pictures are read; those of many are counted set by set, until the rest is too rare to matter.
  constexpr size_t kReadMax = 500;
  if (impl_->tags.Search(filter, {.sort = {}, .after = {}, .limit = 0}).total > kReadMax)
    return ToSuggestions(impl_->tags.CountAmong(filter, TermKey(TermKind::kTag, ""), limit));
  std::map<std::string, TagSuggestion> counted;
  for (ImageId id : impl_->tags.Collect(filter)) {
    Result<catalog::ImageRow> row = impl_->catalog->GetImage(id);
    if (!row.has_value() || row->trashed_at_ms != 0) continue;
    std::set<std::string> own;
    for (const std::string& tag : row->tags)
      if (std::string folded = FoldText(tag); own.insert(folded).second) {
        TagSuggestion& suggestion = counted[folded];
        if (suggestion.count++ == 0) suggestion = {tag, TagExpression(tag), 1};
      }
  }
  std::vector<TagSuggestion> out;
  for (auto& [folded, suggestion] : counted) out.push_back(std::move(suggestion));
  std::ranges::stable_sort(out, std::ranges::greater(), &TagSuggestion::count);
  if (out.size() > limit) out.resize(limit);
  return out;
}

ExpressionResult<std::string> Library::CheckAlbumExpression(const std::string& expression) const {
  FindOptions options{.expression = expression, .count = 0};
  options.of_smart_album = true;
  LK_ASSIGN(const FindResult found, Finder(*this, *impl_, options).Run());
  if (found.expression.empty())
    return std::unexpected(
        ExpressionFault(Error{ErrorCode::kInvalidArgument, "the expression of a smart album is empty",
                              "docs/guide/search.md has the language"}));
  return found.expression;
}

Library::Impl::SmartSets::Of Library::Impl::CurrentSmartSets() const {
  std::lock_guard guard(rules_mutex);
  return {tags.changes(), catalog->albums().version(), tag_rules};
}

ExpressionResult<SharedIds> Library::CollectAlbum(const catalog::AlbumRow& album,
                                                  const catalog::Audience& audience) const {
  auto& sets = impl_->smart_sets;
  const std::tuple key{album.id, audience.everything, audience.user};
  const Library::Impl::SmartSets::Of now = impl_->CurrentSmartSets();
  {
    std::lock_guard lock(sets.mutex);
    if (sets.of != now || sets.ids.size() > kSmartSetsMax) sets.ids.clear();
    sets.of = now;
    if (auto known = sets.ids.find(key); known != sets.ids.end()) return known->second;
  }
  FindOptions options{.expression = album.expression, .audience = audience};
  options.of_smart_album = true;
  LK_ASSIGN(const TagFilter filter, Finder(*this, *impl_, options).Filter());
  SharedIds ids = std::make_shared<const std::vector<ImageId>>(impl_->tags.Collect(filter));
  std::lock_guard lock(sets.mutex);
  if (sets.of == now) sets.ids[key] = ids;
  return ids;
}

Result<SearchResult> Library::Impl::SearchByTags(ImageId id, size_t count, const catalog::Audience& audience) const {
  const Stopwatch watch;
  LK_ASSIGN(catalog::ImageRow row, catalog->GetImage(id));
  std::vector<index::TermId> terms;
  for (const std::string& tag : row.tags) terms.push_back(tags.Find(TermKey(TermKind::kTag, tag)));
  SearchResult result;
  const TagFilter any{
      .kind = TagFilter::Kind::kAnd,
      .of = {{.kind = TagFilter::Kind::kTerms, .terms = terms},
             {.kind = TagFilter::Kind::kNot, .of = {{.kind = TagFilter::Kind::kImages, .images = {id}}}},
             FoundBy(audience)}};
  result.total = tags.Search(any, {.sort = {}, .after = {}, .limit = 0}).total;
  for (const index::SharedTags& found : tags.FindSharing(terms, id, DepthFor(audience, count))) {
    if (result.hits.size() == count) break;
    Result<catalog::ImageRow> other = catalog->GetImage(found.id);
    if (!other.has_value() || other->trashed_at_ms != 0 || !audience.Finds(other->standing())) continue;
    SearchHit hit;
    hit.id = found.id;
    hit.name = other->name;
    hit.width = other->width;
    hit.height = other->height;
    hit.score = found.shared;
    hit.signals.push_back({"tags", static_cast<double>(row.tags.size()) - found.shared,
                           static_cast<double>(found.shared), static_cast<int>(result.hits.size()) + 1});
    result.hits.push_back(std::move(hit));
  }
  result.took_ms = watch.ms();
  return result;
}

}  // namespace likeness::engine
