// What pictures mean to the models in use: vectors in indexes, automatic tags in the catalog, and the worker that makes
// them from the durable queue (docs/formats/catalog.md, "The queue of models"; docs/decisions/0011).
//
// Each role stands alone: a model that is missing or broken takes only its own answers away. Vectors of a model lie in
// <indexes>/<fingerprint>/{joint,looks}; they are found without opening the model. After a switch the old model's
// vectors answer until the new one has looked at every picture.
//
// Nothing is opened before it is asked for. The worker runs one batch at a time at low priority, and lets requests and
// imports go first, for at most a second a batch. Models are switched, and the queue is filled, between batches only; a
// request does that itself when nobody works. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/threads.h"
#include "catalog/catalog.h"
#include "engine/model_set.h"
#include "engine/types.h"
#include "image/bitmap.h"
#include "index/embedding.h"

namespace likeness::engine {

inline constexpr const char* kSomeWaitNote = "some pictures are still to be looked at by the model";

class Meaning {
 public:
  struct Parts {
    std::filesystem::path models;   // of ModelStore
    std::filesystem::path indexes;  // derived: may be deleted
    catalog::Catalog* catalog = nullptr;
    // Pixels of a stored picture, as its thumbnail has them; `large`: as its preview has them. NotFound: it is gone, or
    // in the trash.
    std::function<Result<image::Bitmap>(ImageId, bool large)> read_pixels;
    std::function<bool()> busy;      // somebody waits for this machine
    std::function<void()> progress;  // about once a second while there is work, when it ends, and when a model fails
    TagOptions tags;
  };
  explicit Meaning(Parts parts);
  ~Meaning();  // ends the worker and saves

  void Start();  // the worker; once
  void Stop();   // ends the worker and saves what is done
  // Works the queue off, on this thread, in turns with the worker if it runs. Cancelled when the flag is set.
  Status WorkOff(const CancelFlag& cancel, const std::function<void()>& each_batch);

  void Remove(ImageId id);  // left the library, or went into the trash
  // All vectors and suggestions anew (the indexes' folder may have been deleted).
  Status StartAfresh();

  // Ascending ids among which is searched; without a value, among all.
  using Allowed = std::optional<std::span<const ImageId>>;
  // By cosine; vectors of `plus` are added, those of `minus` subtracted, and the sum is brought to length 1.
  // FailedPrecondition: no model; Unsupported: no runtime; errors of opening a model and of its tokenizer.
  Result<std::vector<index::EmbeddingHit>> FindByWords(const std::vector<std::string>& plus,
                                                       const std::vector<std::string>& minus, size_t count,
                                                       const Allowed& allowed = std::nullopt);
  // `expand` nearest others are added to the query, weighed by the cube of their cosine, before the search that counts:
  // alpha query expansion (Radenovic, Tolias, Chum: Fine-tuning CNN image retrieval with no human annotation, 2018).
  // NotFound: nobody has looked at the picture yet.
  Result<std::vector<index::EmbeddingHit>> FindAlike(ImageId id, size_t count, size_t expand,
                                                     const Allowed& allowed = std::nullopt);
  Result<std::vector<index::EmbeddingHit>> FindAlike(const image::Bitmap& picture, size_t count, size_t expand,
                                                     const Allowed& allowed = std::nullopt);

  feature::ModelRole LooksRole();  // whose vectors FindAlike compares

  std::vector<RoleStatus> DescribeRoles();
  // Whether the vectors that answer for the role are of all pictures. If not, answers say kSomeWaitNote.
  bool HasSeenAll(feature::ModelRole role);

 private:
  using Clock = std::chrono::steady_clock;
  // A model's vectors, and its networks once they were needed.
  struct Space {
    std::string model, fingerprint;
    std::shared_ptr<index::EmbeddingIndex> joint, looks;  // joint: null without a text side; they may be one
    bool fresh = false;                                   // nothing was there to load
    std::mutex mutex;
    std::shared_ptr<const ModelSet> networks;
    std::optional<Error> fault;  // of opening; tried again some time after `failed_at`
    Clock::time_point failed_at;
  };
  using SharedSpace = std::shared_ptr<Space>;
  // `next` is the model in use; `now` answers: the same, or the one before.
  struct Role {
    SharedSpace now, next;
    std::vector<ImageId> unsaved;  // embedded, and their jobs not yet ended
    bool removed = false;          // of a picture, since the last save
    Clock::time_point saved_at;
    std::optional<Error> fault;  // of the last work
  };
  static constexpr size_t kRoles = 5;
  // The vectors of a person's own words in the space of the model in use for image_text.
  struct Words {
    std::string fingerprint;  // of the list, its threshold and the model
    std::vector<std::string> names;
    std::vector<std::vector<float>> vectors, background;
    float scale = 0;
    std::string unknown;  // words that the model has no vector for
  };

