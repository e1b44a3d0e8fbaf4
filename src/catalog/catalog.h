// The catalog: images, tags, decisions, where blobs lie, and the feed of changes. Ground truth together with the
// originals. One writing connection, WAL, synchronous=FULL; a write that returned is durable. SQLite stays inside.
//
// Every change of what an image is puts a row into the feed in the same transaction; indexes remember the sequence they
// have applied and catch up from there. Moving bytes (ReplaceBlobs, MoveBlobs, ForgetDerived) is no such change.
//
// A full disk fails the one write (Unavailable) and nothing of it stays. After an input/output error, a failed sync
// above all, every further write is refused with Unavailable until the catalog is opened anew; reads go on.
// Thread-safe: writes are serialised, reads use their own connections. One Catalog object may write to a file at a
// time: the caller holds the lock. Tables and rules: docs/formats/catalog.md.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/error.h"
#include "base/ids.h"
#include "catalog/people.h"

namespace likeness::catalog {

class Accounts;

// Where a picture's bytes lie. A plain copy of blob::Location: the catalog does not link blob.
enum class BlobKind : uint16_t { kOriginal = 1, kFeatures = 2, kThumbnail = 3, kPreview = 4 };
struct BlobRow {
  BlobKind kind = BlobKind::kOriginal;
  uint32_t volume = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
};

struct ImageRow {
  ImageId id;
  std::string name;         // file name as given, clean
  std::string source_path;  // where an import found it, empty for uploads
  std::string source_url;
  std::string format;  // "jpeg"
  uint32_t width = 0, height = 0;
  uint32_t frames = 1;
  uint64_t size_bytes = 0;
  Sha256 sha256{};             // of the bytes as given; not unique: a person may keep two
  int64_t imported_at_ms = 0;  // UTC
  int64_t sort_at_ms = 0;      // taken_at if known, else imported_at: the order of the gallery
  std::string taken_at;        // ISO 8601 or empty
  std::string title, description;
  int rating = 0;             // -1..5, 0 = none
  std::string metadata_json;  // all else that the file says, as one JSON object
  Bytes placeholder;          // ThumbHash
  bool low_information = false;
  uint64_t linked_to = 0;     // policy `link`: kept as an alternate of this image (0 = none)
  int64_t trashed_at_ms = 0;  // hidden from every list and index since then; 0 = not in the trash
  std::string author;         // who made it, as a person says; empty: what the file says stands
  UserId owner = {};          // people.h
  Visibility visibility = Visibility::kPublic;
  bool pending = false;
  std::vector<std::string> tags;
  std::vector<BlobRow> blobs;

