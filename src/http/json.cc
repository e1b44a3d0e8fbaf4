#include "http/json.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

#include "answer/pair_json.h"
#include "base/text.h"
#include "codec/decode.h"
#include "engine/tag_words.h"
#include "feature/phash.h"
#include "http/url.h"

namespace likeness::http {
namespace {

std::string HashHex(const feature::Hash256& hash) {
  return fmt::format("{:016x}{:016x}{:016x}{:016x}", hash.words[0], hash.words[1], hash.words[2], hash.words[3]);
}

void SetText(Json& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.Set(name, text);
}

template <typename T>
void SetOptional(Json& out, std::string_view name, const std::optional<T>& value) {
  if (value) out.Set(name, Json(*value));
}

Json MetadataJson(const codec::Metadata& m) {
  Json out = Json::MakeObject();
  SetText(out, "taken_at", m.taken_at);
  SetText(out, "camera_make", m.camera_make);
  SetText(out, "camera_model", m.camera_model);
  SetText(out, "lens", m.lens);
  SetOptional(out, "exposure_seconds", m.exposure_seconds);
  SetOptional(out, "f_number", m.f_number);
  SetOptional(out, "focal_length_mm", m.focal_length_mm);
  SetOptional(out, "iso", m.iso);
  SetOptional(out, "latitude", m.latitude);
  SetOptional(out, "longitude", m.longitude);
  SetOptional(out, "altitude_m", m.altitude_m);
  SetText(out, "title", m.title);
  SetText(out, "description", m.description);
  SetText(out, "creator", m.creator);
  SetText(out, "copyright", m.copyright);
  if (!m.keywords.empty()) {
    Json keywords = Json::MakeArray();
    for (const std::string& keyword : m.keywords) keywords.Append(keyword);
    out.Set("keywords", std::move(keywords));
  }
  SetOptional(out, "rating", m.rating);
  SetText(out, "software", m.software);
  return out;
}

}  // namespace

Json ToJson(const feature::Quality& quality, std::optional<float> score) {
  Json out = Json()
                 .Set("sharpness", double(quality.sharpness))
                 .Set("jpeg_quality", quality.jpeg_quality)
                 .Set("upscale_ratio", double(quality.upscale_ratio))
                 .Set("contrast", double(quality.contrast));
  if (score) out.Set("score", double(*score));
  return out;
}

std::string IsoTime(int64_t utc_ms) {
  using namespace std::chrono;
  const auto time = floor<seconds>(sys_time<milliseconds>(milliseconds(utc_ms)));
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

Result<int64_t> ParseIsoTime(const std::string& text) {
  for (const char* form : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), form, &parts);
    if (!end || *end) continue;
    const int day = parts.tm_mday;
    const int64_t seconds = timegm(&parts);
    if (parts.tm_mday == day) return seconds * 1000;  // no 31st of February
  }
  return Fail(ErrorCode::kInvalidArgument, "expected a date as 2027-01-31 or 2027-01-31T12:00:00Z");
}

Json ToJson(const Error& error) {
  Json out = Json().Set("code", Info(error.code).name).Set("message", error.message);
  SetText(out, "hint", error.hint);
  return out;
}

Json ToJson(const engine::VerdictReport& report) {
  Json verdict = answer::ToJson(report.verdict);
  if (report.of) verdict.Set("of", report.of.value);
  SetText(verdict, "of_path", report.of_path);
  return verdict;
}

Json ToJson(const engine::ListMatch& match) {
  Json out = Json()
                 .Set("list", match.list)
                 .Set("label", match.label)
                 .Set("distance", match.distance)
                 .Set("orientation", Name(match.orientation))
                 .Set("hash", HashHex(match.hash));
  SetText(out, "status", match.status);
  SetText(out, "severity", match.severity);
  SetText(out, "description", match.description);
  SetText(out, "source", match.source);
  return out;
}

Json ToJson(const std::vector<engine::ListMatch>& matches) {
  Json out = Json::MakeArray();
  for (const engine::ListMatch& match : matches) out.Append(ToJson(match));
  return out;
}

