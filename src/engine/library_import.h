// One picture on its way into the library. The steps are drawn in library_import.cc. Not for other modules.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "engine/library_impl.h"
#include "engine/takeout.h"

namespace likeness::engine {

// The sums of a batch, and what a dry run would have stored so far.
struct ImportBatch {
  std::mutex mutex;
  ImportSummary summary;
  std::map<Sha256, std::string> would_import;  // path by content
  void Count(const sandbox::Analysis& analysis);
  void Count(const ImportOutcome& outcome);
};

class Importer {
 public:
  struct Source {
    ByteView bytes;
    std::string name;  // as given
    std::string path;  // empty for uploads
    Bytes sidecar;     // XMP, may be empty
    std::optional<TakeoutFacts> takeout = {};
    ImageId id = {};  // wanted; 0: the next one
  };
  Importer(Library::Impl& library, const ImportOptions& options, ImportBatch& batch)
      : library_(library), options_(options), batch_(batch) {}

  ImportOutcome Import(const Source& source);

 private:
  // What stands between the comparison and the lock.
  struct Evidence {
    uint64_t begin = 0;  // number of the log at the start
    uint64_t seen = 0;   // all changes up to here are in `reports`
    std::vector<ImageId> same_bytes;
    std::vector<VerdictReport> reports;
  };
  struct Choice {
    bool import = false;
    SharedPending pending;  // import: the reserved place
    std::optional<Error> refused;
    std::vector<VerdictReport> duplicates;
    std::vector<VerdictReport> similar;
  };

  bool SettleSameBytes(const Source& source, ImportOutcome& outcome);
  Status AnalyseSource(const Source& source);
  // Fills outcome.listed. False: the picture is refused, and the outcome says why.
  bool PassesLists(const feature::PdqHash& pdq, ImportOutcome& outcome);
  void Gather(Evidence& evidence);
  void CompareWith(ImageId id, Evidence& evidence);
  void CompareWithAdded(const LogEntry& entry, Evidence& evidence);
  Choice Decide(ImageId wanted);
  // The next id, or the wanted one. REQUIRES: the log's lock is held. AlreadyExists.
  Result<ImageId> TakeIdLocked(ImageId wanted);
  // Whether who imports may say what becomes of it: it is theirs, or they see everything.
  bool MayDecideOn(ImageId id) const;
  // Whether the answer may speak of it.
  bool MayTell(ImageId id) const;
  bool TakesSameBytes() const;
  bool PolicyImports(const std::vector<VerdictReport>& duplicates);
  bool IsBetterThan(const VerdictReport& report);
  Result<dedupe::Candidate> FactsOf(ImageId id);
  Status Store(const Source& source, const Choice& choice);
  void ApplyPolicy(const Choice& choice, ImportOutcome& outcome);
  void Withdraw(const SharedPending& pending);
  static void Report(const Choice& choice, ImportOutcome& outcome);

  Library::Impl& library_;
  const ImportOptions& options_;
  ImportBatch& batch_;
  AnalyzedFile file_;
  SharedQuery query_;
  dedupe::Candidate facts_;
};

}  // namespace likeness::engine
