// Import.
//
//   bytes -> SHA-256 -> known? answer at once
//         -> sandbox: features, metadata, thumbnails
//         -> Gather: candidates from the indexes, compared outside the lock
//         -> Decide: under the lock only what was added since; policy; id reserved, features into the indexes
//         -> Store: records appended, group commit
//         -> ApplyPolicy: decisions, trash -> answer
//
// A duplicate of a picture that is still being committed is answered after that one is durable; if its commit fails,
// the decision is made again.

#include "engine/library_import.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "engine/image_facts.h"
#include "engine/import_extras.h"
#include "engine/picture_files.h"
#include "engine/progress_meter.h"
#include "engine/query_record.h"

namespace likeness::engine {
namespace {

constexpr int kDecideAttempts = 4;
constexpr size_t kOthersMax = 32;

void FailOutcome(ImportOutcome& outcome, ImportStatus status, Error error) {
  outcome.status = status;
  outcome.error = std::move(error);
}

}  // namespace

void ImportBatch::Count(const sandbox::Analysis& analysis) {
  std::lock_guard guard(mutex);
  summary.decode_s += analysis.decode_us * 1e-6;
  summary.hash_s += analysis.hash_us * 1e-6;
  summary.colour_s += analysis.colour_us * 1e-6;
  summary.local_s += analysis.local_us * 1e-6;
  summary.thumbnail_s += analysis.thumbnail_us * 1e-6;
}

void ImportBatch::Count(const ImportOutcome& outcome) {
  std::lock_guard guard(mutex);
  switch (outcome.status) {
    case ImportStatus::kImported:
      ++summary.imported;
      break;
    case ImportStatus::kDuplicate:
      ++summary.duplicate;
      break;
    case ImportStatus::kRejected:
      ++summary.rejected;
      break;
    case ImportStatus::kFailed:
      ++summary.failed;
      break;
  }
  if (!outcome.listed.empty()) ++summary.listed;
  summary.bytes += outcome.size_bytes;
}

std::vector<ImageId> Library::Impl::FindLiveBySha256(const Sha256& sha256) const {
  // Pending first: what leaves the pending ones is in the catalog by then.
  std::vector<ImageId> live;
  for (const SharedPending& pending : log.FindPendingBySha256(sha256)) live.push_back(pending->id);
  Result<std::vector<ImageId>> stored = catalog->FindBySha256(sha256);
  for (ImageId id : stored.value_or(std::vector<ImageId>{})) {
    Result<SharedFacts> known = FindFacts(id);
    if (known.has_value() && !(*known)->standing.trashed && std::find(live.begin(), live.end(), id) == live.end())
      live.push_back(id);
  }
  return live;
}

ImportOutcome Importer::Import(const Source& source) {
  ImportOutcome outcome;
  outcome.path = source.path.empty() ? source.name : source.path;
  outcome.size_bytes = source.bytes.size();
  if (Status ready = library_.RequireWritable(); !options_.dry_run && !ready.has_value()) {
    FailOutcome(outcome, ImportStatus::kFailed, ready.error());
    return outcome;
  }
  file_.sha256 = ComputeSha256(source.bytes);
  if (SettleSameBytes(source, outcome)) return outcome;
  if (Status analysed = AnalyseSource(source); !analysed.has_value()) {
    ImportStatus status = IsRejection(analysed.error()) ? ImportStatus::kRejected : ImportStatus::kFailed;
    FailOutcome(outcome, status, analysed.error());
    return outcome;
  }
  if (!PassesLists(query_->features.pdq, outcome)) return outcome;
  // The gate is entered only here, so that no decoding holds up whoever wants to close it.
  Gate::Shared inside(library_.gate);
  for (int attempt = 0; attempt < kDecideAttempts; ++attempt) {
    Choice choice = Decide(source.id);
    if (choice.refused) {
      FailOutcome(outcome, ImportStatus::kRejected, *choice.refused);
      return outcome;
    }
    if (choice.import && !options_.dry_run) {
      if (Status stored = Store(source, choice); !stored.has_value()) {
        FailOutcome(outcome, ImportStatus::kFailed, stored.error());
        return outcome;
      }
      outcome.id = choice.pending->id;
    }
    bool originals_durable = std::all_of(choice.duplicates.begin(), choice.duplicates.end(),
                                         [&](const VerdictReport& report) { return library_.AwaitDurable(report.of); });
    if (!choice.import && !originals_durable) continue;
    outcome.status = choice.import ? ImportStatus::kImported : ImportStatus::kDuplicate;
    Report(choice, outcome);
    if (choice.import && !options_.dry_run) ApplyPolicy(choice, outcome);
    return outcome;
  }
  FailOutcome(outcome, ImportStatus::kFailed,
              {ErrorCode::kUnavailable, "the picture it is a copy of could not be stored", "try again"});
  return outcome;
}

bool Importer::TakesSameBytes() const {
  return options_.decided &&
         (options_.on_duplicate == OnDuplicate::kKeep || options_.on_duplicate == OnDuplicate::kLink);
}

// The quick answer for bytes that are there already: no decoding, no comparison.
bool Importer::SettleSameBytes(const Source& source, ImportOutcome& outcome) {
  if (TakesSameBytes()) return false;
  std::vector<VerdictReport> reports;
  for (ImageId id : library_.FindLiveBySha256(file_.sha256)) {
    if (!library_.AwaitDurable(id) || !library_.IsFound(id, options_.audience)) continue;
    reports.push_back({JudgeSameBytes(library_.options.rules), id, {}});
  }
  if (reports.empty() && options_.dry_run) {
    std::lock_guard guard(batch_.mutex);
    auto [first, fresh] = batch_.would_import.try_emplace(file_.sha256, outcome.path);
    if (!fresh) reports.push_back({JudgeSameBytes(library_.options.rules), {}, first->second});
  }
  if (reports.empty()) return false;
  outcome.status = ImportStatus::kDuplicate;
  if (ImageId of = reports.front().of) {
    Result<SharedQuery> stored = library_.LoadQuery(of);
    if (stored.has_value() && !PassesLists((*stored)->features.pdq, outcome)) return true;
  }
  outcome.verdict = std::move(reports.front());
  outcome.others.assign(reports.begin() + 1, reports.end());
  (void)source;
  return true;
}

bool Importer::PassesLists(const feature::PdqHash& pdq, ImportOutcome& outcome) {
  Result<std::vector<ListMatch>> listed = library_.lists->Match(pdq);
  if (!listed.has_value()) {
    // Whoever asked to keep listed pictures out would not want one in because the lists could not be read.
    FailOutcome(outcome, ImportStatus::kFailed, listed.error().Within("cannot compare with the hash lists"));
    return false;
  }
  outcome.listed = std::move(*listed);
  if (outcome.listed.empty() || options_.on_listed == OnListed::kReport) return true;
  const ListMatch& nearest = outcome.listed.front();
  FailOutcome(outcome, ImportStatus::kRejected,
              {ErrorCode::kPermissionDenied,
               fmt::format("it is on the hash list \"{}\"{}: {} of 256 bits differ", nearest.list,
                           nearest.label.empty() ? "" : fmt::format(" ({})", nearest.label), nearest.distance),
               "the policy `report` for listed pictures takes it in and tells"});
  return false;
}

Status Importer::AnalyseSource(const Source& source) {
  LK_ASSIGN(AnalyzedFile file, library_.options.analyzer->AnalyzeBytes(source.bytes, {}, source.sidecar));
  file_ = std::move(file);
  file_.path = source.path;
  if (source.takeout) ApplyTakeout(*source.takeout, source.name, file_.analysis.metadata);
  query_ = std::make_shared<const compare::QueryFeatures>(MakeQuery(file_.analysis));
  facts_.width = file_.analysis.info.width;
  facts_.height = file_.analysis.info.height;
  facts_.size_bytes = file_.size_bytes;
  facts_.format = codec::Name(file_.analysis.info.format);
  facts_.quality = query_->features.quality;
  facts_.metadata_fields = CountMetadataFields(file_.analysis.metadata);
  batch_.Count(file_.analysis);
  return {};
}

Status Importer::Store(const Source& source, const Choice& choice) {
  const SharedPending& pending = choice.pending;
  if (pending == nullptr)
    return Fail(ErrorCode::kUnavailable, "the catalog refuses writes", "look at the server's log");
  auto store = [&]() -> Status {
    catalog::ImageRow row = DescribeImage(file_, NowMs(), library_.limits());
    row.id = pending->id;
    row.name = CleanFileName(source.name, library_.limits().name_bytes_max);
    row.source_path = CleanText(source.path, 4096);
    row.source_url = CleanText(options_.source_url, library_.limits().url_bytes_max);
    row.owner = options_.standing.owner;
    row.visibility = options_.standing.visibility;
    row.pending = options_.standing.pending;
    if (row.source_url.empty() && source.takeout) row.source_url = source.takeout->url;
    row.tags = MergeTags(options_.tags, file_.analysis.metadata.keywords, library_.limits());
    if (options_.on_duplicate == OnDuplicate::kLink && !choice.duplicates.empty()) {
      ImageId of = choice.duplicates.front().of;
      if (!library_.AwaitDurable(of)) return Fail(ErrorCode::kUnavailable, "its original could not be stored");
      Result<catalog::ImageRow> original = library_.catalog->GetImage(of);
      row.linked_to = original.has_value() && original->linked_to != 0 ? original->linked_to : of.value;
    }
    blob::RecordInfo info;
    info.id = row.id.value;
    info.kind = static_cast<uint16_t>(catalog::BlobKind::kOriginal);
    info.written_at_ms = row.imported_at_ms;
    info.sha256 = row.sha256;
    info.label = MakeLabel(row);
    LK_ASSIGN(blob::Location at, library_.originals->Append(info, source.bytes));
    LK_ASSIGN(row.blobs, library_.AppendDerived(row.id, file_.analysis, row.imported_at_ms));
    row.blobs.push_back(MakeBlobRow(catalog::BlobKind::kOriginal, at));
    return library_.committer->Commit(std::move(row));
  };
  Status status = store();
  if (!status.has_value()) {
    Withdraw(pending);
    return status;
  }
  ++library_.index_changes;
  auto lock = library_.log.Lock();
  library_.log.SettleLocked(pending, Pending::State::kDurable);
  return {};
}

// Takes a picture whose commit failed out of everything again.
void Importer::Withdraw(const SharedPending& pending) {
  {
    auto lock = library_.log.Lock();
    library_.CurrentIndexes()->Remove(pending->id);
    library_.log.NoteRemovedLocked(pending->id);
    library_.log.SettleLocked(pending, Pending::State::kFailed);
  }
  // Without the mark of a clean close the next opening looks for orphans.
  library_.leave_unclean = true;
  // After a failed sync nobody knows whether the row is on disk: only the next opening can tell an orphan from an
  // image.
  if (!library_.writable) return;
  SharedStore features = library_.FeaturesStore(), thumbnails = library_.ThumbnailsStore();
  for (blob::VolumeStore* store : {library_.originals.get(), features.get(), thumbnails.get()}) {
    Status marked = store->AppendTombstone(pending->id.value, 0);
    if (!marked.has_value())  // the next opening finds the orphan
      Log(LogLevel::kWarning, "orphan_left",
          {{"image", fmt::format("{}", pending->id.value)}, {"error", marked.error().Text()}});
  }
}

void Importer::Report(const Choice& choice, ImportOutcome& outcome) {
  std::vector<VerdictReport> all = choice.duplicates;
  all.insert(all.end(), choice.similar.begin(), choice.similar.end());
  if (all.size() > kOthersMax + 1) all.resize(kOthersMax + 1);
  if (all.empty()) return;
  if (choice.duplicates.empty()) {
    // Merely similar ones are told, but are no verdict on the picture.
    outcome.others = std::move(all);
    return;
  }
  outcome.verdict = std::move(all.front());
  outcome.others.assign(std::make_move_iterator(all.begin() + 1), std::make_move_iterator(all.end()));
}

void Importer::ApplyPolicy(const Choice& choice, ImportOutcome& outcome) {
  if (choice.duplicates.empty() || !MayDecideOn(choice.duplicates.front().of)) return;
  auto note = [&](const Status& status, ImageId other) {
    if (status.has_value()) return;
    Log(LogLevel::kWarning, "policy_not_applied",
        {{"image", fmt::format("{}", outcome.id.value)},
         {"of", fmt::format("{}", other.value)},
         {"error", status.error().Text()}});
  };
  auto remember = [&](ImageId a, ImageId b, catalog::DecisionKind kind, const VerdictReport& report) -> Status {
    auto decision = library_.Remember(a, b, kind, fmt::format("import: {}", report.verdict.sentence));
    if (!decision.has_value()) return std::unexpected(decision.error());
    return {};
  };
  const VerdictReport& strongest = choice.duplicates.front();
  switch (options_.on_duplicate) {
    case OnDuplicate::kKeep:
      if (!options_.decided) break;
      for (const VerdictReport& report : choice.duplicates)
        if (MayDecideOn(report.of))
          note(remember(report.of, outcome.id, catalog::DecisionKind::kKeepBoth, report), report.of);
      break;
    case OnDuplicate::kLink:
      note(remember(strongest.of, outcome.id, catalog::DecisionKind::kAlternate, strongest), strongest.of);
      break;
    case OnDuplicate::kReplaceIfBetter: {
      Status replaced = remember(outcome.id, strongest.of, catalog::DecisionKind::kDuplicate, strongest);
      if (replaced.has_value()) replaced = library_.SetTrashed({strongest.of}, true, options_.standing.owner);
      if (replaced.has_value()) outcome.replaced = strongest.of;
      note(replaced, strongest.of);
      break;
    }
    case OnDuplicate::kSkip:
    case OnDuplicate::kAsk:
      break;
  }
}

ImportOutcome Library::ImportBytes(ByteView bytes, const std::string& name, const std::string& source_path,
                                   const ImportOptions& options) {
  impl_->NoteAsked();
  ImportBatch batch;
  ImportOutcome outcome;
  if (bytes.size() > impl_->limits().file_bytes_max) {
    outcome.path = name;
    outcome.size_bytes = bytes.size();
    FailOutcome(outcome, ImportStatus::kRejected,
                {ErrorCode::kLimitExceeded,
                 fmt::format("{} has {} bytes, more than {}", CleanFileName(name, 255), bytes.size(),
                             impl_->limits().file_bytes_max),
                 "raise limits.file_bytes_max to allow it"});
    return outcome;
  }
  outcome = Importer(*impl_, options, batch).Import({bytes, name, source_path, {}});
  if (source_path.empty()) outcome.path = name;
  impl_->SaveIndexesIfDue();
  return outcome;
}

namespace {

// Files and folders of this machine on their way in, with what stands beside them.
class PathImport {
 public:
  PathImport(Library::Impl& library, const std::vector<std::string>& given, const ImportOptions& options)
      : library_(library), given_(given), options_(options) {}

