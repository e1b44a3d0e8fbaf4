#include "engine/hash_list_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/text.h"
#include "engine/hash_list_parts.h"
#include "engine/small_json.h"
#include "feature/hash_text.h"

namespace likeness::engine {
namespace {

constexpr int kQualityMin = 50;
constexpr size_t kTypesTold = 20;
constexpr size_t kTextBytesMax = 1000, kLabelBytesMax = 100, kLabelsMax = 32;

constexpr std::pair<std::string_view, ListColumn> kNames[] = {
    {"hash", ListColumn::kHash},
    {"pdq", ListColumn::kHash},
    {"pdqhash", ListColumn::kHash},
    {"hashvalue", ListColumn::kHash},
    {"indicator", ListColumn::kHash},
    {"value", ListColumn::kHash},
    {"signal", ListColumn::kHash},
    {"signalvalue", ListColumn::kHash},
    {"signalcontent", ListColumn::kHash},
    {"type", ListColumn::kType},
    {"signaltype", ListColumn::kType},
    {"hashtype", ListColumn::kType},
    {"indicatortype", ListColumn::kType},
    {"quality", ListColumn::kQuality},
    {"pdqquality", ListColumn::kQuality},
    {"hashquality", ListColumn::kQuality},
    {"label", ListColumn::kLabels},
    {"labels", ListColumn::kLabels},
    {"tag", ListColumn::kLabels},
    {"tags", ListColumn::kLabels},
    {"category", ListColumn::kLabels},
    {"categories", ListColumn::kLabels},
    {"status", ListColumn::kStatus},
    {"severity", ListColumn::kSeverity},
    {"description", ListColumn::kDescription},
    {"comment", ListColumn::kDescription},
    {"comments", ListColumn::kDescription},
    {"note", ListColumn::kDescription},
    {"notes", ListColumn::kDescription},
    {"source", ListColumn::kSource},
    {"owner", ListColumn::kSource},
    {"origin", ListColumn::kSource},
    {"provider", ListColumn::kSource},
};

// Letters and digits of a name, in lower case; empty for one that is too long to be known.
std::string Simplified(std::string_view name) {
  std::string out;
  if (name.size() > 64) return out;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out.push_back(c);
    else if (c != ' ' && c != '_' && c != '-')
      return {};
  }
  return out;
}

std::string CleanLine(std::string_view raw, size_t bytes_max) {
  if (raw.empty()) return {};
  std::string text = CleanText(raw, bytes_max, true);
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

// One entry of all that say the same hash.
void Merge(HashListEntry& into, HashListEntry&& more) {
  if (into.quality < 0) into.quality = more.quality;
  for (auto [to, from] : {std::pair{&into.status, &more.status}, std::pair{&into.severity, &more.severity},
                          std::pair{&into.description, &more.description}, std::pair{&into.source, &more.source}})
    if (to->empty()) *to = std::move(*from);
  for (std::string& label : more.labels) {
    if (into.labels.size() < kLabelsMax && std::ranges::find(into.labels, label) == into.labels.end())
      into.labels.push_back(std::move(label));
  }
}

std::string CsvCell(const std::string& text) {
  // '#' would make a comment of a line, blanks at the ends would be trimmed.
  bool plain = text.find_first_of(",\"\n\r\t;") == std::string::npos;
  if (plain) return text;
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + "\"";
}

}  // namespace

ListColumn ColumnOf(std::string_view name) {
  const std::string simple = Simplified(name);
  for (const auto& [known, column] : kNames)
    if (simple == known) return column;
  return ListColumn::kOther;
}

bool LooksLikeHash(std::string_view text) {
  text = Trim(text);
  return text.size() == 64 && feature::HashFromHex(text).has_value();
}

void AppendLabels(std::string_view text, std::vector<std::string>& labels) {
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find(';', at), text.size());
    std::string label = CleanLine(text.substr(at, end - at), kLabelBytesMax);
    at = end + 1;
    if (!label.empty() && labels.size() < kLabelsMax && std::ranges::find(labels, label) == labels.end())
      labels.push_back(std::move(label));
  }
}

void ListBuilder::Fault(uint64_t line, std::string what) {
  if (++file_.fault_count <= HashListFile::kFaultsTold) file_.faults.push_back({line, std::move(what)});
}

Status ListBuilder::Take(uint64_t line, RawRecord record) {
  if (++records_ > kHashListEntriesMax)
    return Fail(ErrorCode::kLimitExceeded, fmt::format("line {}: more than {} records", line, kHashListEntriesMax),
                "split the list into several");
  if (!record.type.empty()) {
    const std::string type = Simplified(record.type);
    if (type != "pdq" && type != "hashpdq" && type != "pdqhash" && type != "imagepdq") {
      std::string told = CleanLine(record.type, 40);
      if (file_.other_types.size() >= kTypesTold && !file_.other_types.contains(told)) told = "others";
      ++file_.other_types[told];
      return {};
    }
  }
  const std::string_view hex = Trim(record.hash);
  auto hash = feature::HashFromHex(hex);
  if (!hash) {
    Fault(line, hex.empty()
                    ? "there is no hash"
                    : fmt::format("\"{}\"{} is no PDQ hash of 64 hexadecimal digits", CleanLine(hex.substr(0, 70), 70),
                                  hex.size() > 70 ? fmt::format(".. ({} characters)", hex.size()) : ""));
    return {};
  }
  HashListEntry entry;
  entry.hash = *hash;
  if (const std::string_view quality = Trim(record.quality); !quality.empty()) {
    entry.quality = WholePercent(quality);
    if (entry.quality < 0) {
      Fault(line, fmt::format("quality \"{}\" is no whole number of 0 to 100", CleanLine(quality, 40)));
      return {};
    }
  }
  entry.labels = std::move(record.labels);
  entry.status = CleanLine(record.status, kTextBytesMax);
  entry.severity = CleanLine(record.severity, kTextBytesMax);
  entry.description = CleanLine(record.description, kTextBytesMax);
  entry.source = CleanLine(record.source, kTextBytesMax);
  file_.entries.push_back(std::move(entry));
  return {};
}

