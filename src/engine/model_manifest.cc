#include "engine/model_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "index/embedding.h"

namespace likeness::engine {

extern const char kBuiltInModels[];

namespace {

namespace json = boost::json;
using feature::EmbeddingOutput;
using feature::ImageInput;
using feature::ModelRole;

struct RoleName {
  ModelRole role;
  std::string_view name;
};
constexpr RoleName kRoles[] = {{ModelRole::kImageText, "image_text"},
                               {ModelRole::kImage, "image"},
                               {ModelRole::kScenes, "scenes"},
                               {ModelRole::kObjects, "objects"},
                               {ModelRole::kQuality, "quality"}};

bool IsPlainName(std::string_view name, size_t size_max) {
  if (name.empty() || name.size() > size_max || !std::isalnum(static_cast<unsigned char>(name[0]))) return false;
  return std::ranges::all_of(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-'; });
}

// One object of the manifest. What is wrong is kept, the first of it; members that nobody asked for are wrong.
class Members {
 public:
  Members(const json::object& object, std::string place, std::optional<Error>* error)
      : object_(object), place_(std::move(place)), error_(error) {}

  std::string Text(std::string_view name, bool required, size_t bytes_max = 200, std::string otherwise = {}) {
    const json::value* value = Look(name, required);
    if (value == nullptr) return otherwise;
    if (!value->is_string() || value->get_string().size() > bytes_max) {
      Fault(name, fmt::format("expected a string of at most {} bytes", bytes_max));
      return otherwise;
    }
    return CleanText(std::string_view(value->get_string().data(), value->get_string().size()), bytes_max);
  }
  double Number(std::string_view name, double otherwise, double min, double max) {
    const json::value* value = Look(name, false);
    return value == nullptr ? otherwise : AsNumber(*value, name, min, max);
  }
  int64_t Whole(std::string_view name, bool required, int64_t otherwise, int64_t min, int64_t max) {
    const json::value* value = Look(name, required);
    if (value == nullptr) return otherwise;
    if (value->is_int64() && value->get_int64() >= min && value->get_int64() <= max) return value->get_int64();
    Fault(name, fmt::format("expected a whole number from {} to {}", min, max));
    return otherwise;
  }
  bool Flag(std::string_view name) {
    const json::value* value = Look(name, false);
    if (value != nullptr && !value->is_bool()) Fault(name, "expected true or false");
    return value != nullptr && value->is_bool() && value->get_bool();
  }
  // The index of one of `choices`; 0 if absent.
  size_t Choice(std::string_view name, bool required, const std::vector<std::string_view>& choices) {
    const std::string text = Text(name, required, 40, std::string(choices[0]));
    auto found = std::ranges::find(choices, text);
    if (found == choices.end()) Fault(name, fmt::format("\"{}\" is none of {}", text, fmt::join(choices, ", ")));
    return found == choices.end() ? 0 : static_cast<size_t>(found - choices.begin());
  }
  std::array<float, 3> Three(std::string_view name, std::array<float, 3> otherwise) {
    const json::array* array = Array(name, false, 3, 3);
    for (size_t i = 0; array != nullptr && i < 3; ++i)
      otherwise[i] = static_cast<float>(AsNumber((*array)[i], name, -1e6, 1e6));
    return otherwise;
  }
  const json::array* Array(std::string_view name, bool required, size_t count_min, size_t count_max) {
    const json::value* value = Look(name, required);
    if (value == nullptr) return nullptr;
    if (value->is_array() && value->get_array().size() >= count_min && value->get_array().size() <= count_max)
      return &value->get_array();
    Fault(name, fmt::format("expected an array of {} to {}", count_min, count_max));
    return nullptr;
  }
  std::optional<Members> Object(std::string_view name, bool required) {
    const json::value* value = Look(name, required);
    if (value == nullptr) return std::nullopt;
    if (!value->is_object()) {
      Fault(name, "expected an object");
      return std::nullopt;
    }
    return Members(value->get_object(), fmt::format("{}/{}", place_, name), error_);
  }
  void Fault(std::string_view name, std::string what) {
    if (!*error_) *error_ = Error{ErrorCode::kInvalidArgument, fmt::format("{}/{}: {}", place_, name, what), {}};
  }
  void Finish() {
    for (const json::key_value_pair& member : object_) {
      std::string_view name(member.key().data(), member.key().size());
      if (std::ranges::find(known_, name) == known_.end()) Fault(CleanText(name, 60), "no such member");
    }
  }
  const std::string& place() const { return place_; }

 private:
  const json::value* Look(std::string_view name, bool required) {
    known_.emplace_back(name);
    const json::value* value = object_.if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr && required) Fault(name, "required");
    return value;
  }
  double AsNumber(const json::value& value, std::string_view name, double min, double max) {
    double number = value.is_double()   ? value.get_double()
                    : value.is_int64()  ? static_cast<double>(value.get_int64())
                    : value.is_uint64() ? static_cast<double>(value.get_uint64())
                                        : std::nan("");
    if (number >= min && number <= max) return number;
    Fault(name, fmt::format("expected a number from {} to {}", min, max));
    return 0;
  }

  const json::object& object_;
  const std::string place_;
  std::optional<Error>* const error_;
  std::vector<std::string> known_;
};

bool IsAllowedUrl(std::string_view url) {
  for (std::string_view prefix : {"https://", "http://127.0.0.1:", "http://[::1]:"})
    if (url.starts_with(prefix)) return url.find_first_of(" \t\r\n\"<>@") == std::string_view::npos;
  return false;
}

class Reader {
 public:
  Result<ModelManifest> Read(std::string_view text) {
    if (text.size() > kManifestBytesMax)
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("a manifest of {} bytes; {} are possible", text.size(), kManifestBytesMax));
    json::error_code code;
    json::parse_options options;
    options.max_depth = 8;
    json::value value = json::parse(json::string_view(text.data(), text.size()), code, {}, options);
    if (code || !value.is_object())
      return Fail(ErrorCode::kInvalidArgument, "the manifest is no JSON object",
                  "docs/formats/model.md says what it holds");
    manifest_.text = text;
    Members top(value.get_object(), "", &error_);
    ReadTop(top);
    top.Finish();
    if (error_) return std::unexpected(std::move(*error_));
    return std::move(manifest_);
  }