Json ToJson(const engine::ImportOutcome& outcome) {
  Json out = Json().Set("path", outcome.path).Set("status", engine::Name(outcome.status));
  if (outcome.id) out.Set("id", outcome.id.value);
  if (outcome.verdict) out.Set("verdict", ToJson(*outcome.verdict));
  if (!outcome.others.empty()) {
    Json others = Json::MakeArray();
    for (const engine::VerdictReport& other : outcome.others) others.Append(ToJson(other));
    out.Set("others", std::move(others));
  }
  if (!outcome.listed.empty()) out.Set("listed", ToJson(outcome.listed));
  if (outcome.replaced) out.Set("replaced", outcome.replaced.value);
  out.Set("size_bytes", outcome.size_bytes);
  if (outcome.error) out.Set("error", ToJson(*outcome.error));
  return out;
}

Json ToJson(const engine::ImportSummary& s) {
  Json stages = Json()
                    .Set("decode", s.decode_s)
                    .Set("hash", s.hash_s)
                    .Set("colour", s.colour_s)
                    .Set("local", s.local_s)
                    .Set("thumbnail", s.thumbnail_s);
  return Json()
      .Set("imported", s.imported)
      .Set("duplicate", s.duplicate)
      .Set("rejected", s.rejected)
      .Set("failed", s.failed)
      .Set("listed", s.listed)
      .Set("seconds", s.seconds)
      .Set("bytes", s.bytes)
      .Set("cancelled", s.cancelled)
      .Set("cpu_seconds", std::move(stages));
}

Json ToJson(const engine::ImportProgress& p) {
  return Json()
      .Set("done", p.done)
      .Set("total", p.total)
      .Set("errors", p.errors)
      .Set("duplicates", p.duplicates)
      .Set("bytes", p.bytes)
      .Set("seconds", p.seconds);
}

const char* VisibilityName(catalog::Visibility visibility) {
  constexpr const char* kNames[] = {"", "public", "unlisted", "private"};
  return kNames[std::min<size_t>(static_cast<size_t>(visibility), 3)];
}

std::optional<catalog::Visibility> VisibilityFromName(std::string_view name) {
  for (auto each : {catalog::Visibility::kPublic, catalog::Visibility::kUnlisted, catalog::Visibility::kPrivate})
    if (name == VisibilityName(each)) return each;
  return std::nullopt;
}

namespace {

template <typename Out>
void SetMembers(const catalog::ImageRow& row, Out& out) {
  out.Set("id", row.id.value)
      .Set("name", row.name)
      .Set("width", row.width)
      .Set("height", row.height)
      .Set("format", row.format)
      .Set("frames", row.frames)
      .Set("size_bytes", row.size_bytes)
      .Set("placeholder", Base64(AsText(row.placeholder)))
      .Set("taken_at", row.taken_at)
      .Set("imported_at", IsoTime(row.imported_at_ms))
      .Set("title", row.title)
      .Set("rating", row.rating)
      .Set("tags", row.tags)
      .Set("low_information", row.low_information)
      .Set("author", engine::AuthorOf(row))
      .Set("visibility", VisibilityName(row.visibility))
      .Set("owner_id", row.owner.value);
  if (row.pending) out.Set("pending", true);
  if (row.linked_to) out.Set("linked_to", row.linked_to);
  if (row.trashed_at_ms) out.Set("trashed", true);
}

}  // namespace

Json ToJson(const catalog::ImageRow& row) {
  Json out;
  SetMembers(row, out);
  return out;
}

Json ListedJson(const catalog::ImageRow& row) {
  JsonWriter out;
  SetMembers(row, out);
  return out.Take();
}

Json ToJson(const std::vector<engine::RoleStatus>& models) {
  Json out = Json::MakeArray();
  for (const engine::RoleStatus& status : models) {
    Json item = Json()
                    .Set("role", status.role)
                    .Set("model", status.model)
                    .Set("waiting", status.waiting)
                    .Set("failed", status.failed)
                    .Set("vectors", status.vectors);
    SetText(item, "answering_model", status.answering_model);
    SetText(item, "error", status.error);
    out.Append(std::move(item));
  }
  return out;
}

