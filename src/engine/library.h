// A data folder and the use cases on it. The only class that knows catalog, volumes, indexes, workers and the rules of
// duplicates together. One process owns a folder at a time (a lock file); acknowledged means synced.
//
// Layout of the folder:  lock  socket  catalog.sqlite  blobs/ (originals)  derived/{features,thumbs,index}/
// Ground state is catalog.sqlite and blobs; `derived` may be deleted, Rebuild() makes the same answers again.
// Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/threads.h"
#include "blob/volume_store.h"
#include "catalog/catalog.h"
#include "engine/analyzer.h"
#include "engine/expression.h"
#include "engine/hash_list_file.h"
#include "engine/types.h"
#include "net/address_judge.h"

namespace likeness::engine {

class Library {
 public:
  struct Options {
    std::filesystem::path folder;
    Analyzer* analyzer = nullptr;  // REQUIRES: not null, outlives the library
    uint64_t volume_bytes_max = 4ull << 30;
    // Volumes of small records are smaller: opening walks the one that is not sealed yet.
    uint64_t derived_volume_bytes() const { return volume_bytes_max < (1ull << 30) ? volume_bytes_max : 1ull << 30; }
    dedupe::Rules rules;
    TagOptions tags;
    // A folder with originals but without a readable catalog is refused, since a mistyped path or a half-copied folder
    // looks the same. True: the catalog is made again from the labels of the originals (names, tags given at import,
    // sources, times, metadata; edits made later, decisions and the trash are lost), a damaged one is moved aside.
    bool rebuild_lost_catalog = false;
    net::AddressJudge address_judge = {};  // of FetchFile
  };
  // Takes the lock (FailedPrecondition when another process has it), migrates, recovers, catches the indexes up.
  static Result<std::unique_ptr<Library>> Open(Options options);
  ~Library();  // saves the indexes

  // --- import -------------------------------------------------------------------------------------------------------
  // Blocks until the picture is durable or refused. `name` is what a person calls it.
  ImportOutcome ImportBytes(ByteView bytes, const std::string& name, const std::string& source_path,
                            const ImportOptions& options);
  // A file that lies on another server (net/fetch_public.h); its name is the last of the address's path. Its bytes are
  // whatever came.
  struct FetchedFile {
    std::string bytes, name;
  };
  Result<FetchedFile> FetchFile(const std::string& url, const CancelFlag& cancel) const;
  // Fetches it first; without options.source_url the address is its source.
  ImportOutcome ImportUrl(const std::string& url, const ImportOptions& options, const CancelFlag& cancel);
  using OnItem = std::function<void(const ImportOutcome&)>;       // serialised, in order of completion
  using OnProgress = std::function<void(const ImportProgress&)>;  // at most 10 times a second
  Result<ImportSummary> ImportPaths(const std::vector<std::string>& paths, const ImportOptions& options,
                                    const CancelFlag& cancel, const OnItem& on_item, const OnProgress& on_progress);

  // --- look ---------------------------------------------------------------------------------------------------------
  Result<catalog::ImageRow> GetImage(ImageId id) const;
  // See Catalog::GetImages.
  Result<std::vector<catalog::ImageRow>> GetImages(const std::vector<ImageId>& ids) const;
  Result<std::vector<catalog::ImageRow>> ListImages(const catalog::ListOptions& options) const;
  Result<std::vector<catalog::Catalog::LayoutRow>> ListLayout(const catalog::Audience& audience) const;
  // The most used first, then by name.
  Result<std::vector<catalog::TagCount>> CountTags(size_t limit, const catalog::Audience& audience) const;
  // What decides who may see it: read from memory as a rule. NotFound.
  Result<catalog::Standing> FindStanding(ImageId id) const;
  Result<feature::Features> GetFeatures(ImageId id) const;
  // Where the bytes of one form of the picture lie, verified to be that record and whole (large ones at the first
  // look). NotFound, Corruption. `mime` is ours.
  struct ImageBytes {
    blob::VolumeStore::Extent extent;
    std::string mime;
    std::string etag;
    std::string name;
    bool has_place = false;   // the metadata of an original say where it was taken
    bool strippable = false;  // and ReadStripped can leave them out
  };
  Result<ImageBytes> FindBytes(ImageId id, catalog::BlobKind kind) const;
  Result<Bytes> ReadOriginal(ImageId id) const;  // checksum and SHA-256 verified
  // The original without its metadata, pixels untouched. Unsupported for other formats than JPEG, PNG and WebP,
  // LimitExceeded above 31 MB, Corruption where its structure cannot be followed.
  Result<Bytes> ReadStripped(ImageId id) const;

