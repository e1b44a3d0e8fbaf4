// The worker of the queue of models.
//
//   follow the feed -> lease a batch -> pixels -> network -> vectors or tags
//                                                   |            `-> catalog, which ends the jobs
//                                                   `-> index; saved now and then, which ends the jobs
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/files.h"
#include "base/log.h"
#include "engine/meaning.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;
using feature::ModelRole;
using std::chrono::milliseconds;

constexpr size_t kBatch = 8;
// A crash repeats at most so much work.
constexpr size_t kSaveAfterVectors = 512;
constexpr auto kSaveAfter = std::chrono::seconds(30);
constexpr auto kTellEvery = std::chrono::seconds(1);
constexpr auto kIdle = std::chrono::seconds(1), kAfterError = std::chrono::seconds(30);
constexpr int64_t kGonePauseMs = 5'000;
constexpr auto kPatience = milliseconds(1000), kLook = milliseconds(20);
constexpr int kNice = 10;
// Below, a picture's place counts as neither.
constexpr double kOutdoorMin = 0.6;

}  // namespace

catalog::AutomaticTag MakeTag(std::string name, catalog::JobRole role, const std::string& model, double sure) {
  return {std::move(name), role, model, static_cast<int>(std::lround(std::clamp(sure, 0.0, 1.0) * 1000)), {}};
}

