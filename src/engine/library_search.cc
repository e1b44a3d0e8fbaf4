// Search: each signal's index gives a ranked list, candidates are compared (verdicts), lists are fused.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>

#include "engine/closer_look.h"
#include "engine/colour_query.h"
#include "engine/fusion.h"
#include "engine/library_impl.h"
#include "engine/query_record.h"
#include "engine/stopwatch.h"
#include "feature/colour_layout.h"

namespace likeness::engine {
namespace {

// Hash hits farther than this are not worth a line, even as merely similar ones (random pairs lie around 128).
constexpr int kShownRadiusBits = 90;
constexpr size_t kComparedMin = 64, kComparedMax = 512;
constexpr size_t kLocalHitsMax = 48;

// Exact and pixel-equal copies stand above what was merely found by many signals, similar ones below all copies.
int Tier(dedupe::VerdictKind kind) {
  switch (kind) {
    case dedupe::VerdictKind::kExact:
      return 0;
    case dedupe::VerdictKind::kPixelEqual:
      return 1;
    case dedupe::VerdictKind::kSimilar:
      return 3;
    case dedupe::VerdictKind::kNone:
      return 4;
    default:
      return 2;
  }
}

size_t Depth(const SearchOptions& options) {
  return std::clamp<size_t>(options.count * 2, kComparedMin, kComparedMax);
}
// Of lists that nothing is compared for.
size_t RankedDepth(const SearchOptions& options) {
  return std::max(options.count, kComparedMin);
}

// Names and sizes; drops what is pending or gone, then cuts to the count.
void CutAndDescribe(const Library::Impl& library, size_t count, SearchResult& result) {
  std::vector<SearchHit> kept;
  uint64_t gone = 0;
  for (SearchHit& hit : result.hits) {
    if (kept.size() == count) break;
    Result<catalog::ImageRow> row = library.catalog->GetImage(hit.id);
    if (!row.has_value() || row->trashed_at_ms != 0) {
      ++gone;
      continue;
    }
    hit.name = row->name;
    hit.width = row->width;
    hit.height = row->height;
    kept.push_back(std::move(hit));
  }
  result.total = result.hits.size() - gone;
  result.hits = std::move(kept);
}

using ByEmbedding = Result<std::vector<index::EmbeddingHit>>;
using FindAlike = std::function<ByEmbedding(const Meaning::Allowed&)>;

Result<RankedSignal> Ranked(const char* signal, double weight, const ByEmbedding& found) {
  if (!found) return std::unexpected(found.error());
  RankedSignal list{signal, weight};
  for (const index::EmbeddingHit& hit : *found) list.hits.push_back({hit.id, 1 - double(hit.score)});
  return list;
}

// What the vectors are searched among.
class Among {
 public:
  Among(const Library::Impl& library, const catalog::Audience& audience) : found_(library.CollectFoundBy(audience)) {}
  Meaning::Allowed allowed() const { return found_ ? Meaning::Allowed(*found_) : std::nullopt; }

 private:
  std::optional<std::vector<ImageId>> found_;
};

Result<RankedSignal> RankByWords(const Library::Impl& library, const SearchOptions& options,
                                 const Meaning::Allowed& among) {
  constexpr size_t kWordsMax = 32, kBytesMax = 16 << 10;
  size_t bytes = 0;
  for (const auto* words : {&options.text, &options.text_minus})
    for (const std::string& text : *words) bytes += text.size();
  if (options.text.size() + options.text_minus.size() > kWordsMax || bytes > kBytesMax)
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("more than {} texts or {} bytes to search by", kWordsMax, kBytesMax), "say it shorter");
  if (options.text.empty())
    return Fail(ErrorCode::kInvalidArgument, "only words to leave out", "add one that is wanted");
  return Ranked("text", options.weight_text,
                library.meaning->FindByWords(options.text, options.text_minus, RankedDepth(options), among));
}

// What is ranked before anything is compared: by look, and by words.
Result<std::vector<RankedSignal>> RankByModels(const Library::Impl& library, const SearchOptions& options,
                                               const FindAlike& find_alike) {
  std::vector<RankedSignal> lists;
  const bool by_words = !options.text.empty() || !options.text_minus.empty();
  if (options.by != SearchBy::kLook && !by_words) return lists;
  const Among among(library, options.audience);
  if (options.by == SearchBy::kLook) {
    LK_ASSIGN(RankedSignal look, Ranked("look", options.weight_look, find_alike(among.allowed())));
    lists.push_back(std::move(look));
  }
  if (by_words) {
    LK_ASSIGN(RankedSignal text, RankByWords(library, options, among.allowed()));
    lists.push_back(std::move(text));
  }
  return lists;
}

// An answer by vectors lacks those pictures that no model has looked at.
void NoteWaiting(const Library::Impl& library, feature::ModelRole role, SearchResult& result) {
  if (library.meaning->HasSeenAll(role)) return;
  result.partial = true;
  if (result.note.empty()) result.note = kSomeWaitNote;
}

class Searcher {
 public:
  Searcher(const Library::Impl& library, const compare::QueryFeatures& query, const Sha256& sha256, ImageId left_out,
           const SearchOptions& options)
      : library_(library), query_(query), sha256_(sha256), left_out_(left_out), options_(options) {}

