// Hash lists: in from files, out to files, and what of the library is on them. The catalog holds the truth; the indexes
// in memory follow after each change.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <tuple>

#include "base/text.h"
#include "engine/library_impl.h"
#include "feature/pdq.h"
#include "index/hamming_join.h"

namespace likeness::engine {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr size_t kFaultsInMessage = 5;
constexpr int kRadiusMax = 64;  // a quarter of the bits: further off, unrelated pictures are listed
constexpr size_t kPage = 16384;

Status CheckName(const std::string& name) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (!name.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(name, fits) && name[0] != '.' &&
      name[0] != '-')
    return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no name for a hash list", CleanText(name, 80)),
              "use letters, digits, '.', '_' and '-', at most 64 of them");
}

Status CheckRadius(int radius_bits) {
  if (radius_bits >= 0 && radius_bits <= kRadiusMax) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("a radius of {} bits", radius_bits),
              fmt::format("0 to {} are possible; PDQ's authors advise 31", kRadiusMax));
}

catalog::ListedHashRow RowOf(HashListEntry&& entry) {
  catalog::ListedHashRow row;
  for (size_t i = 0; i < row.hash.size(); ++i)
    row.hash[i] = static_cast<uint8_t>(entry.hash.words[i / 8] >> (56 - 8 * (i % 8)));
  row.matched = IsMatched(entry);
  row.quality = entry.quality;
  row.labels = std::move(entry.labels);
  row.status = std::move(entry.status);
  row.severity = std::move(entry.severity);
  row.description = std::move(entry.description);
  row.source = std::move(entry.source);
  return row;
}

HashListEntry EntryOf(catalog::ListedHashRow&& row) {
  return {HashOf(row),
          row.quality,
          std::move(row.labels),
          std::move(row.status),
          std::move(row.severity),
          std::move(row.description),
          std::move(row.source)};
}

std::unexpected<Error> Refuse(const HashListImport& options, const HashListFile& file) {
  std::string lines;
  for (size_t i = 0; i < std::min(file.faults.size(), kFaultsInMessage); ++i)
    lines += fmt::format("{}line {}: {}", i == 0 ? "" : "; ", file.faults[i].line, file.faults[i].what);
  if (file.fault_count > kFaultsInMessage)
    lines += fmt::format("; and {} more bad lines", file.fault_count - kFaultsInMessage);
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}; nothing was imported", options.source, lines),
              "mend the lines, or take the others with skip_bad (--skip-bad)");
}

}  // namespace

Result<HashListReport> Library::ImportHashList(const HashListImport& given, std::string_view bytes) {
  LK_TRY(impl_->RequireWritable());
  HashListImport options = given;
  options.source = CleanFileName(given.source, impl_->limits().name_bytes_max);
  LK_TRY(CheckName(options.name));
  if (options.radius_bits != -1) LK_TRY(CheckRadius(options.radius_bits));
  Result<HashListFile> file = ReadHashList(bytes);
  if (!file.has_value()) return std::unexpected(file.error().Within(options.source));
  if (file->fault_count > 0 && !options.skip_bad) return Refuse(options, *file);
  HashListReport report;
  report.read = file->entries.size();
  report.repeated = file->repeated;
  report.skipped = file->fault_count;
  for (HashListFault& fault : file->faults) report.faults.emplace_back(fault.line, std::move(fault.what));
  report.other_types.assign(file->other_types.begin(), file->other_types.end());
  std::vector<catalog::ListedHashRow> rows;
  rows.reserve(file->entries.size());
  for (HashListEntry& entry : file->entries) {
    rows.push_back(RowOf(std::move(entry)));
    if (!rows.back().matched) ++report.unmatched;
  }
  std::lock_guard order(impl_->lists_mutex);
  Result<catalog::HashListRow> written = impl_->catalog->WriteHashList(
      {.name = options.name, .radius_bits = options.radius_bits, .source = options.source}, options.mode, rows);
  if (!written.has_value() && written.error().code == ErrorCode::kAlreadyExists)
    return Fail(ErrorCode::kAlreadyExists, written.error().message,
                "add to it with mode add (--add), or put the file in its place with mode replace (--replace)");
  if (!written.has_value()) return std::unexpected(written.error());
  report.list = std::move(*written);
  impl_->lists->Forget(report.list.id, true);
  return report;
}

Result<std::vector<catalog::HashListRow>> Library::ListHashLists() const {
  return impl_->catalog->ListHashLists();
}

Result<catalog::HashListRow> Library::GetHashList(const std::string& name) const {
  LK_ASSIGN(std::vector<catalog::HashListRow> rows, impl_->catalog->ListHashLists());
  for (catalog::HashListRow& row : rows)
    if (row.name == name) return std::move(row);
  return Fail(ErrorCode::kNotFound, fmt::format("there is no hash list \"{}\"", CleanText(name, 80)));
}

Result<std::vector<catalog::ListedHashRow>> Library::ListHashes(const std::string& name, catalog::ListedHashId after,
                                                                size_t limit) const {
  LK_ASSIGN(catalog::HashListRow list, GetHashList(name));
  return impl_->catalog->ListHashes(list.id, after, limit);
}

Status Library::SetHashListRadius(const std::string& name, int radius_bits) {
  LK_TRY(impl_->RequireWritable());
  LK_TRY(CheckRadius(radius_bits));
  std::lock_guard order(impl_->lists_mutex);
  LK_ASSIGN(catalog::HashListRow list, GetHashList(name));
  LK_TRY(impl_->catalog->SetHashListRadius(list.id, radius_bits));
  impl_->lists->Forget(list.id, false);
  return {};
}