void SortBySurety(std::vector<catalog::AutomaticTag>& tags) {
  std::ranges::stable_sort(tags, [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
}

std::vector<catalog::AutomaticTag> TagsOf(const feature::Scene& scene, const std::vector<std::string>& labels,
                                          const std::string& model, const TagOptions& options) {
  std::vector<catalog::AutomaticTag> tags;
  for (const feature::SceneScore& score : scene.best)
    if (score.probability >= options.scene_min && score.category < labels.size())
      tags.push_back(MakeTag(labels[score.category], catalog::JobRole::kScenes, model, score.probability));
  if (scene.outdoor >= 0) {
    const bool outdoor = scene.outdoor > 0.5f;
    const double sure = outdoor ? scene.outdoor : 1 - scene.outdoor;
    if (sure >= kOutdoorMin)
      tags.push_back(MakeTag(outdoor ? "outdoor" : "indoor", catalog::JobRole::kScenes, model, sure));
  }
  SortBySurety(tags);
  return tags;
}

std::vector<catalog::AutomaticTag> TagsOf(const std::vector<feature::FoundObject>& objects,
                                          const std::vector<std::string>& labels, const std::string& model,
                                          const TagOptions& options) {
  std::vector<catalog::AutomaticTag> tags;
  std::set<size_t> seen;
  for (const feature::FoundObject& object : objects)
    if (object.confidence >= options.object_min && object.kind < labels.size() && seen.insert(object.kind).second)
      tags.push_back(MakeTag(labels[object.kind], catalog::JobRole::kObjects, model, object.confidence));
  SortBySurety(tags);
  return tags;
}

Status Meaning::Keep(ModelRole role, const SharedSpace& space, const ModelSet& networks,
                     const std::vector<ImageId>& ids, std::span<const image::Bitmap> pictures) {
  if (role == ModelRole::kScenes) {
    LK_ASSIGN(const std::vector<feature::Scene> scenes, networks.scenes()->Tag(pictures));
    for (size_t i = 0; i < ids.size(); ++i)
      LK_TRY(parts_.catalog->WriteAutomaticTags(
          JobOf(role), ids[i], TagsOf(scenes[i], networks.scenes()->labels(), space->model, parts_.tags)));
    return {};
  }
  if (role == ModelRole::kObjects) {
    LK_ASSIGN(const auto found, networks.objects()->Detect(pictures, static_cast<float>(parts_.tags.object_min)));
    for (size_t i = 0; i < ids.size(); ++i)
      LK_TRY(parts_.catalog->WriteAutomaticTags(
          JobOf(role), ids[i], TagsOf(found[i], networks.objects()->labels(), space->model, parts_.tags)));
    return {};
  }
  if (role == ModelRole::kQuality) {
    for (size_t i = 0; i < ids.size(); ++i) {
      const std::optional<float> score = networks.quality()->Score(pictures[i]);
      LK_TRY(parts_.catalog->WriteQuality(
          ids[i], score ? std::optional(catalog::QualityScore{space->model, *score}) : std::nullopt));
    }
    return {};
  }
  const feature::ImageEncoder* encoder = role == ModelRole::kImage ? networks.image() : networks.image_text();
  LK_ASSIGN(const std::vector<feature::ImageEmbedding> vectors, encoder->Encode(pictures));
  for (size_t i = 0; i < ids.size(); ++i) {
    {
      std::lock_guard guard(mutex_);
      Of(role).unsaved.push_back(ids[i]);
    }
    if (space->joint != nullptr) space->joint->Add(ids[i], vectors[i].joint);
    if (space->looks != space->joint) space->looks->Add(ids[i], vectors[i].looks);
    // A picture that left before it was added is seen here, one that leaves afterwards is taken out by Remove.
    const Result<catalog::ImageRow> row = parts_.catalog->GetImage(ids[i]);
    if (!row || row->trashed_at_ms != 0) Remove(ids[i]);
  }
  return {};
}

// One picture that a network cannot take must not take its batch with it.
Status Meaning::KeepEach(ModelRole role, const SharedSpace& space, const ModelSet& networks,
                         const std::vector<ImageId>& ids, std::span<const image::Bitmap> pictures) {
  if (Status all = Keep(role, space, networks, ids, pictures); all || !parts_.catalog->writable()) return all;
  for (size_t i = 0; i < ids.size(); ++i)
    if (Status kept = Keep(role, space, networks, {ids[i]}, pictures.subspan(i, 1)); !kept) {
      if (!parts_.catalog->writable()) return kept;
      LK_TRY(parts_.catalog->FailJob(JobOf(role), ids[i], kept.error().Text()));
    }
  return {};
}

Result<size_t> Meaning::WorkOn(ModelRole role, const CancelFlag& cancel) {
  const SharedSpace space = Of(role).next;
  if (space == nullptr) return 0;
  LK_ASSIGN(const std::vector<ImageId> leased, parts_.catalog->LeaseJobs(JobOf(role), kBatch, kLeaseMs));
  if (leased.empty()) return 0;
  Result<std::shared_ptr<const ModelSet>> networks = Networks(role, *space);
  if (!networks) {
    LK_TRY(parts_.catalog->ReleaseJobs(JobOf(role), leased));
    return std::unexpected(networks.error());
  }
  std::vector<ImageId> ids;
  std::vector<image::Bitmap> pictures;
  for (ImageId id : leased) {
    if (cancel.cancelled()) {
      LK_TRY(parts_.catalog->ReleaseJobs(JobOf(role), leased));
      return Fail(ErrorCode::kCancelled, "stopped");
    }
    if (space->looks != nullptr && space->looks->Find(id)) {  // saved before a crash, or by an earlier use of the model
      std::lock_guard guard(mutex_);
      Of(role).unsaved.push_back(id);
      continue;
    }
    Result<image::Bitmap> pixels = parts_.read_pixels(id, role == ModelRole::kQuality);
    if (pixels) {
      ids.push_back(id);
      pictures.push_back(std::move(*pixels));
      continue;
    }
    // Of one that left the feed tells in a moment.
    const Result<catalog::ImageRow> row = parts_.catalog->GetImage(id);
    if (!row || row->trashed_at_ms != 0)
      LK_TRY(parts_.catalog->ReleaseJobs(JobOf(role), {id}, kGonePauseMs));
    else
      LK_TRY(parts_.catalog->FailJob(JobOf(role), id, pixels.error().Text()));
  }
  if (!pictures.empty()) LK_TRY(KeepEach(role, space, **networks, ids, pictures));
  return leased.size();
}

Status Meaning::SaveVectors(ModelRole role) {
  const SharedSpace space = Of(role).next;
  std::vector<ImageId> done;
  {
    std::lock_guard guard(mutex_);
    if (space == nullptr || (Of(role).unsaved.empty() && !Of(role).removed)) return {};
    done = Of(role).unsaved;
    Of(role).removed = false;
  }
  const fs::path folder = parts_.indexes / space->fingerprint;
  LK_TRY(MakeDirectories(folder));
  const uint64_t applied = followed_until_.value_or(0);
  if (space->joint != nullptr) LK_TRY(space->joint->Save(folder / "joint", applied));
  if (space->looks != space->joint) LK_TRY(space->looks->Save(folder / "looks", applied));
  LK_TRY(parts_.catalog->FinishJobs(JobOf(role), done));
  std::lock_guard guard(mutex_);
  std::erase_if(Of(role).unsaved, [&](ImageId id) { return std::ranges::find(done, id) != done.end(); });
  Of(role).saved_at = Clock::now();
  return {};
}

Result<bool> Meaning::Step(const CancelFlag& cancel) {
  LK_TRY(Refresh());
  LK_TRY(FollowFeed());
  size_t done = 0;
  std::optional<Error> failure;
  for (ModelRole role : kAllRoles) {
    Result<size_t> worked = WorkOn(role, cancel);
    size_t unsaved = 0;
    bool overdue = false;
    {
      std::lock_guard guard(mutex_);
      Role& state = Of(role);
      state.fault = worked ? std::nullopt : std::optional(worked.error());
      unsaved = state.unsaved.size();
      overdue = Clock::now() - state.saved_at > kSaveAfter;
    }
    if (!worked && (worked.error().code == ErrorCode::kCancelled || !parts_.catalog->writable()))
      return std::unexpected(worked.error());
    if (worked)
      done += *worked;
    else
      failure = worked.error();
    const bool idle = !worked || *worked == 0;
    if (unsaved > 0 && (idle || unsaved >= kSaveAfterVectors || overdue))
      if (Status saved = SaveVectors(role); !saved) failure = saved.error();
    if (idle) LK_TRY(FinishSwitch(role));
  }
  if (Result<size_t> worked = WorkOnWords(cancel))
    done += *worked;
  else if (worked.error().code == ErrorCode::kCancelled || !parts_.catalog->writable())
    return std::unexpected(worked.error());
  else
    failure = worked.error();
  if (done == 0 && failure) return std::unexpected(*failure);
  return done > 0;
}

void Meaning::LetOthersGoFirst(const CancelFlag& cancel) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (parts_.busy() && !cancel.cancelled() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(kLook);
}

void Meaning::TellProgress(bool at_once) {
  if (!parts_.progress || (!at_once && Clock::now() - told_at_ < kTellEvery)) return;
  told_at_ = Clock::now();
  parts_.progress();
}

void Meaning::Run() {
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  std::string last_error;
  bool was_at_work = false;
  while (!stop_.cancelled()) {
    LetOthersGoFirst(stop_);
    const Result<bool> worked = [&]() -> Result<bool> {
      std::lock_guard work(work_mutex_);
      try {
        return Step(stop_);
      } catch (const std::exception& fault) {
        return Fail(ErrorCode::kInternal, fmt::format("models cannot work: {}", fault.what()));
      }
    }();
    const bool at_work = worked && *worked;
    const bool news = !worked && worked.error().code != ErrorCode::kCancelled && worked.error().Text() != last_error;
    if (news) {
      last_error = worked.error().Text();
      Log(LogLevel::kWarning, "models_not_applied", {{"error", last_error}});
    }
    if (worked) last_error.clear();
    if (at_work || was_at_work || news) TellProgress(!at_work);
    was_at_work = at_work;
    if (at_work) continue;
    std::unique_lock lock(thread_mutex_);
    wake_.wait_for(lock, worked ? Clock::duration(kIdle) : Clock::duration(kAfterError),
                   [this] { return stop_.cancelled(); });
  }
}

void Meaning::Start() {
  std::lock_guard guard(thread_mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void Meaning::Stop() {
  {
    std::lock_guard guard(thread_mutex_);
    stop_.Cancel();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::lock_guard work(work_mutex_);
  for (ModelRole role : {ModelRole::kImageText, ModelRole::kImage})
    if (Status saved = SaveVectors(role); !saved)
      Log(LogLevel::kWarning, "embeddings_not_saved", {{"error", saved.error().Text()}});
}

Status Meaning::WorkOff(const CancelFlag& cancel, const std::function<void()>& each_batch) {
  while (!cancel.cancelled()) {
    bool more = false;
    {
      std::lock_guard work(work_mutex_);
      LK_ASSIGN(more, Step(cancel));
    }
    if (each_batch) each_batch();
    if (!more) return {};
  }
  return Fail(ErrorCode::kCancelled, "stopped");
}

}  // namespace likeness::engine