Json ToJson(const std::vector<engine::TagSuggestion>& tags) {
  Json out = Json::MakeArray();
  for (const engine::TagSuggestion& tag : tags)
    out.Append(Json().Set("tag", tag.tag).Set("expression", tag.expression).Set("count", tag.count));
  return out;
}

Json ToJson(const std::vector<catalog::AutomaticTag>& tags) {
  constexpr const char* kStates[] = {"", "suggested", "accepted", "rejected"};
  Json out = Json::MakeArray();
  for (const catalog::AutomaticTag& tag : tags)
    out.Append(Json()
                   .Set("tag", tag.name)
                   .Set("of", tag.role == catalog::JobRole::kObjects ? "objects"
                              : tag.role == catalog::JobRole::kWords ? "words"
                                                                     : "scenes")
                   .Set("model", tag.model)
                   .Set("confidence", tag.confidence / 1000.0)
                   .Set("state", kStates[static_cast<size_t>(tag.state)]));
  return out;
}

Json ToJson(const engine::SearchResult& result) {
  Json hits = Json::MakeArray();
  for (const engine::SearchHit& hit : result.hits) {
    Json signals = Json::MakeArray();
    const compare::LocalMatch& local = hit.verdict.signals.local;
    for (const engine::SignalHit& signal : hit.signals) {
      Json item = Json()
                      .Set("signal", signal.signal)
                      .Set("distance", signal.distance)
                      .Set("score", signal.score)
                      .Set("rank", signal.rank);
      if (signal.signal == "look" || signal.signal == "text") item.Set("cosine", 1 - signal.distance);
      if (signal.signal == "local" && local.inliers > 0) {
        item.Set("inliers", local.inliers)
            .Set("transform", answer::TransformToJson(local.query_from_match))
            .Set("region", answer::QuadToJson(local.region_in_match));
      }
      signals.Append(std::move(item));
    }
    Json item = Json()
                    .Set("id", hit.id.value)
                    .Set("name", hit.name)
                    .Set("width", hit.width)
                    .Set("height", hit.height)
                    .Set("score", hit.score)
                    .Set("signals", std::move(signals));
    if (hit.verdict.kind != dedupe::VerdictKind::kNone) {
      Json verdict = answer::ToJson(hit.verdict);
      item.Set("verdict", std::move(verdict.Set("of", hit.id.value)));
    }
    hits.Append(std::move(item));
  }
  Json out = Json()
                 .Set("total", result.total)
                 .Set("took_ms", result.took_ms)
                 .Set("partial", result.partial)
                 .Set("low_information", result.low_information);
  SetText(out, "note", result.note);
  return out.Set("results", std::move(hits));
}

Json ToJson(const engine::DuplicateGroup& group) {
  Json members = Json::MakeArray(), evidence = Json::MakeArray(), reasons = Json::MakeArray();
  for (const engine::DuplicateMember& member : group.members) {
    Json item;
    if (member.id) item.Set("id", member.id.value);
    SetText(item, "path", member.path);
    SetText(item, "name", member.name);
    item.Set("width", member.width)
        .Set("height", member.height)
        .Set("size_bytes", member.size_bytes)
        .Set("format", member.format)
        .Set("quality", ToJson(member.quality, member.score))
        .Set("keep", member.keep);
    members.Append(std::move(item));
  }
  for (const engine::DuplicateEvidence& link : group.evidence)
    evidence.Append(Json().Set("a", link.a).Set("b", link.b).Set("verdict", answer::ToJson(link.verdict)));
  for (const std::string& reason : group.keep_reasons) reasons.Append(reason);
  return Json()
      .Set("kind", dedupe::Name(group.kind))
      .Set("members", std::move(members))
      .Set("evidence", std::move(evidence))
      .Set("keep_reasons", std::move(reasons));
}

