#include "engine/meaning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/files.h"
#include "base/log.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;
using feature::ModelRole;

constexpr ModelRole kAllRoles[] = {ModelRole::kImageText, ModelRole::kImage, ModelRole::kScenes, ModelRole::kObjects,
                                   ModelRole::kQuality};
constexpr size_t kFeedPage = 4096;

bool HasVectors(ModelRole role) {
  return role == ModelRole::kImageText || role == ModelRole::kImage;
}

catalog::JobRole JobOf(ModelRole role) {
  return static_cast<catalog::JobRole>(static_cast<uint8_t>(role) + 1);
}

// Errors of a model say which one and for what.
Error WithoutModel(ModelRole role) {
  const char* what = role == ModelRole::kImageText ? "words" : "look-alikes";
  return {ErrorCode::kFailedPrecondition, fmt::format("no model for {} is in use", what),
          "fetch one: likeness models pull clip-vit-b-32 (see likeness models list)"};
}

bool BringToLengthOne(std::vector<float>& vector) {
  double square = 0;
  for (float value : vector) square += double(value) * value;
  if (square < 1e-12) return false;
  const auto scale = static_cast<float>(1 / std::sqrt(square));
  for (float& value : vector) value *= scale;
  return true;
}

std::vector<index::EmbeddingHit> Nearest(const index::EmbeddingIndex& index, std::vector<float> query, size_t count,
                                         size_t expand, const Meaning::Allowed& allowed = std::nullopt) {
  if (expand > 0) {
    std::vector<float> sum = query;
    for (const index::EmbeddingHit& hit : index.Search(query, expand)) {
      const std::optional<std::vector<float>> vector = index.Find(hit.id);
      if (!vector || hit.score <= 0) continue;
      const float weight = hit.score * hit.score * hit.score;
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += weight * (*vector)[i];
    }
    if (BringToLengthOne(sum)) query = std::move(sum);
  }
  return index.Search(query, count, allowed);
}

}  // namespace

Meaning::Meaning(Parts parts) : parts_(std::move(parts)), store_(parts_.models) {}

Meaning::~Meaning() {
  Stop();
}

Meaning::SharedSpace Meaning::OpenSpace(ModelRole role, const std::string& model, const std::string& fingerprint) {
  Result<std::string> installed = store_.Fingerprint(model);
  Result<feature::ModelSpec> spec = store_.GetSpec(model);
  if (!installed || *installed != fingerprint || !spec || spec->role != role) return nullptr;
  auto space = std::make_shared<Space>();
  space->model = model;
  space->fingerprint = fingerprint;
  if (!HasVectors(role) || !spec->embedding) return space;
  const auto load = [&](const char* name, size_t dimension) -> std::shared_ptr<index::EmbeddingIndex> {
    if (dimension < index::kEmbeddingDimensionMin || dimension > index::kEmbeddingDimensionMax) return nullptr;
    auto index = std::make_shared<index::EmbeddingIndex>(dimension);
    Result<uint64_t> applied = index->Load(parts_.indexes / fingerprint / name);
    if (!applied) {
      if (applied.error().code != ErrorCode::kNotFound)
        Log(LogLevel::kWarning, "embeddings_lost", {{"model", model}, {"error", applied.error().Text()}});
      space->fresh = true;
      return std::make_shared<index::EmbeddingIndex>(dimension);
    }
    for (uint64_t after = *applied;;) {
      Result<std::vector<catalog::FeedRow>> rows = parts_.catalog->ReadFeed(after, kFeedPage);
      if (!rows || rows->empty()) break;
      for (const catalog::FeedRow& row : *rows)
        if (row.operation == catalog::FeedOperation::kDelete) index->Remove(row.image);
      after = rows->back().sequence;
    }
    return index;
  };
  if (spec->text) space->joint = load("joint", spec->embedding->dimension);
  if (spec->looks || !spec->text)
    space->looks = load("looks", spec->looks ? spec->looks->dimension : spec->embedding->dimension);
  else
    space->looks = space->joint;
  return space->looks == nullptr ? nullptr : space;
}

