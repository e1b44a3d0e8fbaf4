// Which models are in use, their vectors in memory, and the queue kept up with the feed. Everything here runs between
// batches (work_mutex_): nobody is halfway through a picture of the model before.
#include <set>

#include "base/log.h"
#include "engine/meaning.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;
using feature::ModelRole;

constexpr size_t kFeedPage = 4096;

bool GivesTags(ModelRole role) {
  return role == ModelRole::kScenes || role == ModelRole::kObjects;
}

}  // namespace

Meaning::SharedSpace Meaning::OpenSpace(ModelRole role, const std::string& model, const std::string& fingerprint) {
  Result<std::string> installed = store_.Fingerprint(model);
  Result<feature::ModelSpec> spec = store_.GetSpec(model);
  if (!installed || *installed != fingerprint || !spec || spec->role != role) return nullptr;
  auto space = std::make_shared<Space>();
  space->model = model;
  space->fingerprint = fingerprint;
  if (!HasVectors(role) || !spec->embedding) return space;
  const auto load = [&](const char* name, size_t dimension) -> std::shared_ptr<index::EmbeddingIndex> {
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
  return space;
}

Status Meaning::Switch(ModelRole role, const std::string& model, const std::string& fingerprint) {
  catalog::RoleRow known;
  LK_ASSIGN(std::vector<catalog::RoleRow> rows, parts_.catalog->ListRoles());
  for (const catalog::RoleRow& row : rows)
    if (row.role == JobOf(role)) known = row;
  catalog::RoleRow row{.role = JobOf(role), .model = model, .fingerprint = fingerprint};
  SharedSpace next = model.empty() ? nullptr : OpenSpace(role, model, fingerprint);
  if (next == nullptr) row.model = row.fingerprint = "";
  SharedSpace before = Of(role).now;
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
  std::lock_guard guard(mutex_);
  Of(role) = {.now = keeps ? before : next, .next = next, .unsaved = {}, .removed = false, .saved_at = {}, .fault = {}};
  return {};
}

void Meaning::DropFoldersOfNobody() {
  std::set<std::string> held;
  for (const Role& role : roles_)
    for (const SharedSpace& space : {role.now, role.next})
      if (space != nullptr) held.insert(space->fingerprint);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parts_.indexes, error))
    if (!held.contains(entry.path().filename().string())) fs::remove_all(entry.path(), error);
}

Status Meaning::Refresh() {
  LK_ASSIGN(const auto in_use, store_.InUse());
  if (!followed_until_) {
    LK_ASSIGN(followed_until_, parts_.catalog->FeedSequence());
  }
  for (ModelRole role : kAllRoles) {
    // Tags that this process does not want are left as they are for one that does.
    if (GivesTags(role) && !parts_.tags.enabled) continue;
    std::string model, fingerprint;
    if (auto found = in_use.find(role); found != in_use.end()) {
      model = found->second;
      fingerprint = store_.Fingerprint(model).value_or("");
      if (fingerprint.empty()) model.clear();
    }
    const std::string held = Of(role).next == nullptr ? "" : Of(role).next->fingerprint;
    if (refreshed_ && held == fingerprint) continue;
    LK_TRY(Switch(role, model, fingerprint));
    // One process has the folder: leases from before are those of one that died.
    if (!refreshed_ && !model.empty()) LK_TRY(parts_.catalog->ReleaseJobs(JobOf(role), {}));
  }
  if (!refreshed_ && parts_.catalog->writable()) DropFoldersOfNobody();
  refreshed_ = true;
  return {};
}

// The jobs first: a deletion that comes between is applied here and seen by the next call's jobs. So a saved index
// never claims to have applied a deletion that it has not, and never loses what came back.
Status Meaning::FollowFeed() {
  if (!parts_.catalog->writable()) return {};
  LK_ASSIGN(const uint64_t newest, parts_.catalog->FeedSequence());
  if (newest == jobs_until_) return {};
  LK_TRY(parts_.catalog->FollowFeed());
  jobs_until_ = newest;
  LK_ASSIGN(const uint64_t until, parts_.catalog->FeedSequence());
  while (*followed_until_ < until) {
    LK_ASSIGN(const std::vector<catalog::FeedRow> rows, parts_.catalog->ReadFeed(*followed_until_, kFeedPage));
    if (rows.empty()) break;
    for (const catalog::FeedRow& row : rows)
      if (row.operation == catalog::FeedOperation::kDelete && row.sequence <= until) Remove(row.image);
    followed_until_ = std::min(until, rows.back().sequence);
  }
  followed_until_ = until;
  return {};
}

Status Meaning::FinishSwitch(ModelRole role) {
  const SharedSpace old = Of(role).now, next = Of(role).next;
  if (old == next || next == nullptr) return {};
  LK_ASSIGN(const catalog::JobCounts counts, parts_.catalog->CountJobs(JobOf(role)));
  if (counts.waiting > 0) return {};
  LK_TRY(
      parts_.catalog->FillJobs({.role = JobOf(role), .model = next->model, .fingerprint = next->fingerprint}, false));
  {
    std::lock_guard guard(mutex_);
    Of(role).now = next;
  }
  std::error_code error;
  fs::remove_all(parts_.indexes / old->fingerprint, error);
  Log(LogLevel::kInfo, "model_switched", {{"from", old->model}, {"to", next->model}});
  return {};
}

Status Meaning::StartAfresh() {
  std::lock_guard work(work_mutex_);
  LK_TRY(Refresh());
  std::error_code error;
  fs::remove_all(parts_.indexes, error);
  for (ModelRole role : kAllRoles) {
    const SharedSpace before = Of(role).next;
    if (before == nullptr) continue;
    const SharedSpace space = OpenSpace(role, before->model, before->fingerprint);
    LK_TRY(parts_.catalog->FillJobs({.role = JobOf(role), .model = before->model, .fingerprint = before->fingerprint},
                                    true));
    std::lock_guard guard(mutex_);
    Of(role) = {.now = space, .next = space, .unsaved = {}, .removed = false, .saved_at = {}, .fault = {}};
  }
  // Its jobs are made again when the words are next looked at.
  words_ = {};
  return parts_.catalog->FillJobs({.role = catalog::JobRole::kWords}, false);
}

}  // namespace likeness::engine
