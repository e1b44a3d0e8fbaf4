// Which pictures have which tags and figures: expressions over sets of places and columns, in memory, exact.
//
// A term is an opaque key, told apart and ordered by its bytes: the caller folds case and normalises, and puts a first
// byte before it that keeps tags, cameras and the like apart. Beside each key stands how it was first written.
//
// A picture has a place; places ascend with the time of the gallery's order after a compaction (which Save makes
// when it pays), and what comes later stands behind. Each term has a Bitmap of places; figures are columns, with a code
// of one byte beside each, its place among 255 bounds. An expression is evaluated in chunks of 65536 places through
// buffers of 8 KB: the time of a search is that of reading the sets it names once (docs/decisions/0012-tag-index.md).
//
// A changed picture gets a new place; old ones are marked and given back by Save, when they are an eighth of all.
// Thread-safe: searches run concurrently and go on during Save.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace likeness::index {

using TermId = StrongId<struct TermIdTag>;

enum class TagColumn : uint8_t {
  kWidth,   // pixels
  kHeight,  // pixels
  kPixels,  // width times height
  kRatio,   // width by height
  kSize,    // bytes
  kDay,     // 10000 * year + 100 * month + day, 0 where it is not known
  kTags,    // how many
  kRating   // -1 to 5
};
inline constexpr size_t kTagColumns = 8;

struct TagTerm {
  std::string key;    // not empty
  std::string shown;  // as written
};

struct TagEntry {
  ImageId id;
  int64_t sort_at_ms = 0;
  uint32_t width = 0, height = 0;
  uint64_t size_bytes = 0;
  uint32_t day = 0;
  uint16_t tags = 0;
  int8_t rating = 0;
  std::vector<TagTerm> terms;  // equal keys count once
};

// An end of a range: numerator by denominator, which is positive.
struct TagBound {
  int64_t numerator = 0, denominator = 1;
  bool excluded = false;
};

// A boolean expression. What is kAnd of nothing is every picture, kOr of nothing none.
struct TagFilter {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kTerms, kRange, kImages };
  Kind kind = Kind::kAnd;
  std::vector<TagFilter> of = {};    // of kAnd and kOr; kNot has one
  std::vector<TermId> terms = {};    // any of them; unknown ones match nothing
  std::vector<ImageId> images = {};  // one of them
  TagColumn column = TagColumn::kWidth;
  std::optional<TagBound> least = {}, most = {};
};

enum class TagOrder : uint8_t { kTaken, kAdded, kRandom, kColumn };
// The largest key first, then the largest id; `reversed` turns both round. kTaken: sort_at_ms, kAdded: the id, kRandom:
// a number made of the id and `seed`.
struct TagSort {
  TagOrder order = TagOrder::kTaken;
  TagColumn column = TagColumn::kWidth;  // of kColumn
  bool reversed = false;
  uint64_t seed = 0;
};
struct TagHit {
  ImageId id;
  int64_t key = 0;  // of the order; of kRatio 2^20 times it, rounded down
  friend bool operator==(const TagHit&, const TagHit&) = default;
};
struct TagPage {
  TagSort sort = {};
  std::optional<TagHit> after = {};  // only what comes behind it
  size_t limit = 100;
};
struct TagAnswer {
  uint64_t total = 0;  // all that match, whatever the page
  std::vector<TagHit> hits;
};

struct TermCount {
  TermId term;
  std::string key, shown;
  uint64_t count = 0;  // pictures
};
struct SharedTags {
  ImageId id;
  uint32_t shared = 0;
  friend bool operator==(const SharedTags&, const SharedTags&) = default;
};

class TagIndex {
 public:
  TagIndex();
  ~TagIndex();

  // Replaces what the id had. REQUIRES: entry.id is not 0, fewer than 2^32 pictures.
  void Put(const TagEntry& entry);
  bool Remove(ImageId id);
  void Clear();

  // 0: no such term. Ids are good until the next Load or Clear.
  TermId Find(std::string_view key) const;
  // Terms whose key begins with parts.front(), ends with parts.back() and has the others between, in their order and
  // without overlap. In no order. REQUIRES: two parts or more.
  std::vector<TermId> Match(std::span<const std::string> parts) const;
  // Terms of at least one picture whose keys begin so: the most used first, then by key.
  std::vector<TermCount> Complete(std::string_view prefix, size_t limit) const;
  // Of these terms, in their order; none is left out.
  std::vector<TermCount> Describe(std::span<const TermId> terms) const;

  TagAnswer Search(const TagFilter& filter, const TagPage& page) const;
  // All that match, ascending.
  std::vector<ImageId> Collect(const TagFilter& filter) const;
  // Those of `images` that match, in their order.
  std::vector<ImageId> Keep(const TagFilter& filter, std::span<const ImageId> images) const;
  // Pictures that have most of the terms, ties by ascending id; those with none and `left_out` do not appear. At most
  // 255 terms count.
  std::vector<SharedTags> FindSharing(std::span<const TermId> terms, ImageId left_out, size_t limit) const;
  // Terms whose keys begin so of the pictures that match, the most frequent first, then by key.
  std::vector<TermCount> CountAmong(const TagFilter& filter, std::string_view prefix, size_t limit) const;

  // Grows with every change: what was asked after this was read is not older.
  uint64_t changes() const;
  size_t size() const;
  size_t term_count() const;
  size_t memory_bytes() const;

  // As in index.h. Searches go on during Save, changes wait.
  Status Save(const std::filesystem::path& path, uint64_t applied);
  Result<uint64_t> Load(const std::filesystem::path& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::index