  // Ids that were in use and are no more are not given again.
  Status Begin() {
    if (!options_.ids_from_names) return {};
    LK_ASSIGN(const std::vector<ImageId> deleted, library_.catalog->ListDeletedIds());
    deleted_.insert(deleted.begin(), deleted.end());
    return {};
  }

  ImportOutcome Import(const std::filesystem::path& path, size_t place, ImportBatch& batch) {
    ImportOutcome outcome;
    outcome.path = path.string();
    const Limits& limits = library_.limits();
    const Result<ImageId> id = options_.ids_from_names ? WantedId(path) : ImageId{};
    Result<Bytes> bytes = id.has_value() ? ReadFile(path, limits.file_bytes_max) : std::unexpected(id.error());
    if (!bytes.has_value()) {
      const bool rejected = !id.has_value() || IsRejection(bytes.error());
      FailOutcome(outcome, rejected ? ImportStatus::kRejected : ImportStatus::kFailed, bytes.error());
      return outcome;
    }
    ImportOptions options = options_;
    const std::vector<std::string> folders =
        options.folders_as == FoldersAs::kNothing ? std::vector<std::string>{} : FoldersOf(given_, path);
    if (options.folders_as == FoldersAs::kTags) options.tags.insert(options.tags.end(), folders.begin(), folders.end());
    Importer::Source source{*bytes, path.filename().string(), path.string(), ReadSidecar(path, limits)};
    source.takeout = takeout_.Find(path, limits);
    source.id = *id;
    outcome = Importer(library_, options, batch).Import(source);
    const bool favourite = source.takeout && source.takeout->favourite;
    collections_.Note(options.folders_as == FoldersAs::kAlbums ? folders : std::vector<std::string>{}, favourite, place,
                      outcome);
    return outcome;
  }