Json ToJson(const catalog::DecisionRow& row) {
  Json out = Json().Set("id", row.id.value).Set("a", row.a.value).Set("b", row.b.value).Set("kind", Name(row.kind));
  SetText(out, "reason", row.reason);
  return out.Set("decided_at", IsoTime(row.decided_at_ms)).Set("undone", row.undone);
}

Json ToJson(const engine::Stats& s) {
  return Json()
      .Set("images", s.totals.images)
      .Set("tags", s.totals.tags)
      .Set("decisions", s.totals.decisions)
      .Set("deleted", s.totals.deleted)
      .Set("trashed", s.totals.trashed)
      .Set("original_bytes", s.original_bytes)
      .Set("derived_bytes", s.derived_bytes)
      .Set("index_bytes", s.index_bytes)
      .Set("catalog_bytes", s.catalog_bytes)
      .Set("volumes", s.volumes)
      .Set("last_id", s.totals.last_id.value)
      .Set("feed_sequence", s.totals.feed_sequence)
      .Set("indexes", Json()
                          .Set("phash", s.phash_entries)
                          .Set("colour", s.colour_entries)
                          .Set("layout", s.layout_entries)
                          .Set("local", s.local_entries))
      .Set("models", ToJson(s.models));
}

Json ToJson(const engine::FsckReport& report) {
  Json problems = Json::MakeArray();
  for (const engine::Problem& problem : report.problems) {
    Json item = Json().Set("kind", problem.kind).Set("what", problem.what);
    if (problem.image) item.Set("image", problem.image.value);
    problems.Append(std::move(item.Set("repaired", problem.repaired)));
  }
  return Json()
      .Set("clean", report.clean())
      .Set("images", report.images)
      .Set("records", report.records)
      .Set("bytes", report.bytes)
      .Set("problems", std::move(problems));
}

Json PhashToJson(const engine::AnalyzedFile& file) {
  return Json()
      .Set("path", file.path)
      .Set("format", codec::Name(file.analysis.info.format))
      .Set("width", file.analysis.info.width)
      .Set("height", file.analysis.info.height)
      .Set("sha256", ToHex(file.sha256))
      .Set("phash", HashHex(file.analysis.features.phash));
}

Json ToJson(const engine::AnalyzedFile& file) {
  const sandbox::Analysis& analysis = file.analysis;
  const feature::Features& f = analysis.features;
  Json bins = Json::MakeArray();
  for (const feature::ColourBin& bin : f.colour) bins.Append(Json::Array{bin.bin, bin.weight});
  Json layout = Json::MakeArray();
  if (f.layout)
    for (uint8_t share : *f.layout) layout.Append(share);
  Json out;
  out.Set("path", file.path)
      .Set("format", codec::Name(analysis.info.format))
      .Set("width", analysis.info.width)
      .Set("height", analysis.info.height)
      .Set("frames", analysis.info.frames)
      .Set("size_bytes", file.size_bytes)
      .Set("sha256", ToHex(file.sha256))
      .Set("pixel_hash", ToHex(f.pixel_hash))
      .Set("phash", HashHex(f.phash))
      .Set("pdq", Json().Set("hash", HashHex(f.pdq.hash)).Set("quality", f.pdq.quality))
      .Set("colour", Json().Set("bins", std::move(bins)).Set("total", feature::kColourTotal))
      .Set("layout", std::move(layout))
      .Set("keypoints", f.local.keypoints.size())
      .Set("low_information", f.low_information)
      .Set("quality", ToJson(f.quality, std::nullopt))
      .Set("has_alpha", analysis.info.has_alpha)
      .Set("grey", analysis.info.grey)
      .Set("bits_per_sample", analysis.info.bits_per_sample)
      .Set("progressive", analysis.info.progressive)
      .Set("truncated", analysis.info.truncated)
      .Set("orientation", analysis.info.orientation);
  SetText(out, "colour_profile", analysis.info.colour_profile);
  out.Set("placeholder", Base64(AsText(analysis.placeholder))).Set("metadata", MetadataJson(analysis.metadata));
  Json micro = Json()
                   .Set("decode", analysis.decode_us)
                   .Set("hash", analysis.hash_us)
                   .Set("colour", analysis.colour_us)
                   .Set("local", analysis.local_us);
  return out.Set("cpu_microseconds", std::move(micro));
}