  // --- search -------------------------------------------------------------------------------------------------------
  Result<SearchResult> SearchByBytes(ByteView bytes, const SearchOptions& options) const;
  Result<SearchResult> SearchById(ImageId id, const SearchOptions& options) const;  // the picture itself is left out
  Result<SearchResult> SearchByColour(uint32_t rgb, const SearchOptions& options) const;
  // By options.text alone. Errors: see Meaning::FindByWords.
  Result<SearchResult> SearchByText(const SearchOptions& options) const;
  // By an expression of docs/guide/search.md. Operands that rank are answered with the thousand best at most.
  ExpressionResult<FindResult> Find(const FindOptions& options) const;
  // Tags of one group with their counts: the most used first.
  std::vector<TagSuggestion> CountGroup(TagGroup group, size_t limit, const catalog::Audience& audience) const;
  Result<uint64_t> CountPending() const;  // pictures that wait for a moderator
  // Tags that begin so, the most used first.
  std::vector<TagSuggestion> CompleteTags(const std::string& prefix, size_t limit,
                                          const catalog::Audience& audience) const;
  // Tags of the pictures that an expression finds by what it demands, the most frequent first.
  ExpressionResult<std::vector<TagSuggestion>> CountTagsAmong(const std::string& expression, size_t limit,
                                                              const catalog::Audience& audience) const;
  // Other names of tags, and tags that imply others, for searches. InvalidArgument: both are one tag.
  Status WriteTagRule(const catalog::TagRule& rule);
  Status RemoveTagRule(const std::string& name, const std::string& target);  // NotFound
  Result<std::vector<catalog::TagRule>> ListTagRules() const;
  // The pair of two stored pictures, or of a stored one and a file, with a look at the pixels where there is doubt.
  Result<dedupe::Verdict> ComparePair(ImageId a, ImageId b) const;
  Result<dedupe::Verdict> CompareWith(const AnalyzedFile& query, ByteView file, ImageId match) const;

  // --- albums, favourites -------------------------------------------------------------------------------------------
  // What is kept of them; the rest says what is in them.
  catalog::Albums& albums() const;
  // The expression of a smart album, canonical. Beside the faults of Find: one that finds everything.
  ExpressionResult<std::string> CheckAlbumExpression(const std::string& expression) const;
  Result<AlbumView> DescribeAlbum(const catalog::AlbumRow& album, const catalog::Audience& audience) const;
  // A page of the pictures that the audience finds there, in the album's order.
  ExpressionResult<FindResult> ListAlbumImages(const catalog::AlbumRow& album, const catalog::Audience& audience,
                                               const std::optional<FindCursor>& after, size_t count) const;
  // All ids of a smart album, ascending; of operands that rank, their best.
  ExpressionResult<SharedIds> CollectAlbum(const catalog::AlbumRow& album, const catalog::Audience& audience) const;
  // Whether ListAlbumImages would come to it.
  Result<bool> AlbumShows(const catalog::AlbumRow& album, const catalog::Audience& audience, ImageId id) const;
  Result<FindResult> ListFavourites(UserId user, const catalog::Audience& audience,
                                    const std::optional<FindCursor>& after, size_t count) const;

  // --- duplicates and decisions -------------------------------------------------------------------------------------
  // The first call looks at every picture, later ones at what came since.
  Result<std::vector<DuplicateGroup>> FindDuplicates(const CancelFlag& cancel, const OnProgress& on_progress) const;
  // kDuplicate puts b into the trash. Undo brings it back.
  Result<catalog::DecisionRow> Decide(ImageId a, ImageId b, catalog::DecisionKind kind, const std::string& reason);
  Status UndoDecision(DecisionId id);
  Result<std::vector<catalog::DecisionRow>> ListDecisions(bool with_undone, size_t limit) const;

