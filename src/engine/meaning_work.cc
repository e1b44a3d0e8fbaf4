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
using std::chrono::steady_clock;

constexpr ModelRole kAllRoles[] = {ModelRole::kImageText, ModelRole::kImage, ModelRole::kScenes, ModelRole::kObjects,
                                   ModelRole::kQuality};
constexpr size_t kBatch = 8;
// A thumbnail with a shorter side is stretched by most networks: the preview has more. Quality wants it in any case.
constexpr int kShortSideMin = 200, kQualityShortSideMin = 640;
constexpr int64_t kLeaseMs = 10 * 60 * 1000;
// A crash repeats at most so much work.
constexpr size_t kSaveAfterVectors = 512;
constexpr auto kSaveAfter = std::chrono::seconds(30);
constexpr auto kIdle = std::chrono::seconds(1), kAfterError = std::chrono::seconds(30);
constexpr auto kPatience = milliseconds(1000), kLook = milliseconds(20);
constexpr int kNice = 10;
// Below, a picture's place counts as neither.
constexpr double kOutdoorMin = 0.6;

catalog::JobRole JobOf(ModelRole role) {
  return static_cast<catalog::JobRole>(static_cast<uint8_t>(role) + 1);
}

int Thousandths(double value) {
  return static_cast<int>(std::lround(std::clamp(value, 0.0, 1.0) * 1000));
}

