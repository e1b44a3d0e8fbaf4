// What two pictures are to each other, and where their pixels differ: of stored images, of uploaded files, and for the
// owner of files of this machine.
#include <fmt/format.h>

#include <chrono>

#include "answer/pair_json.h"
#include "base/text.h"
#include "codec/encode.h"
#include "codec/encode_animation.h"
#include "compare/signals.h"
#include "dedupe/verdict.h"
#include "engine/closer_look.h"
#include "engine/folder_comparison.h"
#include "http/difference_json.h"
#include "http/routes.h"
#include "http/url.h"

namespace likeness::http {
namespace {

constexpr int64_t kIdMax = int64_t{1} << 60;

// One side of a comparison: a stored image or a file.
struct Side {
  ImageId id;
  std::string name;  // of a file
  Bytes bytes;       // of a file
};

struct CompareRequest {
  Side a, b;
  bool verdict = true;
  std::optional<DifferenceFields> difference;
};

Result<Side> StoredSide(Context& context, int64_t number) {
  if (!context.api.options.library)
    return Fail(ErrorCode::kFailedPrecondition, "comparing by id needs a data folder, and none is open",
                "name one with --data DIR");
  Side side;
  side.id = ImageId{static_cast<uint64_t>(number)};
  LK_TRY(AuthorizeImage(context, Action::kSeeImage, side.id));
  return side;
}

Result<Side> FileSide(Context& context, const std::string& path) {
  Side side;
  side.name = CleanText(path, 4096);
  LK_ASSIGN(side.bytes, ReadFile(path, context.limits().file_bytes_max));
  return side;
}

Result<Side> PartSide(Context& context, const char* name) {
  const Part* part = FindPart(context.request, name);
  if (part == nullptr)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("no part is named `{}`", name),
                "send a picture file, or a field with an id");
  if (part->is_file) {
    Side side;
    side.name = CleanFileName(part->file_name, context.limits().name_bytes_max);
    LK_ASSIGN(side.bytes, ReadPart(*part, context.limits()));
    return side;
  }
  Request fields;
  fields.query[name] = FieldText(context.request, name);
  LK_ASSIGN(const int64_t number, QueryInt(fields, name, 0, 1, kIdMax));
  return StoredSide(context, number);
}

// The members besides a and b.
Status ReadOptions(Fields& fields, CompareRequest& request, bool local) {
  request.verdict = fields.Bool("verdict").value_or(true);
  const Json* difference = fields.Any("difference");
  LK_TRY(fields.Finish());
  if (difference != nullptr && !difference->is_null()) {
    LK_ASSIGN(request.difference, ReadDifference(*difference, "/difference", local));
  }
  if (!request.verdict && !request.difference)
    return Fail(ErrorCode::kInvalidArgument, "/verdict: false leaves nothing to tell without /difference");
  return {};
}

Result<CompareRequest> ReadJsonRequest(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  auto a = fields.Int("a", 1, kIdMax), b = fields.Int("b", 1, kIdMax);
  for (const char* each : {"a", "b"}) fields.Require(each);
  CompareRequest request;
  LK_TRY(ReadOptions(fields, request, false));
  LK_ASSIGN(request.a, StoredSide(context, *a));
  LK_ASSIGN(request.b, StoredSide(context, *b));
  return request;
}

Result<CompareRequest> ReadUpload(Context& context) {
  CompareRequest request;
  const std::string text = FieldText(context.request, "options");
  LK_ASSIGN(const Json options, text.empty() ? Json::MakeObject() : ParseJson(text));
  Fields fields(options);
  LK_TRY(ReadOptions(fields, request, false));
  LK_ASSIGN(request.a, PartSide(context, "a"));
  LK_ASSIGN(request.b, PartSide(context, "b"));
  if (const Part* mask = FindPart(context.request, "mask"); mask != nullptr && request.difference) {
    LK_ASSIGN(request.difference->request.mask, ReadPart(*mask, context.limits()));
  }
  return request;
}

Result<Side> LocalSide(Context& context, const Json& value, const char* name) {
  Fields fields(value, fmt::format("/{}", name));
  auto id = fields.Int("id", 1, kIdMax);
  auto path = fields.String("path");
  if (id.has_value() == path.has_value()) fields.Fault("id", "expected either id or path");
  LK_TRY(fields.Finish());
  return id ? StoredSide(context, *id) : FileSide(context, *path);
}

Result<CompareRequest> ReadLocalRequest(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  for (const char* each : {"a", "b"}) fields.Require(each);
  fields.Any("a");
  fields.Any("b");
  CompareRequest request;
  LK_TRY(ReadOptions(fields, request, true));
  LK_ASSIGN(request.a, LocalSide(context, body["a"], "a"));
  LK_ASSIGN(request.b, LocalSide(context, body["b"], "b"));
  if (request.difference && !request.difference->mask_path.empty()) {
    LK_ASSIGN(request.difference->request.mask,
              ReadFile(request.difference->mask_path, context.limits().file_bytes_max));
  }
  return request;
}

Result<engine::AnalyzedFile> Analyze(Context& context, const Side& side) {
  sandbox::AnalyzeOptions options;
  options.thumbnails = false;
  options.metadata = false;
  Result<engine::AnalyzedFile> file = context.analyzer().AnalyzeBytes(side.bytes, options);
  if (!file) return std::unexpected(file.error().Within(side.name));
  return file;
}

image::Size SizeOf(const engine::AnalyzedFile& file) {
  return {static_cast<int>(file.analysis.info.width), static_cast<int>(file.analysis.info.height)};
}

Result<image::Size> SizeOf(Context& context, ImageId id) {
  LK_ASSIGN(catalog::ImageRow row, context.library().GetImage(id));
  return image::Size{static_cast<int>(row.width), static_cast<int>(row.height)};
}

dedupe::Verdict CompareSides(const engine::Analyzer& analyzer, const Side& side_a, const engine::AnalyzedFile& a,
                             const Side& side_b, const engine::AnalyzedFile& b) {
  const dedupe::Rules& rules = analyzer.options().rules;
  const feature::Features& match = b.analysis.features;
  const compare::QueryFeatures query{a.analysis.features, a.analysis.phash_variants, a.analysis.local_mirrored};
  compare::PairSignals signals = compare::Compare(query, match);
  signals.same_bytes = a.sha256 == b.sha256;
  return engine::LookCloser(analyzer, dedupe::Decide(signals, rules), query, side_a.bytes, match, side_b.bytes, rules);
}

Result<Json> JudgePair(Context& context, const CompareRequest& request) {
  const Side &a = request.a, &b = request.b;
  dedupe::Verdict verdict;
  image::Size size_a, size_b;
  if (a.id && b.id) {
    LK_ASSIGN(size_a, SizeOf(context, a.id));
    LK_ASSIGN(size_b, SizeOf(context, b.id));
    LK_ASSIGN(verdict, context.library().ComparePair(a.id, b.id));
  } else if (a.id || b.id) {
    // The file is the query whichever side it stands on: only it has its mirrored features. The answer is then about b.
    LK_ASSIGN(engine::AnalyzedFile file, Analyze(context, a.id ? b : a));
    LK_ASSIGN(const image::Size stored, SizeOf(context, a.id ? a.id : b.id));
    size_a = a.id ? stored : SizeOf(file);
    size_b = a.id ? SizeOf(file) : stored;
    LK_ASSIGN(verdict, context.library().CompareWith(file, a.id ? b.bytes : a.bytes, a.id ? a.id : b.id));
  } else {
    LK_ASSIGN(engine::AnalyzedFile file_a, Analyze(context, a));
    LK_ASSIGN(engine::AnalyzedFile file_b, Analyze(context, b));
    size_a = SizeOf(file_a);
    size_b = SizeOf(file_b);
    verdict = CompareSides(context.analyzer(), a, file_a, b, file_b);
  }
  return answer::ComparisonToJson(verdict, size_a, size_b);
}

Result<Bytes> BytesOf(Context& context, const Side& side) {
  if (!side.id) return side.bytes;
  LK_TRY(AuthorizeImage(context, Action::kSeeBytes, side.id));
  return context.library().ReadOriginal(side.id);
}

// An error that says "a: ..." gets the file's name in its place.
Error WithNames(Error error, const CompareRequest& request) {
  for (const auto& [letter, side] : {std::pair{"a: ", &request.a}, std::pair{"b: ", &request.b}})
    if (error.message.starts_with(letter) && !side->name.empty())
      error.message = side->name + ": " + error.message.substr(3);
  return error;
}

Result<Bytes> EncodePicture(const std::vector<image::Bitmap>& frames, codec::Format format) {
  if (format == codec::Format::kGif) return codec::EncodeGifAnimation(frames, engine::kBlinkMs);
  if (format == codec::Format::kWebp) return codec::EncodeWebpAnimation(frames, engine::kBlinkMs);
  return codec::EncodePng(frames[0]);
}

Result<Json> FindDifference(Context& context, const CompareRequest& request) {
  const DifferenceFields& fields = *request.difference;
  LK_ASSIGN(const Bytes a, BytesOf(context, request.a));
  LK_ASSIGN(const Bytes b, BytesOf(context, request.b));
  Result<engine::PictureDifference> found = engine::CompareFiles(context.analyzer(), a, b, fields.request);
  if (!found) return std::unexpected(WithNames(found.error(), request));
  Json out = ToJson(*found);
  if (found->picture.empty()) return out;
  // Its encoder takes many times the pixels, outside of the workers' limits.
  constexpr size_t kBlinkPixelsMax = 25'000'000;
  const size_t pixels = found->picture.front().pixels.size() / 4;
  if (found->picture.size() > 1 && pixels > kBlinkPixelsMax && !context.request.caller.owner())
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("a blink picture of {} megapixels is too large to be made here", pixels / 1'000'000),
                "scale the pictures down, or use the command line");
  LK_ASSIGN(const Bytes bytes, EncodePicture(found->picture, fields.picture_format));
  if (fields.save_path.empty())
    return out.Set("picture",
                   fmt::format("data:{};base64,{}", codec::MimeType(fields.picture_format), Base64(AsText(bytes))));
  LK_TRY(WriteFileAtomically(fields.save_path, bytes));
  return out.Set("saved", CleanText(fields.save_path, 4096));
}