HashListFile ListBuilder::Finish() {
  std::vector<HashListEntry> read = std::move(file_.entries);
  // Places are sorted rather than entries, which are large.
  std::vector<uint32_t> order(read.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(
      order, [&](uint32_t a, uint32_t b) { return std::tie(read[a].hash.words, a) < std::tie(read[b].hash.words, b); });
  file_.entries.clear();
  file_.entries.reserve(read.size());
  for (uint32_t at : order) {
    if (!file_.entries.empty() && file_.entries.back().hash == read[at].hash) {
      ++file_.repeated;
      Merge(file_.entries.back(), std::move(read[at]));
    } else {
      file_.entries.push_back(std::move(read[at]));
    }
  }
  return std::move(file_);
}

int WholePercent(std::string_view text) {
  int value = 0;
  if (text.empty() || text.size() > 3) return -1;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value <= 100 ? value : -1;
}

Result<HashListFormat> HashListFormatFromName(std::string_view name) {
  if (name == "csv") return HashListFormat::kCsv;
  if (name == "json") return HashListFormat::kJson;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("no hash list format is called \"{}\"", CleanLine(name, 40)),
              "use csv or json");
}

Result<HashListFile> ReadHashList(std::string_view bytes) {
  if (bytes.size() > kHashListBytesMax)
    return Fail(ErrorCode::kLimitExceeded, fmt::format("a hash list of more than {} bytes", kHashListBytesMax));
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return Fail(ErrorCode::kInvalidArgument, "the list is UTF-16 text", "save it as UTF-8");
  ListBuilder builder;
  size_t first = bytes.find_first_not_of(" \t\r\n");
  bool json = first != std::string_view::npos && (bytes[first] == '[' || bytes[first] == '{');
  LK_TRY(json ? ReadJsonList(bytes, builder) : ReadCsvList(bytes, builder));
  HashListFile file = builder.Finish();
  file.format = json ? HashListFormat::kJson : HashListFormat::kCsv;
  if (file.entries.empty()) {
    std::string why =
        file.faults.empty() ? std::string() : fmt::format("; line {}: {}", file.faults[0].line, file.faults[0].what);
    return Fail(ErrorCode::kInvalidArgument, "the list holds no PDQ hash" + why,
                "expected CSV or JSON with hashes of 64 hexadecimal digits, see docs/formats/hash-list.md");
  }
  return file;
}

bool IsMatched(const HashListEntry& entry) {
  return (entry.quality < 0 || entry.quality >= kQualityMin) && Simplified(entry.status) != "nonmalicious";
}

HashListWriter::HashListWriter(HashListFormat format, std::string* out) : format_(format), out_(out) {
  *out_ += format_ == HashListFormat::kCsv ? "hash,quality,labels,status,severity,description,source\n" : "[";
}

void HashListWriter::Add(const HashListEntry& entry) {
  format_ == HashListFormat::kCsv ? AddCsv(entry) : AddJson(entry);
}

void HashListWriter::AddCsv(const HashListEntry& entry) {
  *out_ += feature::ToHex(entry.hash);
  *out_ += ',';
  if (entry.quality >= 0) *out_ += fmt::format("{}", entry.quality);
  // The semicolons between labels are no reason for quotes: the header's commas say what separates cells.
  std::string labels = fmt::format("{}", fmt::join(entry.labels, ";"));
  bool plain = labels.find_first_of(",\"") == std::string::npos;
  *out_ += ',' + (plain ? labels : CsvCell(labels));
  for (const std::string* text : {&entry.status, &entry.severity, &entry.description, &entry.source})
    *out_ += ',' + CsvCell(*text);
  *out_ += '\n';
}

void HashListWriter::AddJson(const HashListEntry& entry) {
  *out_ += first_ ? "\n" : ",\n";
  first_ = false;
  SmallJsonWriter json;
  json.Put("type", "HASH_PDQ").Put("indicator", feature::ToHex(entry.hash));
  if (entry.quality >= 0) json.PutInteger("quality", entry.quality);
  if (!entry.labels.empty()) json.PutTexts("tags", entry.labels);
  for (const auto& [name, text] : {std::pair{"status", &entry.status}, std::pair{"severity", &entry.severity},
                                   std::pair{"description", &entry.description}, std::pair{"source", &entry.source}})
    if (!text->empty()) json.Put(name, *text);
  *out_ += json.Take();
}

void HashListWriter::Finish() {
  if (format_ == HashListFormat::kJson) *out_ += "\n]\n";
}

}  // namespace likeness::engine