  // `lists`: signals that are ranked already.
  SearchResult Run(std::vector<RankedSignal> lists) {
    lists_ = std::move(lists);
    SearchResult result;
    result.low_information = query_.features.low_information;
    const bool points = options_.by == SearchBy::kAll || options_.by == SearchBy::kCopy;
    if (points) result.note = WhyNotByPoints(query_.features);
    if (points) CollectCopies();
    if (options_.by == SearchBy::kAll || options_.by == SearchBy::kColour) CollectColour();
    for (FusedHit& fused : Fuse(lists_)) {
      if (fused.id == left_out_) continue;
      SearchHit hit;
      hit.id = fused.id;
      hit.score = fused.score;
      hit.signals = std::move(fused.signals);
      // Which strangers were looked at is chance: nothing is said of them.
      if (auto it = verdicts_.find(hit.id); it != verdicts_.end() && it->second.kind != dedupe::VerdictKind::kNone)
        hit.verdict = it->second;
      if (options_.by == SearchBy::kCopy && hit.verdict.kind == dedupe::VerdictKind::kNone) continue;
      result.hits.push_back(std::move(hit));
    }
    std::stable_sort(result.hits.begin(), result.hits.end(), [](const SearchHit& a, const SearchHit& b) {
      return Tier(a.verdict.kind) < Tier(b.verdict.kind);
    });
    CutAndDescribe(library_, options_.count, result);
    return result;
  }

 private:
  using Hits = std::vector<std::pair<ImageId, double>>;

  void CollectCopies() {
    auto indexes = library_.CurrentIndexes();
    const feature::Features& features = query_.features;
    Hits phash, pdq, local;
    const int radius = options_.by == SearchBy::kCopy ? HashRadius(features, kShownRadiusBits, indexes->phash.size())
                                                      : kShownRadiusBits;
    for (const index::HammingHit& hit : indexes->phash.Search(query_.phash_variants, radius, Deep(Depth(options_))))
      phash.push_back({hit.id, hit.distance});
    if (features.pdq.quality >= kPdqQualityMin)
      for (const index::HammingHit& hit : indexes->pdq.Search({&features.pdq.hash, 1}, radius, Deep(Depth(options_))))
        pdq.push_back({hit.id, hit.distance});
    KeepFound(phash, Depth(options_));
    KeepFound(pdq, Depth(options_));
    Verify(phash);
    Verify(pdq);
    if (features.local.keypoints.size() >= static_cast<size_t>(feature::kLocalPointsMin)) {
      Hits found;
      for (const index::LocalCandidate& hit :
           indexes->local.Search(features.local, &query_.local_mirrored, features.width, features.height,
                                 Deep(kLocalHitsMax), library_.threads()))
        found.push_back({hit.id, 0});
      KeepFound(found, kLocalHitsMax);
      Verify(found);
    }
    std::vector<dedupe::Verdict*> verdicts;
    for (auto& [id, verdict] : verdicts_) verdicts.push_back(&verdict);
    dedupe::SettleAkaze(verdicts, library_.options.rules);
    // The local signal's distance is the share of the query's points without a verified partner.
    double points = std::max<double>(1, static_cast<double>(features.local.keypoints.size()));
    for (const auto& [id, verdict] : verdicts_)
      if (verdict.kind != dedupe::VerdictKind::kNone && verdict.signals.local.inliers > 0)
        local.push_back({id, std::clamp(1 - verdict.signals.local.inliers / points, 0.0, 1.0)});
    std::sort(local.begin(), local.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second < b.second : a.first < b.first;
    });
    lists_.push_back({"phash", options_.weight_phash, std::move(phash)});
    lists_.push_back({"pdq", options_.weight_pdq, std::move(pdq)});
    lists_.push_back({"local", options_.weight_local, std::move(local)});
  }