Status Library::RemoveHashList(const std::string& name) {
  LK_TRY(impl_->RequireWritable());
  std::lock_guard order(impl_->lists_mutex);
  LK_ASSIGN(catalog::HashListRow list, GetHashList(name));
  LK_TRY(impl_->catalog->RemoveHashList(list.id));
  impl_->lists->Forget(list.id, true);
  return {};
}

Result<std::string> Library::ExportHashList(const std::string& name, HashListFormat format) const {
  LK_ASSIGN(catalog::HashListRow list, GetHashList(name));
  std::string text;
  HashListWriter writer(format, &text);
  for (catalog::ListedHashId after;;) {
    LK_ASSIGN(std::vector<catalog::ListedHashRow> page, impl_->catalog->ListHashes(list.id, after, kPage));
    if (!page.empty()) after = page.back().id;
    const bool last = page.size() < kPage;
    for (catalog::ListedHashRow& row : page) writer.Add(EntryOf(std::move(row)));
    if (last) break;
  }
  writer.Finish();
  return text;
}

Result<std::string> Library::ExportHashes(const std::vector<ImageId>& ids, HashListFormat format,
                                          const CancelFlag& cancel) const {
  std::vector<ImageId> wanted = ids;
  if (ids.empty()) {
    LK_ASSIGN(wanted, impl_->LiveIds());
  }
  std::vector<feature::PdqHash> hashes(wanted.size());
  std::mutex mutex;
  Status status;
  ParallelFor(wanted.size(), impl_->threads(), &cancel, [&](size_t i) {
    Result<SharedQuery> query = impl_->LoadQuery(wanted[i]);
    if (query.has_value()) {
      hashes[i] = (*query)->features.pdq;
      return;
    }
    // One that was deleted meanwhile is no matter, unless it was asked for.
    std::lock_guard lock(mutex);
    if (status.has_value() && (!ids.empty() || query.error().code != ErrorCode::kNotFound))
      status = std::unexpected(query.error());
  });
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
  LK_TRY(std::move(status));
  // In the order of hashes: the order of the library is nobody's business.
  std::erase_if(hashes, [](const feature::PdqHash& pdq) { return pdq == feature::PdqHash{}; });
  std::ranges::sort(hashes, {}, [](const feature::PdqHash& pdq) { return std::tuple(pdq.hash.words, -pdq.quality); });
  hashes.erase(std::unique(hashes.begin(), hashes.end(), [](const auto& a, const auto& b) { return a.hash == b.hash; }),
               hashes.end());
  std::string text;
  HashListWriter writer(format, &text);
  for (const feature::PdqHash& pdq : hashes) writer.Add({.hash = pdq.hash, .quality = pdq.quality});
  writer.Finish();
  return text;
}

Result<ListAnswer> Library::MatchLists(const feature::PdqHash& pdq) const {
  ListAnswer answer{pdq, pdq.quality >= kPdqQualityMin, {}};
  LK_ASSIGN(answer.listed, impl_->lists->Match(pdq));
  return answer;
}

Result<ListAnswer> Library::MatchLists(ImageId id) const {
  LK_ASSIGN(SharedQuery query, impl_->LoadQuery(id));
  return MatchLists(query->features.pdq);
}

Result<ListAnswer> Library::MatchLists(ByteView bytes) const {
  sandbox::AnalyzeOptions analyze;
  analyze.thumbnails = analyze.metadata = analyze.pixel_hash = analyze.local = false;
  LK_ASSIGN(AnalyzedFile file, impl_->options.analyzer->AnalyzeBytes(bytes, analyze));
  return MatchLists(file.analysis.features.pdq);
}

Result<LibraryMatches> Library::MatchLibrary(size_t image_count_max, const CancelFlag& cancel) const {
  const auto start = std::chrono::steady_clock::now();
  LibraryMatches out;
  LK_ASSIGN(HashLists::Snapshot lists, impl_->lists->Current());
  std::vector<ImageId> ids;
  std::vector<feature::HashVariants> queries;
  impl_->CurrentIndexes()->pdq.Visit([&](ImageId id, const feature::Hash256& hash) {
    ids.push_back(id);
    queries.push_back(feature::PdqOrientations(hash));
  });
  out.compared = ids.size();
  std::set<size_t> found;
  for (const HashLists::List& list : *lists) {
    std::vector<feature::Hash256> rows;
    rows.reserve(list.index->size());
    list.index->Visit([&](ImageId, const feature::Hash256& hash) { rows.push_back(hash); });
    LK_ASSIGN(std::vector<index::NearestRow> nearest,
              index::JoinNearest(rows, queries, list.row.radius_bits, impl_->threads(), cancel));
    for (size_t i = 0; i < nearest.size(); ++i)
      if (nearest[i].row != index::NearestRow::kNone) found.insert(i);
  }
  std::vector<std::pair<ImageId, feature::Hash256>> hits;
  for (size_t i : found) hits.emplace_back(ids[i], queries[i][0]);
  std::ranges::sort(hits, {}, &std::pair<ImageId, feature::Hash256>::first);
  for (const auto& [id, hash] : hits) {
    Result<SharedFacts> known = impl_->FindFacts(id);  // pending ones and those that left meanwhile are not told
    if (!known.has_value() || (*known)->standing.trashed) continue;
    out.ids.push_back(id);
    if (out.images.size() == image_count_max) continue;
    if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
    LK_ASSIGN(std::vector<ListMatch> listed, impl_->lists->Match({hash, kPdqQualityMin}));
    out.images.push_back({id, (*known)->name, std::move(listed)});
  }
  out.took_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace likeness::engine
