// The shared state of the Library's verbs (library_*.cc). Not for other modules.
//
// Invariants
// 1. An image is in the catalog only after all of its records were synced.
// 2. An image is in the indexes if it is pending, or in the catalog and not in the trash. (A search skips what it finds
//    in an index but not in the catalog.)
// 3. Whoever changes indexes or catalog rows stands inside the gate; whoever saves indexes, rebuilds or compacts closes
// it.
// 4. `derived` never holds what the originals and the catalog could not make again.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/files.h"
#include "engine/committer.h"
#include "engine/decision_log.h"
#include "engine/evidence.h"
#include "engine/hash_lists.h"
#include "engine/library.h"
#include "engine/meaning.h"
#include "engine/pair_finder.h"
#include "index/tags.h"

namespace likeness::engine {

inline constexpr const char* kTagsFile = "tags.idx";  // in Layout::indexes

using SharedStore = std::shared_ptr<blob::VolumeStore>;

// Where everything lies in a data folder.
struct Layout {
  explicit Layout(const std::filesystem::path& folder)
      : lock(folder / "lock"),
        catalog(folder / "catalog.sqlite"),
        originals(folder / "blobs"),
        derived(folder / "derived"),
        features(derived / "features"),
        thumbnails(derived / "thumbs"),
        indexes(derived / "index"),
        clean_mark(derived / "closed"),
        scan_mark(derived / "scanned"),
        rebuild_mark(folder / "catalog.rebuilding"),
        models(folder / "models"),
        embeddings(indexes / "embedding") {}
  std::filesystem::path lock, catalog, originals, derived, features, thumbnails, indexes, clean_mark, scan_mark,
      rebuild_mark, models, embeddings;
};

Result<std::unique_ptr<blob::VolumeStore>> OpenStore(const std::filesystem::path& folder, uint64_t volume_bytes_max);
Result<std::unique_ptr<blob::VolumeStore>> OpenStoreReadOnly(const std::filesystem::path& folder);
Result<std::unique_ptr<catalog::Catalog>> OpenCatalog(const std::filesystem::path& path, bool read_only);
// What is wrong with the index files of a closed folder; files that are absent are not.
std::vector<Problem> CheckIndexFiles(const Layout& layout);

inline blob::Location LocationOf(const catalog::BlobRow& row) {
  return {row.volume, row.offset, row.length};
}
inline catalog::BlobRow MakeBlobRow(catalog::BlobKind kind, const blob::Location& at) {
  return {kind, at.volume, at.offset, at.length};
}
const catalog::BlobRow* FindBlob(const std::vector<catalog::BlobRow>& blobs, catalog::BlobKind kind);

// What serving bytes and loading features need of a row; cached.
struct BlobFacts {
  Sha256 sha256{};
  std::string format, name;
  catalog::Standing standing;
  std::vector<catalog::BlobRow> blobs;
  bool has_place = false;  // the metadata say where it was taken
  // Bits by BlobKind: payloads that were found sound since the row was read, so that a large one is looked at once.
  mutable std::atomic<uint8_t> verified{0};
};
using SharedFacts = std::shared_ptr<const BlobFacts>;

struct Library::Impl {
  explicit Impl(Options given) : options(std::move(given)), layout(options.folder) {}

  Options options;
  Layout layout;
  FileLock lock;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<HashLists> lists;
  std::mutex lists_mutex;  // orders the changes of hash lists
  std::unique_ptr<blob::VolumeStore> originals;
  std::unique_ptr<Committer> committer;
  mutable DecisionLog log;
  mutable Gate gate;
  std::atomic<bool> writable{true};
  std::atomic<bool> leave_unclean{false};  // no mark of a clean close: the next opening scans for orphans
  bool opened = false;                     // Open went through: Close may save

  // Replaced as a whole by Rebuild; who reads or sends from an old store keeps it open.
  mutable std::shared_mutex derived_mutex;
  SharedStore features_store, thumbnails_store;
  std::shared_ptr<IndexSet> indexes;
  std::atomic<uint64_t> index_changes{0};  // since the last save
  std::vector<Problem> opening_repairs;    // of index files; written by the opening alone

  // What expressions are answered from: the pictures of the catalog outside the trash, up to a sequence of the feed.
  index::TagIndex tags;
  std::mutex tags_mutex;  // orders who brings it up to the feed
  uint64_t tags_applied = 0;
  mutable std::mutex rules_mutex;
  std::shared_ptr<const TagRules> tag_rules;