  void CollectColour() {
    auto indexes = library_.CurrentIndexes();
    Hits layout, colour;
    if (query_.features.layout) {
      const feature::ColourLayout variants[] = {*query_.features.layout,
                                                feature::MirrorColourLayout(*query_.features.layout)};
      for (const index::ColourHit& hit : indexes->layout.Search(variants, Deep(Depth(options_) + 1)))
        layout.push_back({hit.id, hit.distance});
    }
    for (const index::ColourHit& hit : indexes->colour.Search(query_.features.colour, Deep(Depth(options_) + 1)))
      colour.push_back({hit.id, hit.distance});
    KeepFound(layout, Depth(options_) + 1);
    KeepFound(colour, Depth(options_) + 1);
    lists_.push_back({"layout", options_.weight_layout, std::move(layout)});
    lists_.push_back({"colour", options_.weight_colour, std::move(colour)});
  }

  size_t Deep(size_t depth) const { return library_.DepthFor(options_.audience, depth); }
  // The first `depth` of those that the audience finds: nothing else of a signal is looked at.
  void KeepFound(Hits& hits, size_t depth) const {
    if (!library_.FindsAll(options_.audience)) {
      std::vector<ImageId> ids;
      for (const auto& [id, distance] : hits) ids.push_back(id);
      std::vector<ImageId> found = library_.tags.Keep(library_.FoundBy(options_.audience), ids);
      std::ranges::sort(found);
      std::erase_if(hits, [&](const auto& hit) { return !std::ranges::binary_search(found, hit.first); });
    }
    if (hits.size() > depth) hits.resize(depth);
  }

  void Verify(const Hits& hits) {
    std::vector<ImageId> ids;
    for (const auto& [id, distance] : hits)
      if (id != left_out_ && !verdicts_.contains(id)) ids.push_back(id);
    std::vector<std::optional<dedupe::Verdict>> verdicts(ids.size());
    ParallelFor(ids.size(), library_.threads(), nullptr, [&](size_t i) {
      Result<SharedQuery> match = library_.LoadQuery(ids[i]);
      if (!match.has_value()) return;
      Result<SharedFacts> known = library_.FindFacts(ids[i]);
      bool same_bytes = known.has_value() && (*known)->sha256 == sha256_;
      verdicts[i] = Judge(query_, (*match)->features, same_bytes, library_.options.rules);
    });
    for (size_t i = 0; i < ids.size(); ++i)
      if (verdicts[i].has_value()) verdicts_[ids[i]] = std::move(*verdicts[i]);
  }

  const Library::Impl& library_;
  const compare::QueryFeatures& query_;
  const Sha256& sha256_;
  const ImageId left_out_;
  const SearchOptions& options_;
  std::vector<RankedSignal> lists_;
  std::unordered_map<ImageId, dedupe::Verdict> verdicts_;
};

}  // namespace

Result<SearchResult> Library::SearchByBytes(ByteView bytes, const SearchOptions& options) const {
  if (options.by == SearchBy::kTags)
    return Fail(ErrorCode::kInvalidArgument, "a file has no tags to search by", "search by all, copy, colour or look");
  Stopwatch watch;
  sandbox::AnalyzeOptions analyze;
  analyze.thumbnails = analyze.metadata = false;
  analyze.pixel_hash = false;
  analyze.local = options.by == SearchBy::kAll || options.by == SearchBy::kCopy;
  analyze.phash_only = options.by == SearchBy::kLook;
  impl_->NoteAsked();
  LK_ASSIGN(AnalyzedFile file, impl_->options.analyzer->AnalyzeBytes(bytes, analyze));
  LK_ASSIGN(std::vector<RankedSignal> lists,
            RankByModels(*impl_, options, [&](const Meaning::Allowed& among) -> ByEmbedding {
              LK_ASSIGN(const image::Bitmap pixels, impl_->DecodePixels(bytes, false));
              return impl_->meaning->FindAlike(pixels, RankedDepth(options), options.expand, among);
            }));
  compare::QueryFeatures query = MakeQuery(file.analysis);
  SearchResult result = Searcher(*impl_, query, file.sha256, {}, options).Run(std::move(lists));
  if (options.by == SearchBy::kLook) NoteWaiting(*impl_, impl_->meaning->LooksRole(), result);
  result.took_ms = watch.ms();
  return result;
}

Result<SearchResult> Library::SearchById(ImageId id, const SearchOptions& options) const {
  LK_TRY(impl_->RequireSeen(id, options.audience));
  if (options.by == SearchBy::kTags) return impl_->SearchByTags(id, options.count, options.audience);
  Stopwatch watch;
  LK_ASSIGN(SharedFacts known, impl_->FindFacts(id));
  impl_->NoteAsked();
  LK_ASSIGN(SharedQuery query, impl_->LoadQuery(id));
  // One more than wanted: the picture itself is the nearest.
  LK_ASSIGN(std::vector<RankedSignal> lists, RankByModels(*impl_, options, [&](const Meaning::Allowed& among) {
              return impl_->meaning->FindAlike(id, RankedDepth(options) + 1, options.expand, among);
            }));
  SearchResult result = Searcher(*impl_, *query, known->sha256, id, options).Run(std::move(lists));
  if (options.by == SearchBy::kLook) NoteWaiting(*impl_, impl_->meaning->LooksRole(), result);
  result.took_ms = watch.ms();
  return result;
}