 private:
  void ReadTop(Members& top) {
    top.Whole("manifest", true, 1, 1, 1);
    manifest_.name = top.Text("name", true, 64);
    if (!IsPlainName(manifest_.name, 64) ||
        std::ranges::any_of(manifest_.name, [](char c) { return std::isupper(static_cast<unsigned char>(c)); }))
      top.Fault("name", "expected a-z, 0-9, . _ -, with a letter or digit in front");
    manifest_.title = top.Text("title", true, 200);
    manifest_.licence = top.Text("licence", true, 400);
    manifest_.about = top.Text("about", false, 1000);
    feature::ModelSpec& spec = manifest_.spec;
    spec.name = manifest_.name;
    spec.role = kRoles[top.Choice("role", true, {"image_text", "image", "scenes", "objects", "quality"})].role;
    ReadFiles(top);
    if (spec.role != ModelRole::kQuality)
      if (auto image = top.Object("image", true)) ReadImage(*image);
    const bool has_vector = spec.role == ModelRole::kImageText || spec.role == ModelRole::kImage;
    if (has_vector) {
      if (auto vector = top.Object("embedding", true)) spec.embedding = ReadVector(*vector, true);
      if (auto vector = top.Object("looks", false)) spec.looks = ReadVector(*vector, true);
    }
    if (spec.role == ModelRole::kImageText)
      if (auto text = top.Object("text", true)) ReadText(*text);
    if (spec.role == ModelRole::kScenes)
      if (auto scenes = top.Object("scenes", true)) ReadScenes(*scenes);
    if (spec.role == ModelRole::kObjects)
      if (auto objects = top.Object("objects", true)) ReadObjects(*objects);
    if (spec.role == ModelRole::kQuality)
      if (auto quality = top.Object("quality", true)) ReadQuality(*quality);
    if (spec.text && spec.embedding && spec.text->embedding.dimension != spec.embedding->dimension)
      top.Fault("text/dimension", "words and pictures have to share one space");
  }