Result<Response> Answer(Context& context, const CompareRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  Json out = Json::MakeObject();
  std::optional<Json> difference;
  if (request.verdict) {
    LK_ASSIGN(out, JudgePair(context, request));
  }
  if (request.difference) {
    LK_ASSIGN(difference, FindDifference(context, request));
  }
  if (!request.verdict) {
    const Json &a = (*difference)["a"], &b = (*difference)["b"];
    out.Set("same_dimensions", a["width"].AsInt() == b["width"].AsInt() && a["height"].AsInt() == b["height"].AsInt());
  }
  if (request.verdict && request.a.id && !request.b.id) out.Set("swapped", true);
  if (difference) out.Set("difference", std::move(*difference));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  return JsonResponse(out.Set("took_ms", took.count()));
}

Result<Response> Compare(Context& context) {
  LK_ASSIGN(CompareRequest request, context.request.parts.empty() ? ReadJsonRequest(context) : ReadUpload(context));
  return Answer(context, request);
}

Result<Response> CompareLocal(Context& context) {
  LK_ASSIGN(CompareRequest request, ReadLocalRequest(context));
  return Answer(context, request);
}

Json PairJson(const engine::FolderPair& pair) {
  Json out = Json().Set("name", CleanText(pair.name, 4096)).Set("status", engine::Name(pair.status));
  if (pair.difference) out.Set("difference", ToJson(*pair.difference));
  if (pair.error) out.Set("error", ToJson(*pair.error));
  return out;
}