  Role& Of(feature::ModelRole role) { return roles_[static_cast<size_t>(role)]; }
  // meaning.cc
  void RefreshIfIdle(bool with_feed);  // Refresh, unless somebody is at work and does it
  Result<std::shared_ptr<const ModelSet>> Networks(feature::ModelRole role, Space& space);
  Result<SharedSpace> Answering(feature::ModelRole role);
  SharedSpace LooksSpace(feature::ModelRole& role);
  // meaning_switch.cc; all REQUIRE work_mutex_ held
  Status Refresh();  // follows what the store says is in use
  Status Switch(feature::ModelRole role, const std::string& model, const std::string& fingerprint);
  SharedSpace OpenSpace(feature::ModelRole role, const std::string& model, const std::string& fingerprint);
  void DropFoldersOfNobody();
  Status FollowFeed();
  Status FinishSwitch(feature::ModelRole role);
  // meaning_work.cc; likewise
  Result<bool> Step(const CancelFlag& cancel);  // true: something was done
  Result<size_t> WorkOn(feature::ModelRole role, const CancelFlag& cancel);
  Status KeepEach(feature::ModelRole role, const SharedSpace& space, const ModelSet& networks,
                  const std::vector<ImageId>& ids, std::span<const image::Bitmap> pictures);
  Status Keep(feature::ModelRole role, const SharedSpace& space, const ModelSet& networks,
              const std::vector<ImageId>& ids, std::span<const image::Bitmap> pictures);
  Status SaveVectors(feature::ModelRole role);
  // meaning_words.cc; likewise
  Result<size_t> WorkOnWords(const CancelFlag& cancel);
  Status OpenWords(const SharedSpace& space, std::string fingerprint);
  // meaning_work.cc; the worker's thread, holding nothing
  void Run();
  void LetOthersGoFirst(const CancelFlag& cancel);
  void TellProgress(bool at_once);

  Parts parts_;
  ModelStore store_;
  // One batch at a time, and no switch meanwhile. Before mutex_.
  std::mutex work_mutex_;
  std::atomic<bool> refreshed_ = false;
  uint64_t jobs_until_ = 0;                 // the feed; jobs are made up to here
  std::optional<uint64_t> followed_until_;  // the feed; deletions up to here are out of the vectors
  Words words_;
  std::mutex mutex_;  // of roles_ (what they point to has its own); held for moments
  std::array<Role, kRoles> roles_;
  std::string words_unknown_;  // Words::unknown, for DescribeRoles

  std::mutex thread_mutex_;
  std::condition_variable wake_;
  CancelFlag stop_;
  std::thread thread_;
  Clock::time_point told_at_;  // the worker's own
};

// How sure it is that a picture shows each of some words, 0 to 1: a softmax of `scale` times the cosine over that word
// and all of the background, which are words that fit any picture. Pure.
std::vector<double> WeighWords(std::span<const float> picture, std::span<const std::vector<float>> words,
                               std::span<const std::vector<float>> background, float scale);

// What the files of Meaning share.
inline constexpr feature::ModelRole kAllRoles[] = {feature::ModelRole::kImageText, feature::ModelRole::kImage,
                                                   feature::ModelRole::kScenes, feature::ModelRole::kObjects,
                                                   feature::ModelRole::kQuality};
inline catalog::JobRole JobOf(feature::ModelRole role) {
  return static_cast<catalog::JobRole>(static_cast<uint8_t>(role) + 1);
}
inline bool HasVectors(feature::ModelRole role) {
  return role == feature::ModelRole::kImageText || role == feature::ModelRole::kImage;
}
inline constexpr int64_t kLeaseMs = 10 * 60 * 1000;
catalog::AutomaticTag MakeTag(std::string name, catalog::JobRole role, const std::string& model, double sure);
void SortBySurety(std::vector<catalog::AutomaticTag>& tags);

// The tags that a model's answer stands for, surest first. Pure.
std::vector<catalog::AutomaticTag> TagsOf(const feature::Scene& scene, const std::vector<std::string>& labels,
                                          const std::string& model, const TagOptions& options);
std::vector<catalog::AutomaticTag> TagsOf(const std::vector<feature::FoundObject>& objects,
                                          const std::vector<std::string>& labels, const std::string& model,
                                          const TagOptions& options);

}  // namespace likeness::engine
