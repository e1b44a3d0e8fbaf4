// Engine values as JSON, shaped as api/openapi.yaml says, and requests' words as engine values. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "engine/analyzer.h"
#include "engine/types.h"
#include "http/json_value.h"

namespace likeness::http {

Json ToJson(const Error& error);  // an ErrorBody: without request id
Json ToJson(const engine::VerdictReport& report);
Json ToJson(const std::vector<engine::TagSuggestion>& tags);
const char* VisibilityName(catalog::Visibility visibility);
std::optional<catalog::Visibility> VisibilityFromName(std::string_view name);
Json ToJson(const engine::ListMatch& match);
Json ToJson(const std::vector<engine::ListMatch>& matches);
Json ToJson(const engine::ImportOutcome& outcome);
Json ToJson(const engine::ImportSummary& summary);
Json ToJson(const engine::ImportProgress& progress);
Json ToJson(const catalog::ImageRow& row);      // an Image
Json ListedJson(const catalog::ImageRow& row);  // the same, written already
Json ToJson(const engine::SearchResult& result);
Json ToJson(const std::vector<engine::RoleStatus>& models);
Json ToJson(const std::vector<catalog::AutomaticTag>& tags);
Json ToJson(const feature::Quality& quality, std::optional<float> score);
Json ToJson(const engine::DuplicateGroup& group);
Json ToJson(const catalog::DecisionRow& row);
Json ToJson(const engine::Stats& stats);
Json ToJson(const engine::FsckReport& report);
Json ToJson(const engine::AnalyzedFile& file);       // Features
Json PhashToJson(const engine::AnalyzedFile& file);  // of a file analysed for its DCT hash only

// The gallery's order as parallel arrays; written directly, as it has a hundred thousand rows.
std::string LayoutToJson(const std::vector<catalog::Catalog::LayoutRow>& rows);

// "2023-05-17T14:03:22Z"
std::string IsoTime(int64_t utc_ms);
// UTC milliseconds of such a text; nothing for another.
Result<int64_t> ParseIsoTime(const std::string& text);

Result<engine::SearchBy> SearchByFromName(std::string_view name);
Result<catalog::DecisionKind> DecisionKindFromName(std::string_view name);
std::string_view Name(catalog::DecisionKind kind);
// "#rrggbb", the # may be missing.
Result<uint32_t> ParseColour(std::string_view text);
// Tags as people wrote them: cleaned, empty ones dropped; LimitExceeded over limits.tags_max or tag_bytes_max.
Result<std::vector<std::string>> CleanTags(const std::vector<std::string>& tags, const Limits& limits);

}  // namespace likeness::http