Status Meaning::Switch(ModelRole role, const std::string& model, const std::string& fingerprint) {
  Role& state = Of(role);
  catalog::RoleRow known;
  LK_ASSIGN(std::vector<catalog::RoleRow> rows, parts_.catalog->ListRoles());
  for (const catalog::RoleRow& row : rows)
    if (row.role == JobOf(role)) known = row;
  catalog::RoleRow row{.role = JobOf(role), .model = model, .fingerprint = fingerprint};
  SharedSpace next = model.empty() ? nullptr : OpenSpace(role, model, fingerprint);
  if (next == nullptr) row.model = row.fingerprint = "";
  SharedSpace before = state.now;
  if (next != nullptr && HasVectors(role) && before == nullptr) {
    // Not in memory: what answered when the folder was closed.
    if (!known.serving_fingerprint.empty())
      before = OpenSpace(role, known.serving_model, known.serving_fingerprint);
    else if (!known.fingerprint.empty() && known.fingerprint != fingerprint)
      before = OpenSpace(role, known.model, known.fingerprint);
  }
  const bool keeps = next != nullptr && HasVectors(role) && before != nullptr && before->fingerprint != fingerprint &&
                     before->looks->size() > 0;
  if (keeps) {
    row.serving_model = before->model;
    row.serving_fingerprint = before->fingerprint;
  }
  if (known.fingerprint != row.fingerprint || known.serving_fingerprint != row.serving_fingerprint ||
      (next != nullptr && next->fresh))
    LK_TRY(parts_.catalog->FillJobs(row, next != nullptr && next->fresh));
  state.next = next;
  state.now = keeps ? before : next;
  state.unsaved.clear();
  state.fault.reset();
  return {};
}

// REQUIRES: mutex_ held.
Status Meaning::FollowFeed() {
  if (!parts_.catalog->writable()) return {};
  LK_ASSIGN(const std::vector<catalog::FeedRow> news, parts_.catalog->ReadFeed(filled_until_, 1));
  if (news.empty()) return {};
  LK_ASSIGN(const catalog::Totals totals, parts_.catalog->CountAll());
  LK_ASSIGN(const std::vector<catalog::RoleRow> rows, parts_.catalog->ListRoles());
  for (const catalog::RoleRow& row : rows)
    if (!row.fingerprint.empty()) LK_TRY(parts_.catalog->FillJobs(row, false));
  filled_until_ = totals.feed_sequence;
  return {};
}

Status Meaning::Refresh() {
  std::lock_guard guard(mutex_);
  LK_ASSIGN(const auto in_use, store_.InUse());
  for (ModelRole role : kAllRoles) {
    std::string model, fingerprint;
    const bool gives_tags = role == ModelRole::kScenes || role == ModelRole::kObjects;
    const bool wanted = !gives_tags || parts_.tags.enabled;
    if (auto found = in_use.find(role); wanted && found != in_use.end()) {
      model = found->second;
      fingerprint = store_.Fingerprint(model).value_or("");
      if (fingerprint.empty()) model.clear();
    }
    const Role& state = Of(role);
    const std::string held = state.next == nullptr ? "" : state.next->fingerprint;
    if (refreshed_ && held == fingerprint) continue;
    LK_TRY(Switch(role, model, fingerprint));
    // One process has the folder: leases from before are those of one that died.
    if (!refreshed_ && !model.empty()) LK_TRY(parts_.catalog->ReleaseJobs(JobOf(role), {}));
  }
  refreshed_ = true;
  return FollowFeed();
}

Result<std::shared_ptr<const ModelSet>> Meaning::Networks(ModelRole role, Space& space) {
  std::lock_guard guard(space.mutex);
  if (space.fault) return std::unexpected(*space.fault);
  if (space.networks != nullptr) return space.networks;
  const auto open = [&]() -> Result<std::shared_ptr<const ModelSet>> {
    LK_ASSIGN(auto runtime, feature::ModelRuntime::Open({}));
    auto set = ModelSet::OpenThese(store_, {{role, space.model}}, std::move(runtime), stop_);
    if (!set->faults().empty()) return std::unexpected(set->faults()[0].error);
    return set;
  };
  Result<std::shared_ptr<const ModelSet>> opened = open();
  if (opened)
    space.networks = *opened;
  else if (opened.error().code != ErrorCode::kCancelled)
    space.fault = opened.error();
  return opened;
}

Result<Meaning::SharedSpace> Meaning::Answering(ModelRole role) {
  LK_TRY(Refresh());
  std::lock_guard guard(mutex_);
  if (Of(role).now == nullptr) return std::unexpected(WithoutModel(role));
  return Of(role).now;
}

Meaning::SharedSpace Meaning::LooksSpace(ModelRole& role) {
  std::lock_guard guard(mutex_);
  role = Of(ModelRole::kImage).now != nullptr ? ModelRole::kImage : ModelRole::kImageText;
  return Of(role).now;
}

feature::ModelRole Meaning::LooksRole() {
  ModelRole role{};
  (void)LooksSpace(role);
  return role;
}