  void ReadFiles(Members& top) {
    const json::array* files = top.Array("files", true, 1, 32);
    for (size_t i = 0; files != nullptr && i < files->size(); ++i) {
      if (!(*files)[i].is_object()) return top.Fault(fmt::format("files/{}", i), "expected an object");
      Members members((*files)[i].get_object(), fmt::format("/files/{}", i), &error_);
      ModelFile file;
      file.path = members.Text("path", true, 100);
      if (!IsPlainName(file.path, 100) || file.path == "model.json")
        members.Fault("path", fmt::format("\"{}\" is no plain file name", file.path));
      if (std::ranges::find(manifest_.files, file.path, &ModelFile::path) != manifest_.files.end())
        members.Fault("path", "named twice");
      file.url = members.Text("url", false, 1000);
      if (!file.url.empty() && !IsAllowedUrl(file.url))
        members.Fault("url", "expected an address that begins with https://");
      file.mirror = members.Text("mirror", false, 200, manifest_.name + "/" + file.path);
      if (file.mirror.starts_with('/') || file.mirror.find("..") != std::string::npos)
        members.Fault("mirror", "expected a path inside the mirror folder");
      file.sha256 = members.Text("sha256", false, 64);
      if (!file.sha256.empty() &&
          (file.sha256.size() != 64 || file.sha256.find_first_not_of("0123456789abcdef") != std::string::npos))
        members.Fault("sha256", "expected 64 hexadecimal digits in lower case");
      file.size_bytes = static_cast<uint64_t>(members.Whole("size_bytes", false, 0, 1, int64_t{1} << 40));
      if (members.Flag("data")) manifest_.spec.data_files.push_back(file.path);
      members.Finish();
      manifest_.files.push_back(std::move(file));
    }
  }

  // A file that the manifest lists.
  std::string FileName(Members& members, std::string_view name, bool required) {
    std::string path = members.Text(name, required, 100);
    if (!path.empty() && std::ranges::find(manifest_.files, path, &ModelFile::path) == manifest_.files.end())
      members.Fault(name, fmt::format("\"{}\" is not among the files", path));
    return path;
  }

  void ReadImage(Members& members) {
    feature::ImageNetwork& image = manifest_.spec.image;
    ImageInput& pixels = image.pixels;
    image.file = FileName(members, "file", true);
    image.input = members.Text("input", true);
    pixels.width = static_cast<int>(members.Whole("width", false, 224, 16, 2048));
    pixels.height = static_cast<int>(members.Whole("height", false, 224, 16, 2048));
    pixels.fit = static_cast<ImageInput::Fit>(members.Choice("fit", false, {"short_side", "squash", "letterbox"}));
    pixels.resize_side = static_cast<int>(members.Whole("resize_side", false, pixels.height, 16, 4096));
    constexpr ImageInput::Filter kFilters[] = {ImageInput::Filter::kBicubic, ImageInput::Filter::kBilinear,
                                               ImageInput::Filter::kLinear};
    pixels.filter = kFilters[members.Choice("filter", false, {"bicubic", "bilinear", "linear"})];
    pixels.bgr = members.Choice("channels", false, {"rgb", "bgr"}) == 1;
    pixels.scale = static_cast<float>(members.Number("scale", 1.0 / 255, 1e-6, 1e6));
    pixels.mean = members.Three("mean", {0, 0, 0});
    pixels.deviation = members.Three("deviation", {1, 1, 1});
    for (float value : pixels.deviation)
      if (!(value > 0)) members.Fault("deviation", "expected numbers above 0");
    pixels.fill = static_cast<float>(members.Number("fill", 114, 0, 255));
    image.batch_max = static_cast<size_t>(members.Whole("batch_max", false, 8, 1, 256));
    members.Finish();
  }

  EmbeddingOutput ReadVector(Members& members, bool finish) {
    EmbeddingOutput out;
    out.output = members.Text("output", true);
    out.dimension = static_cast<size_t>(
        members.Whole("dimension", true, 0, index::kEmbeddingDimensionMin, index::kEmbeddingDimensionMax));
    out.inner = members.Flag("inner");
    if (finish) members.Finish();
    return out;
  }

