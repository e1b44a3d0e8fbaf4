// What the engine's use cases take and give. Plain values that the doors translate to JSON and back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/albums.h"
#include "catalog/catalog.h"
#include "compare/signals.h"
#include "dedupe/verdict.h"
#include "sandbox/analysis.h"

namespace likeness::engine {

enum class OnDuplicate : uint8_t {
  kSkip,             // do not import it; say of what it is a copy
  kKeep,             // import it all the same ("import anyway"): this import's own choice, nothing stays on the image
  kLink,             // import it as an alternate of the original
  kReplaceIfBetter,  // import it and put the original into the trash when it is the better keeper, else skip
  kAsk,              // do not import; the caller shows the choices and comes back with one of the above
};
Result<OnDuplicate> OnDuplicateFromName(std::string_view name);  // "replace-if-better"
std::string_view Name(OnDuplicate policy);

// What to do with a picture that is near an entry of a hash list.
enum class OnListed : uint8_t { kReport /* import it and tell */, kReject };
Result<OnListed> OnListedFromName(std::string_view name);  // "report"

// What becomes of the folders that files are found in.
enum class FoldersAs : uint8_t { kNothing, kTags /* one for each below the given ones */, kAlbums /* one for each */ };
Result<FoldersAs> FoldersAsFromName(std::string_view name);  // "tags", "albums"

struct ImportOptions {
  // What the picture will be; and whose eyes the answer is for: copies that they do not see are not told, and do not
  // keep a picture out.
  catalog::Standing standing = {};
  catalog::Audience audience = {};
  OnDuplicate on_duplicate = OnDuplicate::kSkip;
  OnListed on_listed = OnListed::kReport;
  std::vector<std::string> tags;
  std::string source_url;
  bool dry_run = false;  // everything but storing
  // A person chose the policy for this very file. Else it is a rule for many: the same bytes are never taken twice, and
  // what kKeep lets in stays undecided, for the review of duplicates.
  bool decided = true;
  size_t threads = 0;  // 0: number of workers
  // Of ImportPaths alone. The number that is a file's name becomes its id; what has no such name, or one whose id was
  // ever in use, is rejected.
  bool ids_from_names = false;
  FoldersAs folders_as = FoldersAs::kNothing;
};

// What ImportMeta reads of each entry beside "id": "tags", "caption", "source_url".
enum class MetaKind : uint8_t { kTags, kCaptions, kSources };
Result<MetaKind> MetaKindFromName(std::string_view name);  // "tags", "captions", "sources"
struct MetaProblem {
  size_t entry = 0;  // from 1
  ImageId id = {};   // 0: the entry has none
  Error error = {};
};
struct MetaSummary {
  uint64_t changed = 0, unchanged = 0, skipped = 0;
};

struct VerdictReport {
  dedupe::Verdict verdict;
  ImageId of;           // the stored picture, in a library
  std::string of_path;  // or the other file, among files of folders
};

// An entry of a hash list that a picture is near to.
struct ListMatch {
  std::string list;
  std::string label;                    // all labels of the entry, "a; b"
  int distance = 0;                     // bits
  feature::Orientation8 orientation{};  // how the picture has to be laid down to be that near
  feature::Hash256 hash;                // the entry's
  std::string status, severity, description, source;
};
// One picture against all lists, nearest entries first.
struct ListAnswer {
  feature::PdqHash pdq;
  bool compared = false;  // false: too little structure for PDQ to say anything
  std::vector<ListMatch> listed;
};
struct HashListImport {
  std::string name;    // of the list: letters, digits, '.', '_', '-', at most 64
  std::string source;  // what the file is called
  catalog::HashListMode mode = catalog::HashListMode::kNew;
  int radius_bits = -1;   // -1: as it is, 31 for a new list
  bool skip_bad = false;  // take what can be read; else one bad record refuses the whole file
};
struct HashListReport {
  catalog::HashListRow list;  // as it is afterwards
  uint64_t read = 0;          // different hashes of the file
  uint64_t repeated = 0;      // records whose hash came before
  uint64_t unmatched = 0;     // of `read`: kept, but not compared with (low quality, or said to be harmless)
  uint64_t skipped = 0;       // bad records
  std::vector<std::pair<uint64_t, std::string>> faults;       // line and what is wrong, of the first 20 of them
  std::vector<std::pair<std::string, uint64_t>> other_types;  // signals of another kind, left out
};
struct LibraryMatches {
  uint64_t compared = 0;     // pictures with enough structure
  std::vector<ImageId> ids;  // all that match, ascending
  struct Image {
    ImageId id;
    std::string name;
    std::vector<ListMatch> listed;
  };
  std::vector<Image> images;  // the first of them, in full
  double took_ms = 0;
};

enum class ImportStatus : uint8_t {
  kImported,
  kDuplicate,
  kRejected /* limits, format, damage */,
  kFailed /* us or the disk */
};
std::string_view Name(ImportStatus status);

struct ImportOutcome {
  std::string path;  // or the upload's file name
  ImportStatus status = ImportStatus::kFailed;
  ImageId id;                            // imported: the new id; with --dry-run 0
  std::optional<VerdictReport> verdict;  // the strongest, also on imported ones when a policy let it in
  std::vector<VerdictReport> others;     // further matches, strongest first
  std::vector<ListMatch> listed;         // nearest first
  ImageId replaced;                      // replace-if-better: what went into the trash
  std::optional<Error> error;
  uint64_t size_bytes = 0;
};

struct ImportSummary {
  uint64_t imported = 0, duplicate = 0, rejected = 0, failed = 0, listed = 0, bytes = 0;
  double seconds = 0;
  // CPU seconds by stage, summed over workers.
  double decode_s = 0, hash_s = 0, colour_s = 0, local_s = 0, thumbnail_s = 0;
  bool cancelled = false;
};

struct ImportProgress {
  uint64_t done = 0, total = 0, errors = 0, duplicates = 0, bytes = 0;
  double seconds = 0;
};

// What becomes a suggested tag.
struct TagOptions {
  bool enabled = true;
  double scene_min = 0.3;   // probability of a kind of place
  double object_min = 0.5;  // confidence in a thing
  // A person's own words, looked for in each picture by the model for words.
  std::vector<std::string> words = {};
  double word_min = 0.5;
};

// A model in use and its work. The first column of words is ModelRole's names.
struct RoleStatus {
  std::string role, model;
  std::string answering_model = {};  // another one, until this one has looked at every picture; else empty
  uint64_t waiting = 0, failed = 0;  // pictures
  uint64_t vectors = 0;              // of pictures; 0 for tags
  std::string error = {};            // the last one
};

enum class SearchBy : uint8_t { kAll, kCopy, kColour, kLook, kTags /* by id only */ };
struct SearchOptions {
  catalog::Audience audience = {};
  SearchBy by = SearchBy::kAll;
  size_t count = 20;
  // What the picture shows, in words; `text_minus`: what it does not. Beside a picture, one more signal.
  std::vector<std::string> text = {}, text_minus = {};
  // With kLook: so many of the nearest are added to the query first (Meaning::FindAlike). 0: none.
  size_t expand = 0;
  // Weights of the signals in the fusion by reciprocal rank.
  double weight_phash = 1, weight_pdq = 1, weight_local = 1, weight_layout = 0.5, weight_colour = 0.125,
         weight_look = 1, weight_text = 1;
};

struct SignalHit {
  std::string signal;   // "phash", "pdq", "local", "layout", "colour", "look", "text", "tags"
  double distance = 0;  // the signal's own; smaller is nearer. Of look and text: 1 - cosine; of tags: those not shared
  double score = 0;     // the signal's share of the fused score
  int rank = 0;         // from 1
};
struct SearchHit {
  ImageId id;
  std::string name;
  uint32_t width = 0, height = 0;
  double score = 0;
  std::vector<SignalHit> signals;
  dedupe::Verdict verdict;  // filled for copy searches
};
struct SearchResult {
  uint64_t total = 0;
  double took_ms = 0;
  bool partial = false;
  bool low_information = false;  // of the query: it was compared by what is left,
  std::string note;              // and why, for a person; else empty
  std::vector<SearchHit> hits;
};

// The page of an expression's answer that begins behind `key` and `id` of its order (a ranked one: behind `key` hits).
struct FindCursor {
  int64_t key = 0;
  uint64_t id = 0;
  uint64_t seed = 0;  // of sort:random
};
struct FindOptions {
  std::string expression;
  catalog::Audience audience = {};
  std::optional<FindCursor> after = {};
  size_t count = 100;
  bool of_smart_album = false;  // then `album:` means albums that are none
};
using SharedIds = std::shared_ptr<const std::vector<ImageId>>;
struct FindResult {
  uint64_t total = 0;
  bool at_least = false;   // ranked: `total` is what was ranked, and there may be more
  std::string expression;  // canonical
  std::string note;        // for a person; else empty
  std::vector<catalog::ImageRow> images;
  std::optional<FindCursor> next;
  double took_ms = 0;
};
enum class TagGroup : uint8_t { kOrientation, kAuthors, kOther };
// An album as an audience sees it.
struct AlbumView {
  catalog::AlbumRow album;
  uint64_t count = 0;  // pictures that it finds there
  ImageId cover;       // the chosen one, or the first; 0: none
};
struct TagSuggestion {
  std::string tag;         // as first written
  std::string expression;  // as an expression writes it: quoted where it has to be
  uint64_t count = 0;      // pictures outside the trash
};

// A group of copies: images of the library, or files.
struct DuplicateMember {
  ImageId id;  // 0 for files
  std::string path, name;
  uint32_t width = 0, height = 0;
  uint64_t size_bytes = 0;
  std::string format;
  feature::Quality quality;
  bool keep = false;
  std::optional<float> score = {};  // dedupe::Candidate
};
struct DuplicateEvidence {
  size_t a = 0, b = 0;  // indexes of members
  dedupe::Verdict verdict;
};
struct DuplicateGroup {
  dedupe::VerdictKind kind = dedupe::VerdictKind::kNone;  // the weakest link that holds it together
  std::vector<DuplicateMember> members;
  std::vector<DuplicateEvidence> evidence;
  std::vector<std::string> keep_reasons;
};

struct Problem {
  std::string kind;  // "volume_damage", "missing_blob", "orphan_record", "hash_mismatch", "catalog", ...
  std::string what;
  ImageId image;
  bool repaired = false;
};
struct FsckReport {
  uint64_t images = 0, records = 0, bytes = 0;
  std::vector<Problem> problems;
  bool clean() const {
    for (const Problem& problem : problems)
      if (!problem.repaired) return false;
    return true;
  }
};

struct GalleryFigures {
  uint64_t images = 0, tags = 0, authors = 0, deleted = 0, last_id = 0;
};

struct Stats {
  catalog::Totals totals;
  uint64_t original_bytes = 0, derived_bytes = 0, index_bytes = 0, catalog_bytes = 0;
  uint64_t phash_entries = 0, colour_entries = 0, layout_entries = 0, local_entries = 0;
  uint32_t volumes = 0;
  std::vector<RoleStatus> models;
};

// A picture that was analysed but not stored.
struct AnalyzedFile {
  std::string path;
  uint64_t size_bytes = 0;
  Sha256 sha256{};
  sandbox::Analysis analysis;
};

}  // namespace likeness::engine