  Standing standing() const { return {owner, visibility, pending, trashed_at_ms != 0}; }
};

enum class FeedOperation : uint8_t { kAdd = 1, kUpdate = 2, kDelete = 3 };
struct FeedRow {
  uint64_t sequence = 0;
  ImageId image;
  FeedOperation operation = FeedOperation::kAdd;
};

// What a person (or a policy) said about a pair. Kept for ever, undone by a mark; ids stay valid in history after an
// image is deleted.
enum class DecisionKind : uint8_t { kDuplicate = 1, kAlternate = 2, kNotDuplicate = 3, kKeepBoth = 4 };
struct DecisionRow {
  DecisionId id;
  ImageId a, b;  // for kDuplicate: a is kept, b was the copy
  DecisionKind kind = DecisionKind::kNotDuplicate;
  std::string reason;  // verdict as JSON, or empty
  int64_t decided_at_ms = 0;
  bool undone = false;
};

using HashListId = StrongId<struct HashListIdTag>;
using ListedHashId = StrongId<struct ListedHashIdTag>;

// A list of PDQ hashes that somebody shares, and one hash of it.
struct HashListRow {
  HashListId id = {};
  std::string name = {};    // unique
  int radius_bits = 31;     // how near a picture's hash has to be
  std::string source = {};  // the file it was read from last
  int64_t created_at_ms = 0, updated_at_ms = 0;
  uint64_t entries = 0, matched = 0;  // rows, and how many of them pictures are compared with
};
struct ListedHashRow {
  ListedHashId id = {};
  std::array<uint8_t, 32> hash{};        // the bytes of its hexadecimal text
  int quality = -1;                      // 0..100; -1: not said
  std::vector<std::string> labels = {};  // none holds a semicolon
  std::string status = {}, severity = {}, description = {}, source = {};
  bool matched = true;  // false: kept, but pictures are not compared with it
};
enum class HashListMode : uint8_t {
  kNew,     // AlreadyExists when there is a list of that name
  kAdd,     // rows are added; one of an equal hash is replaced
  kReplace  // the rows are all that the list holds afterwards
};

// What a model is for (docs/formats/model.md), as the queue of models keeps it; and the words of a person's own list.
enum class JobRole : uint8_t { kImageText = 1, kImage = 2, kScenes = 3, kObjects = 4, kQuality = 5, kWords = 6 };
struct RoleRow {
  JobRole role = JobRole::kImageText;
  std::string model = {}, fingerprint = {};                  // in use; empty: none
  std::string serving_model = {}, serving_fingerprint = {};  // answers until the new vectors are complete; empty: none
};
struct JobCounts {
  uint64_t waiting = 0;  // to be done, leased ones included
  uint64_t failed = 0;   // given up
  std::string error;     // of one that failed, or failed and will be tried again
};
enum class TagState : uint8_t { kSuggested = 1, kAccepted = 2, kRejected = 3 };
struct AutomaticTag {
  std::string name;
  JobRole role = JobRole::kScenes;
  std::string model;
  int confidence = 0;  // thousandths
  TagState state = TagState::kSuggested;
};

// What a search takes `name` for: another name of `target`, found both ways; or something that always is a `target`
// too, found by a search for that.
enum class TagRuleKind : uint8_t { kAlias = 1, kImplies = 2 };
struct TagRule {
  std::string name, target;
  TagRuleKind kind = TagRuleKind::kAlias;
};

struct QualityScore {
  std::string model;
  float score = 0;  // 0 best, 100 worst
};

// A page of images: newest first by (sort_at_ms, id).
struct PageCursor {
  int64_t sort_at_ms = 0;
  uint64_t id = 0;
};
struct ListOptions {
  std::optional<PageCursor> after = {};
  size_t limit = 100;
  std::string tag = {};  // exact, empty = all
  bool with_blobs = false;
  bool trashed = false;  // only what is in the trash, else only what is not
  bool pending = false;  // only what waits for a moderator, the longest waiting first; `after` goes by id
  Audience audience = {};
};

struct ImageEdit {
  std::optional<std::string> title = {}, description = {}, source_url = {}, author = {};
  std::optional<int> rating = {};
  std::optional<Visibility> visibility = {};
  std::optional<bool> pending = {};
  std::vector<std::string> tags_add = {}, tags_remove = {};
  // Automatic tags: an accepted one becomes a tag, the others are none. NotFound if the image has no such one.
  std::vector<std::string> tags_accept = {}, tags_reject = {}, tags_suggest = {};
};

// What an edit changed. The numbers are stored. Tags are separated by line feeds, which none holds.
enum class EditField : uint8_t {
  kTitle = 1,
  kDescription = 2,
  kSource = 3,
  kRating = 4,
  kTags = 5,  // before: those taken away; after: those added
  kAuthor = 6,
  kVisibility = 7,
  kPending = 8,
  kTrashed = 9
};
struct EditChange {
  EditField field = EditField::kTitle;
  std::string before, after;
};
struct EditRow {
  EditId id;
  ImageId image;
  UserId user;         // 0: the owner of the data folder
  uint64_t batch = 0;  // edits of one stroke have the same
  int64_t edited_at_ms = 0;
  EditId undoes = {};
  bool undone = false;
  std::vector<EditChange> changes;
};

struct TagCount {
  std::string tag;
  uint64_t count = 0;
};
struct Totals {
  uint64_t images = 0;  // outside the trash
  uint64_t trashed = 0;
  uint64_t deleted = 0;        // for good, ever
  uint64_t tags = 0;           // in use, the trash included
  uint64_t decisions = 0;      // not undone
  uint64_t bytes = 0;          // of originals as given, the trash included
  uint64_t feed_sequence = 0;  // of the newest change
  ImageId last_id;             // the highest that is in use
};

class Albums;
class Catalog {
 public:
  struct Options {
    std::filesystem::path path;
    bool read_only = false;
    size_t readers = 4;
    std::function<int64_t()> now_ms = {};  // UTC milliseconds; empty: the system's clock
  };
  // Creates or migrates. FailedPrecondition for a newer schema or a foreign database. With read_only nothing is
  // migrated: FailedPrecondition for an older schema as well.
  static Result<std::unique_ptr<Catalog>> Open(Options options);
  ~Catalog();