  void ReadText(Members& members) {
    feature::TextNetwork& text = manifest_.spec.text.emplace();
    text.file = FileName(members, "file", true);
    text.input = members.Text("input", true);
    text.tokenizer =
        static_cast<feature::TokenizerKind>(members.Choice("tokenizer", true, {"clip_bpe", "word_list", "word_piece"}));
    text.vocabulary = FileName(members, "vocabulary", true);
    text.context_length = static_cast<size_t>(members.Whole("context_length", false, 77, 2, 1024));
    text.padding = members.Whole("padding", false, 0, 0, 1 << 24);
    text.embedding = ReadVector(members, false);
    text.mean = members.Flag("mean");
    text.logit_scale = static_cast<float>(members.Number("logit_scale", 100, 1, 1000));
    text.projection = FileName(members, "projection", false);
    if (const json::array* templates = members.Array("templates", false, 1, 100)) {
      text.templates.clear();
      for (const json::value& value : *templates) {
        const bool good = value.is_string() && value.get_string().size() <= 200 &&
                          value.get_string().find("{}") != json::string::npos;
        if (!good) return members.Fault("templates", "expected sentences with {} in the place of the words");
        text.templates.emplace_back(value.get_string().data(), value.get_string().size());
      }
    }
    members.Finish();
  }

  void ReadScenes(Members& members) {
    feature::SceneOutput& scenes = manifest_.spec.scenes.emplace();
    scenes.output = members.Text("output", true);
    scenes.logits = members.Flag("logits");
    scenes.labels = FileName(members, "labels", true);
    scenes.indoor = FileName(members, "indoor", false);
    members.Finish();
  }

  void ReadQuality(Members& members) {
    feature::QualityOutput& quality = manifest_.spec.quality.emplace();
    quality.model = FileName(members, "model", true);
    quality.ranges = FileName(members, "ranges", true);
    members.Finish();
  }

  void ReadObjects(Members& members) {
    feature::ObjectOutput& objects = manifest_.spec.objects.emplace();
    objects.output = members.Text("output", true);
    objects.labels = FileName(members, "labels", true);
    if (const json::array* strides = members.Array("strides", false, 1, 8)) {
      objects.strides.clear();
      for (const json::value& value : *strides) {
        if (!value.is_int64() || value.get_int64() < 1 || value.get_int64() > 512)
          return members.Fault("strides", "expected whole numbers from 1 to 512");
        objects.strides.push_back(static_cast<int>(value.get_int64()));
      }
    }
    objects.overlap_max = static_cast<float>(members.Number("overlap_max", 0.45, 0, 1));
    members.Finish();
  }

  ModelManifest manifest_;
  std::optional<Error> error_;
};

}  // namespace

std::string_view Name(ModelRole role) {
  return std::ranges::find(kRoles, role, &RoleName::role)->name;
}

Result<ModelRole> ModelRoleFromName(std::string_view name) {
  auto found = std::ranges::find(kRoles, name, &RoleName::name);
  if (found != std::end(kRoles)) return found->role;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("no role is called \"{}\"", CleanText(name, 40)),
              "use image_text, image, scenes, objects or quality");
}

Result<ModelManifest> ParseModelManifest(std::string_view text) {
  return Reader().Read(text);
}

std::string CompletedManifest(const ModelManifest& manifest, const std::vector<ModelFile>& files) {
  json::value value = json::parse(manifest.text);
  json::array& list = value.as_object().at("files").as_array();
  for (size_t i = 0; i < files.size(); ++i) {
    list[i].as_object()["sha256"] = files[i].sha256;
    list[i].as_object()["size_bytes"] = files[i].size_bytes;
  }
  return json::serialize(value);
}

const std::vector<ModelManifest>& BuiltInManifests() {
  static const std::vector<ModelManifest> manifests = [] {
    std::vector<ModelManifest> out;
    json::value all = json::parse(kBuiltInModels);
    for (const json::value& one : all.as_array()) {
      Result<ModelManifest> manifest = ParseModelManifest(json::serialize(one));
      // A test reads each; one that is wrong would be a defect of the build.
      if (manifest) out.push_back(std::move(*manifest));
    }
    return out;
  }();
  return manifests;
}

}  // namespace likeness::engine