Result<Response> CompareFolders(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  for (const char* each : {"a", "b"}) fields.Require(each);
  engine::FolderRequest request;
  request.folder_a = fields.String("a").value_or("");
  request.folder_b = fields.String("b").value_or("");
  request.report = fields.String("report").value_or("");
  const Json* difference = fields.Any("difference");
  LK_TRY(fields.Finish());
  LK_ASSIGN(DifferenceFields options,
            ReadDifference(difference == nullptr ? Json::MakeObject() : *difference, "/difference", true));
  if (!options.save_path.empty())
    return Fail(ErrorCode::kInvalidArgument, "/difference/save: is for one pair", "name a /report");
  if (!options.mask_path.empty()) {
    LK_ASSIGN(options.request.mask, ReadFile(options.mask_path, context.limits().file_bytes_max));
  }
  request.difference = std::move(options.request);
  const auto on_pair = [&](const engine::FolderPair& pair) { context.Emit(Json().Set("pair", PairJson(pair))); };
  LK_ASSIGN(const engine::FolderSummary summary,
            engine::CompareFolders(context.analyzer(), request, context.cancel, on_pair));
  context.Emit(Json().Set("summary", Json()
                                         .Set("pairs", summary.pairs)
                                         .Set("equal", summary.equal)
                                         .Set("different", summary.different)
                                         .Set("only_a", summary.only_a)
                                         .Set("only_b", summary.only_b)
                                         .Set("failed", summary.failed)
                                         .Set("took_ms", summary.took_ms)));
  Response response;
  response.headers.emplace_back("Content-Type", "application/x-ndjson");
  return response;
}

}  // namespace

std::vector<Route> CompareRoutes() {
  return {
      {"POST", "/api/v1/compare", Action::kSearch, Compare, true, false, true},
      {"POST", "/local/v1/compare", Action::kLocal, CompareLocal, false},
      {"POST", "/local/v1/compare/folders", Action::kLocal, CompareFolders, false},
  };
}

}  // namespace likeness::http
