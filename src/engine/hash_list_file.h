// Files of PDQ hashes as people exchange them, CSV and JSON (docs/formats/hash-list.md), read and written. Foreign
// bytes: the reader trusts nothing and takes time and memory in proportion to them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "feature/types.h"

namespace likeness::engine {

inline constexpr uint64_t kHashListBytesMax = 1ull << 30;
inline constexpr uint64_t kHashListEntriesMax = 5'000'000;

enum class HashListFormat : uint8_t { kCsv, kJson };
Result<HashListFormat> HashListFormatFromName(std::string_view name);  // "csv", "json"

struct HashListEntry {
  feature::Hash256 hash = {};
  int quality = -1;  // 0..100; -1: not said
  std::vector<std::string> labels = {};
  std::string status = {}, severity = {}, description = {}, source = {};
  friend bool operator==(const HashListEntry&, const HashListEntry&) = default;
};

struct HashListFault {
  uint64_t line = 0;  // from 1, where the record begins
  std::string what;
};

struct HashListFile {
  static constexpr size_t kFaultsTold = 20;

  HashListFormat format = HashListFormat::kCsv;
  std::vector<HashListEntry> entries;  // each hash once, ascending
  uint64_t repeated = 0;               // records whose hash came before
  std::map<std::string, uint64_t>
      other_types;  // signals of another kind, by their type (at most 20 types are told apart)
  uint64_t fault_count = 0;
  std::vector<HashListFault> faults;  // the first of them
};

// Records that cannot be read are faults. InvalidArgument when it is no list at all, when its structure breaks so that
// what follows cannot be read, or when it holds no PDQ hash; LimitExceeded.
Result<HashListFile> ReadHashList(std::string_view bytes);

// Whether pictures are to be compared with it: quality not known to be low, status not harmless.
bool IsMatched(const HashListEntry& entry);

// Appends the text of a list to a string, which the caller may take away between the calls.
class HashListWriter {
 public:
  HashListWriter(HashListFormat format, std::string* out);
  void Add(const HashListEntry& entry);
  void Finish();

 private:
  void AddCsv(const HashListEntry& entry);
  void AddJson(const HashListEntry& entry);

  const HashListFormat format_;
  std::string* const out_;
  bool first_ = true;
};

}  // namespace likeness::engine