  // What is in smart albums, for links that show them: by album and audience, for one state of the library.
  struct SmartSets {
    std::mutex mutex;
    struct Of {
      uint64_t tags_changes = 0, albums_version = 0;
      std::shared_ptr<const TagRules> rules;
      bool operator==(const Of&) const = default;
    };
    Of of;
    std::map<std::tuple<AlbumId, bool, UserId>, std::shared_ptr<const std::vector<ImageId>>> ids;  // ascending
  };
  mutable SmartSets smart_sets;

  mutable std::mutex facts_mutex;
  mutable std::unordered_map<ImageId, SharedFacts> facts;
  mutable uint64_t facts_version = 0;  // grows with each invalidation

  // The pairs FindDuplicates knows, so that it compares only what came since. In memory only; decisions are looked at
  // each time. `changed`: pictures that left or entered the indexes or got other features, to be searched anew. Noted
  // after the change, so that a search that is running cannot have missed it for good.
  struct PairCache {
    std::timed_mutex mutex;  // held for a whole search
    std::set<ImageId> searched;
    std::vector<FoundPair> pairs;
    std::mutex changed_mutex;
    std::set<ImageId> changed;
  };
  mutable PairCache pair_cache;

  // Two changes of one picture reach catalog and indexes in the same order. Taken before the log's lock.
  std::mutex change_mutex;

  std::mutex decide_mutex;  // orders Decide

  std::unique_ptr<Meaning> meaning;
  std::function<void()> on_models;  // guarded by feed_mutex
  // When somebody last asked for something that he waits for; the models' worker then waits.
  mutable std::atomic<int64_t> asked_at_ms{0};

  std::mutex feed_mutex;
  uint64_t feed_sequence = 0;
  std::function<void(uint64_t)> on_change;

  const Limits& limits() const { return options.analyzer->options().limits; }
  size_t threads() const;
  Status RequireWritable() const;

  // --- library_open.cc ---
  Status OpenStores();
  Status OpenDerivedStores();
  void StartCommitter();
  void Close();
  // Tells the feed's growth to the callback.
  void NoteChange();

  // --- library_recover.cc ---
  // After a crash: records of images that the catalog does not know get tombstones, unfinished decisions are finished.
  Status RecoverUnclean();
  // Remembers where the volumes end while they hold no orphan before, so that the next RecoverUnclean need not look
  // there.
  Status WriteScanMark() const;
  Status MoveDamagedCatalogAside() const;
  Status RebuildLostCatalog();
  // Somebody deleted derived, or a part of it: makes it again.
  Status RestoreDerived();

  // --- library_index.cc ---
  Status LoadIndexes();
  Status SaveIndexes();  // REQUIRES: the gate is closed, or nobody else is there
  void SaveIndexesIfDue();
  std::shared_ptr<IndexSet> CurrentIndexes() const;
  // Calls visit from several threads with what each picture's feature record holds; a record that cannot be read is
  // derived again.
  Status VisitFeatures(const std::vector<ImageId>& ids, const CancelFlag& cancel,
                       const std::function<void(ImageId, const feature::Features&)>& visit,
                       const std::function<void()>& each);
  Status FillIndexes(IndexSet& set, const std::vector<ImageId>& ids, const CancelFlag& cancel,
                     const std::function<void()>& each);
  Status ReplayFeed(IndexSet& set, uint64_t applied);
  Status AddLostPoints(IndexSet& set);
  Result<std::vector<ImageId>> LiveIds() const;

  // --- library_tags.cc ---
  Status LoadTags();  // REQUIRES: feed_sequence is known
  Status RefillTags();
  Status FollowTags();
  Status SaveTags();
  Status ReadTagRules();
  TermLookup Terms() const;
  SmartSets::Of CurrentSmartSets() const;

  // --- library_audience.cc ---
  // What the audience finds, as a part of a search; an empty conjunction when it finds all there is.
  index::TagFilter FoundBy(const catalog::Audience& audience) const;
  // Whether nothing is kept from it.
  bool FindsAll(const catalog::Audience& audience) const;
  // How many pictures at most are kept from it.
  size_t CountKeptFrom(const catalog::Audience& audience) const;
  // Ids that it finds, ascending, for signals that rank; none: all.
  std::optional<std::vector<ImageId>> CollectFoundBy(const catalog::Audience& audience) const;
  // How many of a signal's nearest to ask for, so that `depth` are left when what is kept from it is dropped.
  size_t DepthFor(const catalog::Audience& audience, size_t depth) const;
  // NotFound for a picture that is not there for it, in the same words.
  Status RequireSeen(ImageId id, const catalog::Audience& audience) const;
  bool IsFound(ImageId id, const catalog::Audience& audience) const;