void SortBySurety(std::vector<catalog::AutomaticTag>& tags) {
  std::ranges::stable_sort(tags, [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
}

}  // namespace

std::vector<catalog::AutomaticTag> TagsOf(const feature::Scene& scene, const std::vector<std::string>& labels,
                                          const std::string& model, const TagOptions& options) {
  std::vector<catalog::AutomaticTag> tags;
  for (const feature::SceneScore& score : scene.best)
    if (score.probability >= options.scene_min && score.category < labels.size())
      tags.push_back({labels[score.category], catalog::JobRole::kScenes, model, Thousandths(score.probability), {}});
  if (scene.outdoor >= 0) {
    const bool outdoor = scene.outdoor > 0.5f;
    const double sure = outdoor ? scene.outdoor : 1 - scene.outdoor;
    if (sure >= kOutdoorMin)
      tags.push_back({outdoor ? "outdoor" : "indoor", catalog::JobRole::kScenes, model, Thousandths(sure), {}});
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
      tags.push_back({labels[object.kind], catalog::JobRole::kObjects, model, Thousandths(object.confidence), {}});
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
  // A picture that leaves before it is added is seen here, one that leaves afterwards is taken out by Remove.
  for (size_t i = 0; i < ids.size(); ++i) {
    if (space->joint != nullptr) space->joint->Add(ids[i], vectors[i].joint);
    if (space->looks != space->joint) space->looks->Add(ids[i], vectors[i].looks);
    const Result<catalog::ImageRow> row = parts_.catalog->GetImage(ids[i]);
    if (!row || row->trashed_at_ms != 0) Remove(ids[i]);
  }
  std::lock_guard guard(mutex_);
  Of(role).unsaved.insert(Of(role).unsaved.end(), ids.begin(), ids.end());
  return {};
}

Result<size_t> Meaning::WorkOn(ModelRole role, const CancelFlag& cancel) {
  SharedSpace space;
  {
    std::lock_guard guard(mutex_);
    space = Of(role).next;
  }
  if (space == nullptr) return 0;
  LK_ASSIGN(const std::vector<ImageId> leased, parts_.catalog->LeaseJobs(JobOf(role), kBatch, kLeaseMs));
  if (leased.empty()) return 0;
  Result<std::shared_ptr<const ModelSet>> networks = Networks(role, *space);
  if (!networks) {
    LK_TRY(parts_.catalog->ReleaseJobs(JobOf(role), leased));
    return std::unexpected(networks.error());
  }
  std::vector<ImageId> ids, settled;
  std::vector<image::Bitmap> pictures;
  for (ImageId id : leased) {
    if (cancel.cancelled()) {
      LK_TRY(parts_.catalog->ReleaseJobs(JobOf(role), leased));
      return Fail(ErrorCode::kCancelled, "stopped");
    }
    if (space->looks != nullptr && space->looks->Find(id)) {  // saved before a crash, or by an earlier use of the model
      settled.push_back(id);
      continue;
    }
    Result<image::Bitmap> pixels =
        parts_.read_pixels(id, role == ModelRole::kQuality ? kQualityShortSideMin : kShortSideMin);
    if (pixels) {
      ids.push_back(id);
      pictures.push_back(std::move(*pixels));
    } else if (pixels.error().code == ErrorCode::kNotFound) {
      settled.push_back(id);
    } else {
      LK_TRY(parts_.catalog->FailJob(JobOf(role), id, pixels.error().Text()));
    }
  }
  if (space->looks == nullptr) {
    LK_TRY(parts_.catalog->FinishJobs(JobOf(role), settled));
  } else {
    std::lock_guard guard(mutex_);
    Of(role).unsaved.insert(Of(role).unsaved.end(), settled.begin(), settled.end());
  }
  if (pictures.empty()) return leased.size();
  if (Status kept = Keep(role, space, **networks, ids, pictures); !kept) {
    if (!parts_.catalog->writable()) return std::unexpected(kept.error());
    for (ImageId id : ids) LK_TRY(parts_.catalog->FailJob(JobOf(role), id, kept.error().Text()));
  }
  return leased.size();
}

Status Meaning::SaveVectors(ModelRole role) {
  SharedSpace space;
  std::vector<ImageId> done;
  {
    std::lock_guard guard(mutex_);
    space = Of(role).next;
    done = Of(role).unsaved;
  }
  if (space == nullptr || done.empty()) return {};
  // Before the save: a deletion that comes meanwhile is replayed at the next opening.
  LK_ASSIGN(const catalog::Totals totals, parts_.catalog->CountAll());
  const fs::path folder = parts_.indexes / space->fingerprint;
  LK_TRY(MakeDirectories(folder));
  if (space->joint != nullptr) LK_TRY(space->joint->Save(folder / "joint", totals.feed_sequence));
  if (space->looks != space->joint) LK_TRY(space->looks->Save(folder / "looks", totals.feed_sequence));
  LK_TRY(parts_.catalog->FinishJobs(JobOf(role), done));
  std::lock_guard guard(mutex_);
  if (Of(role).next == space) Of(role).unsaved.clear();
  return {};
}

Status Meaning::FinishSwitch(ModelRole role) {
  SharedSpace old, next;
  {
    std::lock_guard guard(mutex_);
    old = Of(role).now;
    next = Of(role).next;
  }
  if (old == next || next == nullptr) return {};
  LK_ASSIGN(const catalog::JobCounts counts, parts_.catalog->CountJobs(JobOf(role)));
  if (counts.waiting > 0) return {};
  LK_TRY(
      parts_.catalog->FillJobs({.role = JobOf(role), .model = next->model, .fingerprint = next->fingerprint}, false));
  {
    std::lock_guard guard(mutex_);
    if (Of(role).next != next) return {};
    Of(role).now = next;
  }
  std::error_code error;
  fs::remove_all(parts_.indexes / old->fingerprint, error);
  Log(LogLevel::kInfo, "model_switched", {{"from", old->model}, {"to", next->model}});
  return {};
}

Result<bool> Meaning::Step(const CancelFlag& cancel) {
  LK_TRY(Refresh());
  size_t done = 0;
  std::optional<Error> failure;
  for (ModelRole role : kAllRoles) {
    Result<size_t> worked = WorkOn(role, cancel);
    if (worked) done += *worked;
    {
      std::lock_guard guard(mutex_);
      if (worked)
        Of(role).fault.reset();
      else
        Of(role).fault = worked.error();
    }
    if (!worked && (worked.error().code == ErrorCode::kCancelled || !parts_.catalog->writable()))
      return std::unexpected(worked.error());
    if (!worked) failure = worked.error();
    size_t unsaved = 0;
    {
      std::lock_guard guard(mutex_);
      unsaved = Of(role).unsaved.size();
    }
    if (unsaved > 0 &&
        (!worked || *worked == 0 || unsaved >= kSaveAfterVectors || steady_clock::now() - saved_at_ > kSaveAfter)) {
      LK_TRY(SaveVectors(role));
      saved_at_ = steady_clock::now();
    }
    LK_TRY(FinishSwitch(role));
  }
  if (Result<size_t> worked = WorkOnWords(cancel))
    done += *worked;
  else if (worked.error().code == ErrorCode::kCancelled || !parts_.catalog->writable())
    return std::unexpected(worked.error());
  else
    failure = worked.error();
  if (done > 0 && parts_.progress) parts_.progress();
  if (done == 0 && failure) {
    // The next step comes after a pause, and tries again: the model may have been fetched anew.
    std::lock_guard guard(mutex_);
    for (const Role& role : roles_) {
      if (role.next == nullptr) continue;
      std::lock_guard own(role.next->mutex);
      role.next->fault.reset();
    }
    return std::unexpected(*failure);
  }
  return done > 0;
}

void Meaning::LetOthersGoFirst(const CancelFlag& cancel) {
  const auto until = steady_clock::now() + kPatience;
  while (parts_.busy() && !cancel.cancelled() && steady_clock::now() < until) std::this_thread::sleep_for(kLook);
}

void Meaning::Run() {
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  std::string last_error;
  while (!stop_.cancelled()) {
    LetOthersGoFirst(stop_);
    Result<bool> worked = [&] {
      std::lock_guard work(work_mutex_);
      return Step(stop_);
    }();
    if (worked) last_error.clear();
    if (!worked && worked.error().code != ErrorCode::kCancelled && worked.error().Text() != last_error) {
      last_error = worked.error().Text();
      Log(LogLevel::kWarning, "models_not_applied", {{"error", last_error}});
    }
    if (worked && *worked) continue;
    std::unique_lock lock(thread_mutex_);
    wake_.wait_for(lock, worked ? steady_clock::duration(kIdle) : steady_clock::duration(kAfterError),
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

Status Meaning::StartAfresh() {
  std::lock_guard work(work_mutex_);
  LK_TRY(Refresh());
  std::error_code error;
  fs::remove_all(parts_.indexes, error);
  std::lock_guard guard(mutex_);
  for (ModelRole role : kAllRoles) {
    Role& state = Of(role);
    if (state.next == nullptr) continue;
    const SharedSpace space = OpenSpace(role, state.next->model, state.next->fingerprint);
    LK_TRY(parts_.catalog->FillJobs(
        {.role = JobOf(role), .model = state.next->model, .fingerprint = state.next->fingerprint}, true));
    state.now = state.next = space;
    state.unsaved.clear();
  }
  return {};
}

}  // namespace likeness::engine
