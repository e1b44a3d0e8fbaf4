// Tags, captions and sources of stored pictures from a file that another gallery wrote.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/text.h"
#include "engine/library.h"

namespace likeness::engine {
namespace {

namespace json = boost::json;

constexpr size_t kTagsAtOnceMax = 10'000;

struct KindRow {
  std::string_view name;
  MetaKind kind;
  const char* key;
};
constexpr KindRow kKinds[] = {{"tags", MetaKind::kTags, "tags"},
                              {"captions", MetaKind::kCaptions, "caption"},
                              {"sources", MetaKind::kSources, "source_url"}};

std::unexpected<Error> Bad(std::string what) {
  return Fail(ErrorCode::kInvalidArgument, std::move(what));
}

// Objects of an array, or one on each line; what is no JSON is null with its error.
Result<std::vector<json::value>> ReadEntries(std::string_view text) {
  std::vector<json::value> entries;
  const std::string_view trimmed = Trim(text);
  if (trimmed.starts_with('[')) {
    boost::system::error_code error;
    json::value all = json::parse(trimmed, error);
    if (error) return Bad(fmt::format("the file is no JSON: {}", error.message()));
    for (json::value& each : all.as_array()) entries.push_back(std::move(each));
    return entries;
  }
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    boost::system::error_code error;
    json::value each = json::parse(line, error);
    entries.push_back(error ? json::value(nullptr) : std::move(each));
  }
  return entries;
}

struct Entry {
  ImageId id;
  catalog::ImageEdit edit;
};

Result<Entry> ReadEntry(const json::value& value, const KindRow& kind, const Limits& limits) {
  const json::object* object = value.if_object();
  if (!object) return Bad("is no JSON object");
  const json::value* id = object->if_contains("id");
  boost::system::error_code error;
  const uint64_t number = id && id->is_number() ? id->to_number<uint64_t>(error) : 0;
  if (number == 0 || error) return Bad("has no \"id\" that is a whole number from 1");
  const json::value* given = object->if_contains(kind.key);
  if (!given) return Bad(fmt::format("has no \"{}\"", kind.key));
  Entry entry;
  entry.id = ImageId{number};
  if (kind.kind == MetaKind::kTags) {
    const json::array* tags = given->if_array();
    if (!tags || tags->size() > kTagsAtOnceMax) return Bad("has \"tags\" that are no list of texts");
    for (const json::value& tag : *tags) {
      if (!tag.is_string()) return Bad("has \"tags\" that are no list of texts");
      std::string clean = CleanText(std::string_view(tag.get_string()), limits.tag_bytes_max);
      if (!clean.empty()) entry.edit.tags_add.push_back(std::move(clean));
    }
    return entry;
  }
  if (!given->is_string()) return Bad(fmt::format("has a \"{}\" that is no text", kind.key));
  const std::string_view text(given->get_string());
  if (kind.kind == MetaKind::kCaptions)
    entry.edit.description = CleanText(text, limits.text_bytes_max, true);
  else
    entry.edit.source_url = CleanText(text, limits.url_bytes_max);
  return entry;
}

// Whether the picture is so already: then nothing is written.
bool IsSo(const catalog::ImageRow& row, const catalog::ImageEdit& edit) {
  const bool tags = std::ranges::all_of(
      edit.tags_add, [&](const std::string& tag) { return std::ranges::find(row.tags, tag) != row.tags.end(); });
  return tags && (!edit.description || *edit.description == row.description) &&
         (!edit.source_url || *edit.source_url == row.source_url);
}

}  // namespace

Result<MetaKind> MetaKindFromName(std::string_view name) {
  for (const KindRow& row : kKinds)
    if (row.name == name) return row.kind;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is nothing to import", CleanText(name, 40)),
              "say tags, captions or sources");
}

Result<MetaSummary> Library::ImportMeta(MetaKind which, std::string_view file, const CancelFlag& cancel,
                                        const std::function<void(const MetaProblem&)>& on_problem) {
  const Limits& limits = analyzer().options().limits;
  const KindRow& kind = *std::ranges::find(kKinds, which, &KindRow::kind);
  LK_ASSIGN(const std::vector<json::value> entries, ReadEntries(file));
  MetaSummary summary;
  for (size_t i = 0; i < entries.size() && !cancel.cancelled(); ++i) {
    MetaProblem problem{.entry = i + 1};
    const auto take = [&]() -> Result<bool> {
      LK_ASSIGN(const Entry entry, ReadEntry(entries[i], kind, limits));
      problem.id = entry.id;
      LK_ASSIGN(const catalog::ImageRow row, GetImage(entry.id));
      if (IsSo(row, entry.edit)) return false;
      LK_TRY(EditImages({entry.id}, entry.edit, {}));
      return true;
    };
    const Result<bool> taken = take();
    if (taken) {
      ++(*taken ? summary.changed : summary.unchanged);
      continue;
    }
    // A disk that fails is not the entry's fault.
    if (taken.error().code == ErrorCode::kUnavailable || taken.error().code == ErrorCode::kIo)
      return std::unexpected(taken.error());
    ++summary.skipped;
    problem.error = taken.error();
    on_problem(problem);
  }
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped; what was changed stays");
  return summary;
}

}  // namespace likeness::engine