  // Ids are handed out by the owner of the data folder and never twice, even if the import fails or the process dies
  // afterwards: they are reserved in the file by blocks, so that a crash leaves a gap. 0 when the catalog refuses
  // writes.
  ImageId ReserveId();
  // Ids at or below `id` will not be handed out (known from volumes after a lost catalog).
  void SkipIds(ImageId id);

  // One transaction for many images, durable on return; all or none. AlreadyExists for an id in use. Equal tags of an
  // image are kept once.
  Status InsertImages(const std::vector<ImageRow>& rows);
  // One transaction, all or none: NotFound. tags_remove is applied before tags_add; new tags go to the end. What
  // changed is kept as an edit of each picture. Gives the number of the batch; 0: nothing changed.
  Result<uint64_t> EditImages(const std::vector<ImageId>& ids, const ImageEdit& edit, UserId user);
  // Puts back what they changed, as a new batch; all or none. FailedPrecondition: undone already, or something else
  // was made of it since. NotFound: no such edit. `edits`: of different pictures.
  Result<uint64_t> UndoEdits(const std::vector<EditId>& edits, UserId user);
  Result<std::vector<EditRow>> ListEdits(ImageId image, size_t limit) const;  // newest first
  Result<std::vector<EditRow>> ListBatch(uint64_t batch) const;
  Result<EditRow> GetEdit(EditId id) const;  // NotFound
  // Removes the row, its tags and blobs, writes the feed; returns where the blobs were. NotFound.
  Result<std::vector<BlobRow>> DeleteImage(ImageId id);
  // Into the trash or out of it: feed rows kDelete or kAdd; bytes and rows stay. Already so: nothing happens. All or
  // none: NotFound.
  Status SetTrashed(const std::vector<ImageId>& ids, bool trashed, UserId user = {});
  // In the trash since before that time, the oldest first.
  Result<std::vector<ImageId>> ListTrashedBefore(int64_t at_ms, size_t limit) const;
  // Sets where the bytes of an image and kind lie. Images that are gone meanwhile are passed over.
  Status ReplaceBlobs(const std::vector<std::pair<ImageId, BlobRow>>& rows);
  // After a compaction: a row changes only if it still names the old place.
  struct BlobMove {
    ImageId image;
    BlobRow from, to;
  };
  Status MoveBlobs(const std::vector<BlobMove>& moves);
  // Forgets all rows of derived kinds (features, thumbnails, previews).
  Status ForgetDerived();

  Result<ImageRow> GetImage(ImageId id) const;
  // Those of `ids` that are there, in that order, in one snapshot; without blobs.
  Result<std::vector<ImageRow>> GetImages(const std::vector<ImageId>& ids) const;
  Result<std::vector<ImageId>> FindBySha256(const Sha256& sha256) const;
  Result<std::vector<ImageRow>> ListImages(const ListOptions& options) const;
  Result<uint64_t> CountPending() const;  // waiting for a moderator, outside the trash
  // The gallery's order without details: id, width, height, sort time; newest first, trash left out.
  struct LayoutRow {
    uint64_t id;
    uint32_t width, height;
    int64_t sort_at_ms;
  };
  Result<std::vector<LayoutRow>> ListLayout(const Audience& audience = {}) const;
  // Names of these images, in their order; those that are gone are left out.
  Result<std::vector<std::pair<std::string, ImageId>>> ReadNames(const std::vector<ImageId>& ids) const;
  // Ids of pictures that were deleted for good, ascending.
  Result<std::vector<ImageId>> ListDeletedIds() const;
  // All ids ascending, trash included.
  Result<std::vector<ImageId>> ListIds() const;
  // Every image in id order, trash included. Not one snapshot: it reads on while others write, and `visit` may write
  // too.
  Status ForEachImage(const std::function<Status(const ImageRow&)>& visit) const;
  Result<std::vector<FeedRow>> ReadFeed(uint64_t after_sequence, size_t limit) const;
  // The most used first, then by name; the trash does not count.
  Result<std::vector<TagCount>> CountTags(size_t limit) const;