std::string LayoutToJson(const std::vector<catalog::Catalog::LayoutRow>& rows) {
  std::string out = fmt::format("{{\"total\":{},\"ids\":[", rows.size());
  auto to = std::back_inserter(out);
  for (size_t i = 0; i < rows.size(); ++i) fmt::format_to(to, "{}{}", i ? "," : "", rows[i].id);
  out += "],\"ratios\":[";
  for (size_t i = 0; i < rows.size(); ++i) {
    uint64_t height = std::max(rows[i].height, 1u);
    fmt::format_to(to, "{}{}", i ? "," : "",
                   std::max<uint64_t>(1, (uint64_t{rows[i].width} * 1000 + height / 2) / height));
  }
  out += "],\"months\":[";
  std::string month;
  uint64_t count = 0;
  bool first = true;
  auto flush = [&] {
    if (count == 0) return;
    fmt::format_to(to, "{}{{\"month\":\"{}\",\"count\":{}}}", first ? "" : ",", month, count);
    first = false;
    count = 0;
  };
  for (const auto& row : rows) {
    std::string its = IsoTime(row.sort_at_ms).substr(0, 7);
    if (its != month) flush();
    month = std::move(its);
    ++count;
  }
  flush();
  out += "]}";
  return out;
}

Result<engine::SearchBy> SearchByFromName(std::string_view name) {
  if (name == "all") return engine::SearchBy::kAll;
  if (name == "copy") return engine::SearchBy::kCopy;
  if (name == "colour") return engine::SearchBy::kColour;
  if (name == "look") return engine::SearchBy::kLook;
  if (name == "tags") return engine::SearchBy::kTags;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot search by \"{}\"", CleanText(name, 40)),
              "search by all, copy, colour, look or tags");
}

Result<catalog::DecisionKind> DecisionKindFromName(std::string_view name) {
  for (int i = 1; i <= 4; ++i) {
    if (name == Name(catalog::DecisionKind(i))) return catalog::DecisionKind(i);
  }
  return Fail(ErrorCode::kInvalidArgument, fmt::format("no decision is called \"{}\"", CleanText(name, 40)),
              "say duplicate, alternate, not_duplicate or keep_both");
}

std::string_view Name(catalog::DecisionKind kind) {
  switch (kind) {
    case catalog::DecisionKind::kDuplicate:
      return "duplicate";
    case catalog::DecisionKind::kAlternate:
      return "alternate";
    case catalog::DecisionKind::kNotDuplicate:
      return "not_duplicate";
    case catalog::DecisionKind::kKeepBoth:
      return "keep_both";
  }
  return "";
}

Result<uint32_t> ParseColour(std::string_view text) {
  std::string_view digits = text.starts_with('#') ? text.substr(1) : text;
  Result<Bytes> bytes = FromHex(digits);
  if (!bytes || bytes->size() != 3) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not a colour", CleanText(text, 40)),
                "write it as #rrggbb, e.g. #ff8800");
  }
  return uint32_t{(*bytes)[0]} << 16 | uint32_t{(*bytes)[1]} << 8 | (*bytes)[2];
}

Result<std::vector<std::string>> CleanTags(const std::vector<std::string>& tags, const Limits& limits) {
  if (tags.size() > limits.tags_max) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{} tags are more than {}", tags.size(), limits.tags_max),
                "raise limits.tags_max to allow it");
  }
  std::vector<std::string> out;
  for (const std::string& tag : tags) {
    if (tag.size() > limits.tag_bytes_max) {
      return Fail(ErrorCode::kLimitExceeded, fmt::format("a tag has more than {} bytes", limits.tag_bytes_max),
                  "raise limits.tag_bytes_max to allow it");
    }
    std::string clean = CleanText(tag, limits.tag_bytes_max);
    if (!clean.empty()) out.push_back(std::move(clean));
  }
  return out;
}

}  // namespace likeness::http
