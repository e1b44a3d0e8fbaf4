#include "engine/tag_words.h"

#include <algorithm>
#include <cstdio>

#include "base/fold.h"
#include "base/text.h"
#include "engine/small_json.h"
#include "query/printer.h"

namespace likeness::engine {
namespace {

// "2023-05-17T..." as 20230517, as it is written; 0 when it is not.
uint32_t DayOf(const std::string& taken_at) {
  unsigned year = 0, month = 0, day = 0;
  if (sscanf(taken_at.c_str(), "%4u-%2u-%2u", &year, &month, &day) != 3) return 0;
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > 31) return 0;
  return year * 10000 + month * 100 + day;
}

// Makers write their name into the model or not: "Canon EOS 5D" beside "Canon", "D750" beside "NIKON CORPORATION".
std::string CameraOf(const std::string& make, const std::string& model) {
  const std::string maker = make.substr(0, make.find(' '));
  if (maker.empty() || FoldText(model).starts_with(FoldText(maker))) return model;
  return model.empty() ? make : maker + ' ' + model;
}

class Terms {
 public:
  explicit Terms(index::TagEntry* entry) : entry_(*entry) {}
  void Add(TermKind kind, std::string_view text) {
    if (!Trim(text).empty()) entry_.terms.push_back({TermKey(kind, Trim(text)), std::string(Trim(text))});
  }
  void Has(bool there, std::string_view what) {
    if (there) Add(TermKind::kHas, what);
  }

 private:
  index::TagEntry& entry_;
};

}  // namespace

std::string TermKey(TermKind kind, std::string_view text) {
  return static_cast<char>(kind) + FoldText(text);
}

std::string KeptKey() {
  return TermKey(TermKind::kKept, "");
}

std::string KeptKey(UserId owner) {
  return TermKey(TermKind::kKept, std::to_string(owner.value));
}

std::string TagExpression(const std::string& tag) {
  return query::Print(query::Node{.value = query::Tag{{{tag}}}});
}

std::string AuthorOf(const catalog::ImageRow& row) {
  if (!row.author.empty()) return row.author;
  for (const std::string& tag : row.tags)
    if (tag.contains(':') && FoldText(tag).starts_with(kArtistPrefix) &&
        !Trim(std::string_view(tag).substr(kArtistPrefix.size())).empty())
      return std::string(Trim(std::string_view(tag).substr(kArtistPrefix.size())));
  if (!row.metadata_json.contains("\"creator\":")) return {};
  const Result<SmallObject> metadata = ParseSmallJson(row.metadata_json);
  return metadata ? GetText(*metadata, "creator") : std::string();
}

index::TagEntry MakeTagEntry(const catalog::ImageRow& row) {
  index::TagEntry entry;
  entry.id = row.id;
  entry.sort_at_ms = row.sort_at_ms;
  entry.width = row.width;
  entry.height = row.height;
  entry.size_bytes = row.size_bytes;
  entry.day = DayOf(row.taken_at);
  entry.tags = static_cast<uint16_t>(std::min<size_t>(row.tags.size(), UINT16_MAX));
  entry.rating = static_cast<int8_t>(row.rating);
  Terms terms(&entry);
  bool has_author = false;
  auto add_author = [&](std::string_view name) {
    has_author = has_author || !Trim(name).empty();
    terms.Add(TermKind::kAuthor, name);
  };
  for (const std::string& tag : row.tags) {
    terms.Add(TermKind::kTag, tag);
    if (FoldText(tag).starts_with(kArtistPrefix)) add_author(std::string_view(tag).substr(kArtistPrefix.size()));
  }
  terms.Add(TermKind::kFormat, row.format);
  terms.Add(TermKind::kOrientation, row.width > row.height   ? "landscape"
                                    : row.width < row.height ? "portrait"
                                                             : "square");
  const Result<SmallObject> parsed = ParseSmallJson(row.metadata_json);
  const SmallObject metadata = parsed ? *parsed : SmallObject{};
  const std::string make = GetText(metadata, "camera_make"), model = GetText(metadata, "camera_model"),
                    lens = GetText(metadata, "lens");
  terms.Add(TermKind::kCamera, model);
  if (const std::string camera = CameraOf(make, model); camera != model) terms.Add(TermKind::kCamera, camera);
  terms.Add(TermKind::kLens, lens);
  add_author(row.author.empty() ? GetText(metadata, "creator") : row.author);
  if (!catalog::Audience{.everything = false}.Finds(row.standing())) {
    entry.terms.push_back({KeptKey(), "kept"});
    if (row.owner) entry.terms.push_back({KeptKey(row.owner), "kept"});
  }
  terms.Has(metadata.contains("latitude") && metadata.contains("longitude"), "gps");
  terms.Has(!make.empty() || !model.empty(), "camera");
  terms.Has(!lens.empty(), "lens");
  terms.Has(entry.day != 0, "date");
  terms.Has(!row.title.empty(), "title");
  terms.Has(!row.description.empty(), "description");
  terms.Has(!row.source_url.empty(), "source");
  terms.Has(has_author, "author");
  terms.Has(!row.tags.empty(), "tags");
  return entry;
}

}  // namespace likeness::engine
