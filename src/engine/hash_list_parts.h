// What the two readers of hash lists share: records on their way to entries. Not for other files than hash_list_*.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/hash_list_file.h"

namespace likeness::engine {

inline constexpr size_t kListRecordBytesMax = 64 << 10;

enum class ListColumn : uint8_t { kOther, kHash, kType, kQuality, kLabels, kStatus, kSeverity, kDescription, kSource };
// By the name of a CSV column or a JSON member.
ListColumn ColumnOf(std::string_view name);
bool LooksLikeHash(std::string_view text);
// 0..100, or -1.
int WholePercent(std::string_view text);
// Splits at semicolons, cleans, drops what is empty or there already.
void AppendLabels(std::string_view text, std::vector<std::string>& labels);

struct RawRecord {
  std::string hash, type, quality, status, severity, description, source;
  std::vector<std::string> labels;
};

class ListBuilder {
 public:
  void Fault(uint64_t line, std::string what);
  // An entry, another kind of signal, or a fault. LimitExceeded when there are too many.
  Status Take(uint64_t line, RawRecord record);
  HashListFile Finish();

 private:
  HashListFile file_;
  uint64_t records_ = 0;
};

Status ReadCsvList(std::string_view text, ListBuilder& builder);
Status ReadJsonList(std::string_view text, ListBuilder& builder);

}  // namespace likeness::engine