  // row.id is ignored; decided_at_ms 0 becomes now.
  Result<DecisionId> AddDecision(const DecisionRow& row);
  // NotFound. Already undone: nothing happens.
  Status UndoDecision(DecisionId id);
  // Newest first.
  Result<std::vector<DecisionRow>> ListDecisions(bool with_undone, size_t limit) const;

  // One transaction. Finds or makes the list by row.name; radius_bits below 0 keeps what it has (31 for a new one).
  // Equal hashes among `rows`: the last one stays.
  Result<HashListRow> WriteHashList(const HashListRow& row, HashListMode mode, const std::vector<ListedHashRow>& rows);
  Status SetHashListRadius(HashListId id, int radius_bits);  // NotFound
  Status RemoveHashList(HashListId id);                      // with its rows; NotFound
  Result<std::vector<HashListRow>> ListHashLists() const;    // by name
  // In the order of ids.
  Result<std::vector<ListedHashRow>> ListHashes(HashListId list, ListedHashId after, size_t limit) const;
  Result<ListedHashRow> GetListedHash(ListedHashId id) const;  // NotFound

  // The queue of models (docs/formats/catalog.md, "The queue of models").
  // Brings the jobs of row.role up to the feed; a fingerprint other than the last one's makes a job for each picture
  // outside the trash, and an empty one drops all jobs. `afresh`: makes them anew in any case. The serving columns are
  // written as they are given. An empty one drops the role's suggested tags as well.
  Status FillJobs(const RoleRow& row, bool afresh);
  // Brings the jobs of every role that has a model up to the feed.
  Status FollowFeed();
  Result<uint64_t> FeedSequence() const;  // of the last change; 0: none
  Result<std::vector<RoleRow>> ListRoles() const;
  // Leases at most `limit` free jobs, those that wait longest first.
  Result<std::vector<ImageId>> LeaseJobs(JobRole role, size_t limit, int64_t lease_ms);
  // Ends those that are still leased: a picture that came back meanwhile is owed anew.
  Status FinishJobs(JobRole role, const std::vector<ImageId>& images);
  // Frees leases without counting an attempt, to be taken again after `pause_ms`; no images: all of the role.
  Status ReleaseJobs(JobRole role, const std::vector<ImageId>& images, int64_t pause_ms = 0);
  // Counts an attempt and sets the time of the next one.
  Status FailJob(JobRole role, ImageId image, const std::string& error);
  Result<JobCounts> CountJobs(JobRole role) const;  // looks at every job of the role
  // To be done, and nobody at it; `due`: not counting those that wait after a failure.
  Result<bool> HasFreeJobs(JobRole role, bool due = false) const;
  // Replaces the suggestions of `role` and ends the job. An image that is gone is passed over.
  Status WriteAutomaticTags(JobRole role, ImageId image, const std::vector<AutomaticTag>& tags);
  Result<std::vector<AutomaticTag>> ListAutomaticTags(ImageId image) const;  // surest first
  // Replaces the image's score and ends the job; nothing: the model says nothing of it.
  Status WriteQuality(ImageId image, const std::optional<QualityScore>& score);
  Result<std::optional<QualityScore>> FindQuality(ImageId image) const;

  // Replaces what was said of the pair.
  Status WriteTagRule(const TagRule& rule);
  Status RemoveTagRule(const std::string& name, const std::string& target);  // NotFound
  Result<std::vector<TagRule>> ListTagRules() const;                         // by target, then name

  Albums& albums() const;  // albums.h
  // People, sessions, settings: catalog/accounts.h.
  Accounts& accounts() const;

  Result<Totals> CountAll() const;
  // PRAGMA integrity_check and foreign_key_check; empty when sound.
  Result<std::vector<std::string>> CheckIntegrity() const;
  // Makes the write-ahead log empty, e.g. before a copy of the file.
  Status Checkpoint();
  // False after an input/output error, and for a read-only catalog.
  bool writable() const;
  static std::string EngineVersion();  // "SQLite 3.40.1"

  struct Impl;  // catalog_impl.h; for the classes beside this one

 private:
  explicit Catalog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::catalog
