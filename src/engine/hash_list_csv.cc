// Hash lists as CSV. A record that breaks (an open quote, a NUL, too long) costs its first line only: reading goes on
// behind that line, so that one stray quote does not swallow the list.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "engine/hash_list_parts.h"

namespace likeness::engine {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, ListBuilder& builder) : text_(text), builder_(builder) {
    size_t first = text_.find_first_not_of("\r\n");
    std::string_view line = first == std::string_view::npos ? "" : text_.substr(first, text_.find('\n', first) - first);
    if (line.find(',') == std::string_view::npos) {
      if (line.find('\t') != std::string_view::npos)
        separator_ = '\t';
      else if (line.find(';') != std::string_view::npos)
        separator_ = ';';
    }
  }

  // The next record's cells; false at the end. What breaks is told to the builder and passed over.
  bool Next(std::vector<std::string>& cells) {
    while (at_ < text_.size()) {
      std::string_view line = text_.substr(at_, text_.find('\n', at_) - at_);
      line_ = next_line_;
      if (Trim(line).empty() || line[0] == '#') {
        SkipLine(line);
        continue;
      }
      if (std::optional<const char*> fault = Read(cells)) {
        builder_.Fault(line_, *fault);
        SkipLine(line);
        continue;
      }
      return true;
    }
    return false;
  }
  uint64_t line() const { return line_; }

 private:
  void SkipLine(std::string_view line) {
    at_ += line.size() + 1;
    ++next_line_;
  }

  // Moves behind the record, or says what is wrong and stays.
  std::optional<const char*> Read(std::vector<std::string>& cells) {
    cells.assign(1, {});
    size_t at = at_;
    uint64_t lines = 1;
    bool quoted = false, closed = false;
    for (;; ++at) {
      if (at - at_ > kListRecordBytesMax) return quoted ? "a quote that is not closed" : "more than 65536 bytes";
      if (at >= text_.size()) {
        if (quoted) return "a quote that is not closed";
        break;
      }
      const char c = text_[at];
      if (c == '\0') return "a NUL byte";
      if (quoted) {
        if (c == '\n') ++lines;
        if (c != '"') {
          cells.back().push_back(c);
        } else if (at + 1 < text_.size() && text_[at + 1] == '"') {
          cells.back().push_back('"');
          ++at;
        } else {
          quoted = false;
          closed = true;
        }
      } else if (c == '\n') {
        break;
      } else if (c == separator_) {
        cells.emplace_back();
        closed = false;
      } else if (c == '"' && !closed && Trim(cells.back()).empty()) {
        cells.back().clear();
        quoted = true;
      } else if (closed && c != ' ' && c != '\r') {
        return "text behind a closing quote";
      } else if (!closed) {
        cells.back().push_back(c);
      }
    }
    at_ = at + 1;
    next_line_ += lines;
    return std::nullopt;
  }

  const std::string_view text_;
  ListBuilder& builder_;
  char separator_ = ',';
  size_t at_ = 0;
  uint64_t line_ = 0, next_line_ = 1;
};

// By the columns of the header.
RawRecord ByColumns(const std::vector<ListColumn>& columns, std::vector<std::string>& cells) {
  RawRecord record;
  for (size_t i = 0; i < std::min(columns.size(), cells.size()); ++i) {
    switch (columns[i]) {
      case ListColumn::kHash:
        if (record.hash.empty()) record.hash = std::move(cells[i]);
        break;
      case ListColumn::kType:
        record.type = Trim(cells[i]);
        break;
      case ListColumn::kQuality:
        record.quality = std::move(cells[i]);
        break;
      case ListColumn::kLabels:
        AppendLabels(cells[i], record.labels);
        break;
      case ListColumn::kStatus:
        record.status = std::move(cells[i]);
        break;
      case ListColumn::kSeverity:
        record.severity = std::move(cells[i]);
        break;
      case ListColumn::kDescription:
        record.description = std::move(cells[i]);
        break;
      case ListColumn::kSource:
        record.source = std::move(cells[i]);
        break;
      case ListColumn::kOther:
        break;
    }
  }
  return record;
}

// Without a header: HASH[,QUALITY][,LABELS[,SOURCE]], whatever stands before the hash.
RawRecord ByPlace(std::vector<std::string>& cells) {
  RawRecord record;
  auto hash = std::ranges::find_if(cells, LooksLikeHash);
  if (hash == cells.end()) {
    record.hash = cells[0];
    return record;
  }
  record.hash = *hash;
  auto next = hash + 1;
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (next != cells.end() && std::ranges::all_of(Trim(*next), is_digit)) record.quality = *next++;
  if (next != cells.end()) AppendLabels(*next++, record.labels);
  if (next != cells.end()) record.source = *next;
  return record;
}

}  // namespace

Status ReadCsvList(std::string_view text, ListBuilder& builder) {
  CsvReader reader(text, builder);
  std::vector<std::string> cells;
  std::vector<ListColumn> columns;
  bool first = true;
  while (reader.Next(cells)) {
    if (first && std::ranges::none_of(cells, LooksLikeHash)) {
      for (const std::string& cell : cells) columns.push_back(ColumnOf(Trim(cell)));
      if (std::ranges::find(columns, ListColumn::kHash) == columns.end()) columns.clear();
    }
    if (!(first && !columns.empty()))
      LK_TRY(builder.Take(reader.line(), columns.empty() ? ByPlace(cells) : ByColumns(columns, cells)));
    first = false;
  }
  return {};
}

}  // namespace likeness::engine