  Status End() { return collections_.Write(library_.catalog->albums(), library_.limits()); }

 private:
  Result<ImageId> WantedId(const std::filesystem::path& path) const {
    LK_ASSIGN(const ImageId id, IdFromName(path));
    if (deleted_.contains(id))
      return Fail(ErrorCode::kAlreadyExists, fmt::format("the id {} was that of a deleted picture", id.value),
                  "give the file another number, or import it without --ids-from-names");
    return id;
  }

  Library::Impl& library_;
  const std::vector<std::string>& given_;
  const ImportOptions& options_;
  std::set<ImageId> deleted_;
  TakeoutFolders takeout_;
  ImportedCollections collections_;
};

}  // namespace

Result<ImportSummary> Library::ImportPaths(const std::vector<std::string>& paths, const ImportOptions& options,
                                           const CancelFlag& cancel, const OnItem& on_item,
                                           const OnProgress& on_progress) {
  LK_ASSIGN(std::vector<std::filesystem::path> files, impl_->options.analyzer->FindPictures(paths, nullptr));
  ImportBatch batch;
  ProgressMeter meter(files.size(), on_progress);
  std::mutex item_mutex;
  PathImport import(*impl_, paths, options);
  LK_TRY(import.Begin());
  // One more than there are workers, and one: while some wait for a sync, the workers have the next files.
  size_t threads = options.threads != 0 ? options.threads : impl_->threads() + 2;
  ParallelFor(files.size(), threads, &cancel, [&](size_t i) {
    ImportOutcome outcome = import.Import(files[i], i, batch);
    batch.Count(outcome);
    bool bad = outcome.status == ImportStatus::kRejected || outcome.status == ImportStatus::kFailed;
    meter.Add(1, outcome.size_bytes, bad, outcome.status == ImportStatus::kDuplicate);
    {
      std::lock_guard guard(item_mutex);
      if (on_item) on_item(outcome);
    }
    impl_->SaveIndexesIfDue();
  });
  meter.Finish();
  LK_TRY(import.End());
  batch.summary.seconds = meter.seconds();
  batch.summary.cancelled = cancel.cancelled();
  return batch.summary;
}

}  // namespace likeness::engine
