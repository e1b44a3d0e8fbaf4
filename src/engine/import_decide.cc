// Importer: evidence and decision. The lock is held for the comparison with what was added since the evidence was
// gathered (usually nothing), the policy, and the entry into the indexes.

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "engine/image_facts.h"
#include "engine/library_import.h"

namespace likeness::engine {
namespace {

// As many fresh pictures may be compared under the lock; with more of them another round is made outside.
constexpr size_t kComparedLockedMax = 2;
constexpr int kRoundsMax = 8;

class ReadMark {
 public:
  explicit ReadMark(DecisionLog& log) : log_(log), begin_(log.BeginRead()) {}
  ~ReadMark() { log_.EndRead(begin_); }
  ReadMark(const ReadMark&) = delete;
  ReadMark& operator=(const ReadMark&) = delete;
  uint64_t begin() const { return begin_; }

 private:
  DecisionLog& log_;
  const uint64_t begin_;
};

}  // namespace

void Importer::CompareWith(ImageId id, Evidence& evidence) {
  Result<SharedQuery> match = library_.LoadQuery(id);
  if (!match.has_value()) return;  // deleted meanwhile, or damaged: fsck tells
  bool same_bytes = std::find(evidence.same_bytes.begin(), evidence.same_bytes.end(), id) != evidence.same_bytes.end();
  evidence.reports.push_back({Judge(*query_, (*match)->features, same_bytes, library_.options.rules), id, {}});
}

void Importer::CompareWithAdded(const LogEntry& entry, Evidence& evidence) {
  if (entry.added == nullptr) {
    std::erase_if(evidence.reports, [&](const VerdictReport& report) { return report.of == entry.id; });
    return;
  }
  if (entry.added->state == Pending::State::kFailed) return;
  bool known = std::any_of(evidence.reports.begin(), evidence.reports.end(),
                           [&](const VerdictReport& report) { return report.of == entry.id; });
  if (known) return;
  bool same_bytes = entry.added->sha256 == file_.sha256;
  dedupe::Verdict verdict = Judge(*query_, entry.added->query->features, same_bytes, library_.options.rules);
  if (verdict.kind != dedupe::VerdictKind::kNone) evidence.reports.push_back({std::move(verdict), entry.id, {}});
}

void Importer::Gather(Evidence& evidence) {
  evidence.same_bytes = library_.FindLiveBySha256(file_.sha256);
  std::vector<ImageId> candidates = FindCandidates(*library_.CurrentIndexes(), *query_, library_.options.rules);
  for (ImageId id : evidence.same_bytes)
    if (std::find(candidates.begin(), candidates.end(), id) == candidates.end()) candidates.push_back(id);
  for (ImageId id : candidates) CompareWith(id, evidence);
  std::vector<dedupe::Verdict*> verdicts;
  for (VerdictReport& report : evidence.reports) verdicts.push_back(&report.verdict);
  dedupe::SettleAkaze(verdicts, library_.options.rules);
  std::erase_if(evidence.reports,
                [](const VerdictReport& report) { return report.verdict.kind == dedupe::VerdictKind::kNone; });
}

Result<ImageId> Importer::TakeIdLocked(ImageId wanted) {
  if (!wanted) return library_.catalog->ReserveId();
  if (library_.log.FindPendingLocked(wanted) != nullptr || library_.catalog->GetImage(wanted).has_value())
    return Fail(ErrorCode::kAlreadyExists, fmt::format("the id {} is in use", wanted.value),
                "give the file another number, or import it without --ids-from-names");
  library_.catalog->SkipIds(wanted);
  return wanted;
}

Importer::Choice Importer::Decide(ImageId wanted) {
  ReadMark mark(library_.log);
  Evidence evidence;
  evidence.begin = evidence.seen = mark.begin();
  Gather(evidence);

  auto lock = library_.log.Lock();
  for (int round = 0; round < kRoundsMax; ++round) {
    std::vector<LogEntry> fresh = library_.log.ChangesSinceLocked(evidence.seen);
    if (fresh.size() <= kComparedLockedMax) break;
    lock.unlock();
    for (const LogEntry& entry : fresh) CompareWithAdded(entry, evidence);
    evidence.seen = fresh.back().number;
    lock.lock();
  }
  for (const LogEntry& entry : library_.log.ChangesSinceLocked(evidence.seen)) CompareWithAdded(entry, evidence);

  std::erase_if(evidence.reports, [&](const VerdictReport& report) { return !MayTell(report.of); });
  Choice choice;
  std::stable_sort(evidence.reports.begin(), evidence.reports.end(),
                   [](const VerdictReport& a, const VerdictReport& b) { return IsStronger(a.verdict, b.verdict); });
  for (VerdictReport& report : evidence.reports)
    (dedupe::IsDuplicate(report.verdict.kind) ? choice.duplicates : choice.similar).push_back(std::move(report));
  choice.import = choice.duplicates.empty() || PolicyImports(choice.duplicates);
  if (!choice.import || options_.dry_run) return choice;

  Result<ImageId> id = TakeIdLocked(wanted);
  if (!id.has_value()) {
    choice.refused = id.error();
    return choice;
  }
  choice.pending = std::make_shared<Pending>();
  choice.pending->id = *id;
  if (!choice.pending->id) {  // the catalog refuses writes: Store says so
    choice.pending = nullptr;
    return choice;
  }
  choice.pending->sha256 = file_.sha256;
  choice.pending->query = query_;
  choice.pending->standing = options_.standing;
  choice.pending->facts = facts_;
  library_.CurrentIndexes()->Add(choice.pending->id, query_->features);
  library_.log.AddPendingLocked(choice.pending);
  return choice;
}

bool Importer::PolicyImports(const std::vector<VerdictReport>& duplicates) {
  if (duplicates.front().verdict.kind == dedupe::VerdictKind::kExact && !TakesSameBytes()) return false;
  switch (options_.on_duplicate) {
    case OnDuplicate::kKeep:
    case OnDuplicate::kLink:
      return true;
    case OnDuplicate::kReplaceIfBetter:
      return MayDecideOn(duplicates.front().of) && IsBetterThan(duplicates.front());
    case OnDuplicate::kSkip:
    case OnDuplicate::kAsk:
      return false;
  }
  return false;
}

bool Importer::MayDecideOn(ImageId id) const {
  if (options_.audience.everything) return true;
  const Result<SharedFacts> known = library_.FindFacts(id);
  return options_.audience.user && known && (*known)->standing.owner == options_.audience.user;
}

// Called with the lock held.
bool Importer::MayTell(ImageId id) const {
  if (options_.audience.everything) return true;
  if (SharedPending pending = library_.log.FindPendingLocked(id); pending != nullptr)
    return options_.audience.Finds(pending->standing);
  return library_.IsFound(id, options_.audience);
}

// Called with the lock held.
Result<dedupe::Candidate> Importer::FactsOf(ImageId id) {
  if (SharedPending pending = library_.log.FindPendingLocked(id); pending != nullptr) return pending->facts;
  LK_ASSIGN(catalog::ImageRow row, library_.catalog->GetImage(id));
  LK_ASSIGN(SharedQuery stored, library_.LoadStoredQuery(id));
  dedupe::Candidate facts;
  facts.width = row.width;
  facts.height = row.height;
  facts.size_bytes = row.size_bytes;
  facts.format = row.format;
  facts.quality = stored->features.quality;
  facts.metadata_fields = CountMetadataFields(row);
  facts.score = library_.ScoreOf(id);
  return facts;
}

bool Importer::IsBetterThan(const VerdictReport& report) {
  if (report.verdict.kind == dedupe::VerdictKind::kExact) return false;
  Result<dedupe::Candidate> stored = FactsOf(report.of);
  if (!stored.has_value()) return false;
  dedupe::Candidate own = facts_;
  own.is_part = report.verdict.kind == dedupe::VerdictKind::kPartOf;
  stored->is_part = report.verdict.kind == dedupe::VerdictKind::kContains;
  // The stored one first: it stays where nothing speaks for the new one.
  return dedupe::ProposeKeep({*stored, own}).keep == 1;
}

}  // namespace likeness::engine