Result<SearchResult> Library::SearchByText(const SearchOptions& options) const {
  Stopwatch watch;
  impl_->NoteAsked();
  LK_ASSIGN(RankedSignal list, RankByWords(*impl_, options, Among(*impl_, options.audience).allowed()));
  SearchResult result;
  for (FusedHit& fused : Fuse({std::move(list)})) {
    SearchHit hit;
    hit.id = fused.id;
    hit.score = fused.score;
    hit.signals = std::move(fused.signals);
    result.hits.push_back(std::move(hit));
  }
  CutAndDescribe(*impl_, options.count, result);
  NoteWaiting(*impl_, feature::ModelRole::kImageText, result);
  result.took_ms = watch.ms();
  return result;
}

Result<SearchResult> Library::SearchByColour(uint32_t rgb, const SearchOptions& options) const {
  Stopwatch watch;
  constexpr size_t kRankedMin = 200;
  auto indexes = impl_->CurrentIndexes();
  std::unordered_map<ImageId, uint32_t> distances;
  for (const feature::ColourHistogram& query : ColourQueries(rgb))
    for (const index::ColourHit& hit :
         indexes->colour.Search(query, impl_->DepthFor(options.audience, std::max(kRankedMin, options.count * 4)),
                                2 * feature::kColourTotal - 1)) {
      auto [it, fresh] = distances.try_emplace(hit.id, hit.distance);
      if (!fresh) it->second = std::min(it->second, hit.distance);
    }
  SearchResult result;
  for (const auto& [id, distance] : distances) {
    if (!impl_->IsFound(id, options.audience)) continue;
    Result<SharedQuery> stored = impl_->LoadQuery(id);
    if (!stored.has_value()) continue;
    SearchHit hit;
    hit.id = id;
    hit.score = ColourShare(rgb, (*stored)->features.colour);
    hit.signals.push_back({"colour", static_cast<double>(distance), hit.score, 0});
    result.hits.push_back(std::move(hit));
  }
  std::sort(result.hits.begin(), result.hits.end(), [](const SearchHit& a, const SearchHit& b) {
    return a.score != b.score ? a.score > b.score : a.id < b.id;
  });
  std::vector<SearchHit> kept;
  for (SearchHit& hit : result.hits) {
    if (kept.size() == options.count) break;
    Result<catalog::ImageRow> row = impl_->catalog->GetImage(hit.id);
    if (!row.has_value() || row->trashed_at_ms != 0) continue;
    hit.name = row->name;
    hit.width = row->width;
    hit.height = row->height;
    hit.signals.front().rank = static_cast<int>(kept.size()) + 1;
    kept.push_back(std::move(hit));
  }
  result.total = result.hits.size();
  result.hits = std::move(kept);
  result.took_ms = watch.ms();
  return result;
}

Result<dedupe::Verdict> Library::ComparePair(ImageId a, ImageId b) const {
  LK_ASSIGN(SharedFacts facts_a, impl_->FindFacts(a));
  LK_ASSIGN(SharedFacts facts_b, impl_->FindFacts(b));
  LK_ASSIGN(SharedQuery query, impl_->LoadQuery(a));
  LK_ASSIGN(SharedQuery match, impl_->LoadQuery(b));
  dedupe::Verdict verdict =
      Judge(*query, match->features, facts_a->sha256 == facts_b->sha256, impl_->options.rules);
  if (!dedupe::InDoubt(verdict)) return verdict;
  LK_ASSIGN(const Bytes file_a, ReadOriginal(a));
  LK_ASSIGN(const Bytes file_b, ReadOriginal(b));
  return LookCloser(analyzer(), std::move(verdict), *query, file_a, match->features, file_b, impl_->options.rules);
}

Result<dedupe::Verdict> Library::CompareWith(const AnalyzedFile& query, ByteView file, ImageId match) const {
  LK_ASSIGN(SharedFacts known, impl_->FindFacts(match));
  LK_ASSIGN(SharedQuery stored, impl_->LoadQuery(match));
  const compare::QueryFeatures features = MakeQuery(query.analysis);
  dedupe::Verdict verdict = Judge(features, stored->features, query.sha256 == known->sha256, impl_->options.rules);
  if (!dedupe::InDoubt(verdict)) return verdict;
  LK_ASSIGN(const Bytes original, ReadOriginal(match));
  return LookCloser(analyzer(), std::move(verdict), features, file, stored->features, original, impl_->options.rules);
}

}  // namespace likeness::engine