  // --- library_find.cc ---
  // Most shared tags first.
  Result<SearchResult> SearchByTags(ImageId id, size_t count, const catalog::Audience& audience) const;

  // --- library_duplicates.cc ---
  // Brings the cache up to the live pictures and returns its pairs.
  Result<std::vector<FoundPair>> FindAllPairs(const CancelFlag& cancel, const OnProgress& on_progress) const;
  void ForgetPairs(ImageId id) const;
  // Waits for a search that is running. Cancelled when the flag is set meanwhile.
  Result<std::unique_lock<std::timed_mutex>> LockPairs(const CancelFlag& cancel) const;

  // --- library_derive.cc ---
  SharedStore FeaturesStore() const;
  SharedStore ThumbnailsStore() const;
  blob::VolumeStore& StoreOf(catalog::BlobKind kind, SharedStore& holder) const;
  Result<SharedFacts> FindFacts(ImageId id) const;
  void ForgetFacts(ImageId id) const;
  void ForgetAllFacts() const;
  // Features of a pending or stored picture. NotFound, Corruption.
  Result<SharedQuery> LoadQuery(ImageId id) const;
  Result<SharedQuery> LoadStoredQuery(ImageId id) const;  // of a stored one only; takes no lock of the log
  Result<Bytes> ReadOriginal(ImageId id) const;
  // Looks twice: a compaction may move the record between the look into the catalog and the look into the volume.
  Result<Bytes> ReadRecord(ImageId id, catalog::BlobKind kind) const;
  // Appends feature, thumbnail and preview records, without syncing.
  Result<std::vector<catalog::BlobRow>> AppendDerived(ImageId id, const sandbox::Analysis& analysis, int64_t now_ms);
  // Analyses the originals again and makes new derived records durable, in parallel. `failed` gets what did not work.
  Status Rederive(const std::vector<ImageId>& ids, const CancelFlag& cancel,
                  const std::function<void(ImageId, const Result<AnalyzedFile>&)>& each);

  // --- library_meaning.cc ---
  void OpenMeaning();
  void NoteAsked() const;
  // Of the thumbnail, or of the preview or the original where that is too small or absent.
  Result<image::Bitmap> ReadPixels(ImageId id, bool large) const;
  std::optional<float> ScoreOf(ImageId id) const;  // dedupe::Candidate::score
  Result<image::Bitmap> DecodePixels(ByteView file, bool ours, bool large = false) const;

  // --- library_rebuild.cc ---  REQUIRES: the gate is closed.
  Status RefillIndexes(const CancelFlag& cancel, const std::function<void()>& each);
  Status DropDerived();
  Status RederiveEverything(const CancelFlag& cancel,
                            const std::function<void(ImageId, const Result<AnalyzedFile>&)>& each);

  // --- import_*.cc ---
  std::vector<ImageId> FindLiveBySha256(const Sha256& sha256) const;
  // Waits for the commit of a pending image. False: there is no such image (any more).
  bool AwaitDurable(ImageId id) const { return log.AwaitDurable(id) && FindFacts(id).has_value(); }

  // --- library_change.cc ---
  void RemoveFromIndexes(ImageId id);
  // The catalog's part is durable on return, the indexes follow. REQUIRES: inside the gate.
  Status SetTrashed(const std::vector<ImageId>& ids, bool trashed, UserId user = {});
  // For good. With a time: only if it lies in the trash since before then; else false, and nothing happens.
  Result<bool> DeleteImage(ImageId id, std::optional<int64_t> trashed_before_ms);
  // Waits for the commits of these, and makes features of those that are to come back. NotFound.
  Status PrepareTrash(const std::vector<ImageId>& ids, bool trashed);
  // Indexes and caches follow the catalog. REQUIRES: change_mutex held, PrepareTrash before.
  Status FollowTrash(ImageId id, bool trashed);
  Result<catalog::DecisionRow> Remember(ImageId a, ImageId b, catalog::DecisionKind kind, const std::string& reason);
};

}  // namespace likeness::engine