Result<std::vector<index::EmbeddingHit>> Meaning::FindByWords(const std::vector<std::string>& plus,
                                                              const std::vector<std::string>& minus, size_t count,
                                                              const Allowed& allowed) {
  LK_ASSIGN(SharedSpace space, Answering(ModelRole::kImageText));
  LK_ASSIGN(auto networks, Networks(ModelRole::kImageText, *space));
  std::vector<float> sum(networks->text()->dimension(), 0.0f);
  const auto add = [&](const std::vector<std::string>& words, float sign) -> Status {
    for (const std::string& text : words) {
      LK_ASSIGN(const feature::Embedding vector, networks->text()->Encode(text));
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += sign * vector[i];
    }
    return {};
  };
  LK_TRY(add(plus, 1));
  LK_TRY(add(minus, -1));
  if (!BringToLengthOne(sum)) return Fail(ErrorCode::kInvalidArgument, "the words cancel each other out");
  return space->joint->Search(sum, count, allowed);
}

Result<std::vector<index::EmbeddingHit>> Meaning::FindAlike(ImageId id, size_t count, size_t expand,
                                                            const Allowed& allowed) {
  LK_TRY(Refresh());
  ModelRole role{};
  const SharedSpace space = LooksSpace(role);
  if (space == nullptr) return std::unexpected(WithoutModel(ModelRole::kImage));
  const std::optional<std::vector<float>> vector = space->looks->Find(id);
  if (!vector)
    return Fail(ErrorCode::kNotFound,
                fmt::format("the model {} has not looked at image {} yet", space->model, id.value),
                "let the queue be worked off: likeness models apply, or a running server");
  return Nearest(*space->looks, *vector, count, expand, allowed);
}

Result<std::vector<index::EmbeddingHit>> Meaning::FindAlike(const image::Bitmap& picture, size_t count, size_t expand) {
  LK_TRY(Refresh());
  ModelRole role{};
  const SharedSpace space = LooksSpace(role);
  if (space == nullptr) return std::unexpected(WithoutModel(ModelRole::kImage));
  LK_ASSIGN(auto networks, Networks(role, *space));
  const feature::ImageEncoder* encoder = role == ModelRole::kImage ? networks->image() : networks->image_text();
  LK_ASSIGN(const std::vector<feature::ImageEmbedding> vectors, encoder->Encode({&picture, 1}));
  return Nearest(*space->looks, vectors[0].looks, count, expand);
}

void Meaning::Remove(ImageId id) {
  std::lock_guard guard(mutex_);
  for (Role& role : roles_)
    for (const SharedSpace& space : {role.now, role.next})
      if (space != nullptr)
        for (const auto& index : {space->joint, space->looks})
          if (index != nullptr) index->Remove(id);
}

uint64_t Meaning::Waiting(ModelRole role) {
  Result<catalog::JobCounts> counts = parts_.catalog->CountJobs(JobOf(role));
  return counts ? counts->waiting : 0;
}

std::vector<RoleStatus> Meaning::DescribeRoles() {
  std::vector<RoleStatus> out;
  if (Status refreshed = Refresh(); !refreshed) {
    Log(LogLevel::kWarning, "models_not_followed", {{"error", refreshed.error().Text()}});
    return out;
  }
  std::lock_guard guard(mutex_);
  for (ModelRole role : kAllRoles) {
    const Role& state = Of(role);
    if (state.next == nullptr) continue;
    RoleStatus status{.role = std::string(Name(role)), .model = state.next->model};
    if (Result<catalog::JobCounts> counts = parts_.catalog->CountJobs(JobOf(role))) {
      const uint64_t unsaved = std::min<uint64_t>(counts->waiting, state.unsaved.size());
      status.waiting = counts->waiting - unsaved;
      status.failed = counts->failed;
      status.error = counts->error;
    }
    if (state.next->looks != nullptr) status.vectors = state.next->looks->size();
    if (state.now != state.next) status.answering_model = state.now->model;
    if (state.fault) status.error = state.fault->Text();
    out.push_back(std::move(status));
  }
  if (!parts_.tags.words.empty() && parts_.tags.enabled && Of(ModelRole::kImageText).next != nullptr) {
    RoleStatus status{.role = "words", .model = Of(ModelRole::kImageText).next->model};
    if (Result<catalog::JobCounts> counts = parts_.catalog->CountJobs(catalog::JobRole::kWords)) {
      status.waiting = counts->waiting;
      status.failed = counts->failed;
      status.error = counts->error;
    }
    out.push_back(std::move(status));
  }
  return out;
}

}  // namespace likeness::engine