  // --- hash lists (docs/formats/hash-list.md) -----------------------------------------------------------------------
  // Lists of PDQ hashes, by name. A change is durable on return and seen by every picture that is looked at afterwards.
  // All or nothing: InvalidArgument with the lines that are bad, unless the options say to skip them.
  Result<HashListReport> ImportHashList(const HashListImport& options, std::string_view file);
  Result<std::vector<catalog::HashListRow>> ListHashLists() const;
  Result<catalog::HashListRow> GetHashList(const std::string& name) const;
  Result<std::vector<catalog::ListedHashRow>> ListHashes(const std::string& name, catalog::ListedHashId after,
                                                         size_t limit) const;
  Status SetHashListRadius(const std::string& name, int radius_bits);
  Status RemoveHashList(const std::string& name);
  // The text of a list's file, and of one with the library's own hashes (no ids: of all pictures).
  Result<std::string> ExportHashList(const std::string& name, HashListFormat format) const;
  Result<std::string> ExportHashes(const std::vector<ImageId>& ids, HashListFormat format,
                                   const CancelFlag& cancel) const;
  Result<ListAnswer> MatchLists(const feature::PdqHash& pdq) const;
  Result<ListAnswer> MatchLists(ImageId id) const;
  Result<ListAnswer> MatchLists(ByteView bytes) const;  // of a picture file
  // Every picture of the library against every list; `images` holds at most image_count_max.
  Result<LibraryMatches> MatchLibrary(size_t image_count_max, const CancelFlag& cancel) const;

  // --- change -------------------------------------------------------------------------------------------------------
  // All or none, kept as history; gives the batch's number, 0: nothing changed.
  Result<uint64_t> EditImages(const std::vector<ImageId>& ids, const catalog::ImageEdit& edit, UserId user);
  Result<uint64_t> UndoEdits(const std::vector<catalog::EditRow>& edits, UserId user);
  Result<std::vector<catalog::EditRow>> ListEdits(ImageId id, size_t limit) const;  // newest first
  Result<std::vector<catalog::EditRow>> ListBatch(uint64_t batch) const;            // NotFound
  Result<catalog::EditRow> GetEdit(EditId id) const;                                // NotFound
  // Into the trash, or out of it; all or none.
  Status TrashImages(const std::vector<ImageId>& ids, bool trashed, UserId user);
  // Deletes for good what lies in the trash since before that time (UTC milliseconds); gives how many.
  Result<uint64_t> PurgeTrash(int64_t before_ms, const CancelFlag& cancel);
  // A JSON array or JSON lines of entries by id; tags are added to those that are there. Entries that cannot be taken
  // are told and passed over. InvalidArgument: the file is neither.
  Result<MetaSummary> ImportMeta(MetaKind kind, std::string_view file, const CancelFlag& cancel,
                                 const std::function<void(const MetaProblem&)>& on_problem);
  Status DeleteImage(ImageId id);  // from every place, for good
  // Writes originals to `folder` under their names (made unique), with a JSON of what is known beside each.
  Result<uint64_t> Export(const std::vector<ImageId>& ids, const std::filesystem::path& folder) const;

  // --- models (docs/guide/models.md) --------------------------------------------------------------------------------
  // Starts the worker that makes vectors and tags in the background, for a process that stays.
  void StartModels();
  void StopModels();  // afterwards OnModels' callback is not running and not called again
  // Works the queue off; `each_batch` is called after every few pictures.
  Status ApplyModels(const CancelFlag& cancel, const std::function<void()>& each_batch);
  std::vector<RoleStatus> DescribeModels() const;
  Result<std::vector<catalog::AutomaticTag>> ListAutomaticTags(ImageId id) const;
  Result<std::optional<catalog::QualityScore>> FindQuality(ImageId id) const;
  // Called after each batch of the worker. For server-sent events.
  void OnModels(std::function<void()> callback);

  // --- care ---------------------------------------------------------------------------------------------------------
  Result<FsckReport> Fsck(bool repair, const CancelFlag& cancel, const OnProgress& on_progress);
  // Derived state anew from the originals (all), or only indexes from feature records.
  Result<ImportSummary> Rebuild(bool all, const CancelFlag& cancel, const OnProgress& on_progress);
  Status Compact();
  Result<Stats> CollectStats() const;
  // What the audience may know of: of the tags those of pictures that it finds.
  Result<GalleryFigures> CountGallery(const catalog::Audience& audience) const;
  // False after a failed sync: nothing is acknowledged any more until a restart.
  bool writable() const;
  // People and settings; the engine itself knows none.
  catalog::Accounts& accounts() const;
  const std::filesystem::path& folder() const;
  const Analyzer& analyzer() const;

  // Called after each durable change, with the feed's sequence. For server-sent events.
  void OnChange(std::function<void(uint64_t sequence)> callback);

  struct Impl;  // library_impl.h; for the verbs' own files

 private:
  explicit Library(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Reads a folder that no process owns (or that may be damaged) without changing anything: for `fsck` of a closed
// folder.
Result<FsckReport> FsckFolder(const std::filesystem::path& folder, const CancelFlag& cancel,
                              const Library::OnProgress& on_progress);

}  // namespace likeness::engine
