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

constexpr auto kTryAgainAfter = std::chrono::seconds(30);

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
                                         size_t expand, ImageId own, const Meaning::Allowed& allowed = std::nullopt) {
  if (expand > 0) {
    std::vector<float> sum = query;
    size_t added = 0;
    for (const index::EmbeddingHit& hit : index.Search(query, expand + 1)) {
      const std::optional<std::vector<float>> vector = index.Find(hit.id);
      if (hit.id == own || !vector || hit.score <= 0 || added == expand) continue;
      ++added;
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

Result<std::shared_ptr<const ModelSet>> Meaning::Networks(ModelRole role, Space& space) {
  std::lock_guard guard(space.mutex);
  if (space.fault && Clock::now() - space.failed_at < kTryAgainAfter) return std::unexpected(*space.fault);
  if (space.networks != nullptr) return space.networks;
  const auto open = [&]() -> Result<std::shared_ptr<const ModelSet>> {
    LK_ASSIGN(auto runtime, feature::ModelRuntime::Open({}));
    auto set = ModelSet::OpenThese(store_, {{role, space.model}}, std::move(runtime), stop_);
    if (!set->faults().empty()) return std::unexpected(set->faults()[0].error);
    return set;
  };
  Result<std::shared_ptr<const ModelSet>> opened = open();
  space.fault.reset();
  if (opened) {
    space.networks = *opened;
  } else if (opened.error().code != ErrorCode::kCancelled) {
    space.fault = opened.error();
    space.failed_at = Clock::now();
  }
  return opened;
}

void Meaning::RefreshIfIdle(bool with_feed) {
  std::unique_lock work(work_mutex_, std::defer_lock);
  // At first there is nothing to answer with but what this makes.
  if (!refreshed_)
    work.lock();
  else if (!work.try_lock())
    return;
  Status done = Refresh();
  if (done && with_feed) done = FollowFeed();
  if (!done) Log(LogLevel::kWarning, "models_not_followed", {{"error", done.error().Text()}});
}

Result<Meaning::SharedSpace> Meaning::Answering(ModelRole role) {
  RefreshIfIdle(false);
  std::lock_guard guard(mutex_);
  if (Of(role).now == nullptr) return std::unexpected(WithoutModel(role));
  return Of(role).now;
}

// The model for look-alikes alone, unless the one for words has looked at more.
Meaning::SharedSpace Meaning::LooksSpace(ModelRole& role) {
  std::lock_guard guard(mutex_);
  const SharedSpace alone = Of(ModelRole::kImage).now, joint = Of(ModelRole::kImageText).now;
  const bool by_alone = alone != nullptr && (joint == nullptr || alone->looks->size() >= joint->looks->size());
  role = by_alone ? ModelRole::kImage : ModelRole::kImageText;
  return by_alone ? alone : joint;
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
  RefreshIfIdle(false);
  ModelRole role{};
  const SharedSpace space = LooksSpace(role);
  if (space == nullptr) return std::unexpected(WithoutModel(ModelRole::kImage));
  const std::optional<std::vector<float>> vector = space->looks->Find(id);
  if (!vector)
    return Fail(ErrorCode::kNotFound,
                fmt::format("the model {} has not looked at image {} yet", space->model, id.value),
                "let the queue be worked off: likeness models apply, or a running server");
  // The picture is its own nearest: one more, and it is in the sum already.
  return Nearest(*space->looks, *vector, count, expand, id, allowed);
}

Result<std::vector<index::EmbeddingHit>> Meaning::FindAlike(const image::Bitmap& picture, size_t count, size_t expand,
                                                            const Allowed& allowed) {
  RefreshIfIdle(false);
  ModelRole role{};
  const SharedSpace space = LooksSpace(role);
  if (space == nullptr) return std::unexpected(WithoutModel(ModelRole::kImage));
  LK_ASSIGN(auto networks, Networks(role, *space));
  const feature::ImageEncoder* encoder = role == ModelRole::kImage ? networks->image() : networks->image_text();
  LK_ASSIGN(const std::vector<feature::ImageEmbedding> vectors, encoder->Encode({&picture, 1}));
  return Nearest(*space->looks, vectors[0].looks, count, expand, {}, allowed);
}

void Meaning::Remove(ImageId id) {
  std::array<Role, kRoles> roles;
  {
    std::lock_guard guard(mutex_);
    for (Role& role : roles_) {
      // Its job is not paid any more; if the picture comes back, it is owed anew.
      std::erase(role.unsaved, id);
      role.removed = true;
    }
    roles = roles_;
  }
  // Outside the lock: an index that is being saved lets nobody in.
  for (const Role& role : roles)
    for (const SharedSpace& space : {role.now, role.next})
      if (space != nullptr)
        for (const auto& index : {space->joint, space->looks})
          if (index != nullptr) index->Remove(id);
}

bool Meaning::HasSeenAll(ModelRole role) {
  {
    std::lock_guard guard(mutex_);
    // What answers meanwhile was complete.
    if (Of(role).now != Of(role).next) return true;
  }
  RefreshIfIdle(true);
  return !parts_.catalog->HasFreeJobs(JobOf(role)).value_or(false);
}

std::vector<RoleStatus> Meaning::DescribeRoles() {
  RefreshIfIdle(true);
  std::array<Role, kRoles> roles;
  std::string unknown;
  {
    std::lock_guard guard(mutex_);
    roles = roles_;
    unknown = words_unknown_;
  }
  const auto describe = [&](std::string name, const std::string& model, catalog::JobRole role, size_t unsaved) {
    RoleStatus status{.role = std::move(name), .model = model};
    if (Result<catalog::JobCounts> counts = parts_.catalog->CountJobs(role)) {
      status.waiting = counts->waiting - std::min<uint64_t>(counts->waiting, unsaved);
      status.failed = counts->failed;
      status.error = counts->error;
    }
    return status;
  };
  std::vector<RoleStatus> out;
  for (ModelRole role : kAllRoles) {
    const Role& state = roles[static_cast<size_t>(role)];
    if (state.next == nullptr) continue;
    RoleStatus status = describe(std::string(Name(role)), state.next->model, JobOf(role), state.unsaved.size());
    if (state.next->looks != nullptr) status.vectors = state.next->looks->size();
    if (state.now != state.next) status.answering_model = state.now->model;
    if (state.fault) status.error = state.fault->Text();
    out.push_back(std::move(status));
  }
  const SharedSpace joint = roles[static_cast<size_t>(ModelRole::kImageText)].next;
  if (!parts_.tags.words.empty() && parts_.tags.enabled && joint != nullptr) {
    out.push_back(describe("words", joint->model, catalog::JobRole::kWords, 0));
    if (!unknown.empty()) out.back().error = fmt::format("the model does not know {}", unknown);
  }
  return out;
}

}  // namespace likeness::engine
