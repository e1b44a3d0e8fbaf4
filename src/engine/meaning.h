// What pictures mean to the models in use: vectors in indexes, automatic tags in the catalog, and the worker that makes
// them from the durable queue (docs/formats/catalog.md, "The queue of models"; docs/decisions/0011).
//
// Each role stands alone: a model that is missing or broken takes only its own answers away. Vectors of a model lie in
// <indexes>/<fingerprint>/{joint,looks}; they are found without opening the model. After a switch the old model's
// vectors answer until the new one has looked at every picture.
//
// Nothing is opened before it is asked for. The worker runs one batch at a time at low priority, and lets requests and
// imports go first, for at most a second a batch. Thread-safe.
#pragma once

#include <array>
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

class Meaning {
 public:
  struct Parts {
    std::filesystem::path models;   // of ModelStore
    std::filesystem::path indexes;  // derived: may be deleted
    catalog::Catalog* catalog = nullptr;
    // Pixels of a stored picture, as its thumbnail has them, or its preview where the shorter side would be below
    // `short_side_min`. NotFound: it is gone, or in the trash.
    std::function<Result<image::Bitmap>(ImageId, int short_side_min)> read_pixels;
    std::function<bool()> busy;      // somebody waits for this machine
    std::function<void()> progress;  // after a batch
    TagOptions tags;
  };
  explicit Meaning(Parts parts);
  ~Meaning();  // ends the worker and saves

  void Start();  // the worker; once
  void Stop();   // ends the worker and saves what is done
  // Works the queue off, on this thread or, if the worker runs, by waiting for it. Cancelled when the flag is set.
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
  // `expand` nearest are added to the query, weighed by the cube of their cosine, before the search that counts: alpha
  // query expansion (Radenovic, Tolias, Chum: Fine-tuning CNN image retrieval with no human annotation, 2018).
  // NotFound: nobody has looked at the picture yet.
  Result<std::vector<index::EmbeddingHit>> FindAlike(ImageId id, size_t count, size_t expand,
                                                     const Allowed& allowed = std::nullopt);
  Result<std::vector<index::EmbeddingHit>> FindAlike(const image::Bitmap& picture, size_t count, size_t expand);

  feature::ModelRole LooksRole();  // whose vectors FindAlike compares

  std::vector<RoleStatus> DescribeRoles();
  // Pictures that the model for words, or for looks, has not looked at yet.
  uint64_t Waiting(feature::ModelRole role);

 private:
  // A model's vectors, and its networks once they were needed.
  struct Space {
    std::string model, fingerprint;
    std::shared_ptr<index::EmbeddingIndex> joint, looks;  // joint: null without a text side; they may be one
    bool fresh = false;                                   // nothing was there to load
    std::mutex mutex;
    std::shared_ptr<const ModelSet> networks;
    std::optional<Error> fault;
  };
  using SharedSpace = std::shared_ptr<Space>;
  // `next` is the model in use; `now` answers: the same, or the one before.
  struct Role {
    SharedSpace now, next;
    std::vector<ImageId> unsaved;  // embedded, and their jobs not yet ended
    std::optional<Error> fault;    // of the last work
  };
  static constexpr size_t kRoles = 5;
  // The vectors of a person's own words in the space that answers for image_text.
  struct Words {
    std::string fingerprint;  // of the list, its threshold and the model
    std::vector<std::vector<float>> vectors, background;
    float scale = 0;
  };

  Role& Of(feature::ModelRole role) { return roles_[static_cast<size_t>(role)]; }
  // meaning.cc
  Status Refresh();  // follows what the store says is in use
  Status Switch(feature::ModelRole role, const std::string& model, const std::string& fingerprint);
  SharedSpace OpenSpace(feature::ModelRole role, const std::string& model, const std::string& fingerprint);
  Result<std::shared_ptr<const ModelSet>> Networks(feature::ModelRole role, Space& space);
  Result<SharedSpace> Answering(feature::ModelRole role);
  SharedSpace LooksSpace(feature::ModelRole& role);
  // meaning_work.cc; all REQUIRE work_mutex_ held
  Result<bool> Step(const CancelFlag& cancel);  // true: something was done
  Status FollowFeed();
  Result<size_t> WorkOn(feature::ModelRole role, const CancelFlag& cancel);
  Status Keep(feature::ModelRole role, const SharedSpace& space, const ModelSet& networks,
              const std::vector<ImageId>& ids, std::span<const image::Bitmap> pictures);
  Status SaveVectors(feature::ModelRole role);
  // meaning_words.cc; as above
  Result<size_t> WorkOnWords(const CancelFlag& cancel);
  Status OpenWords(const SharedSpace& space, std::string fingerprint);
  Status FinishSwitch(feature::ModelRole role);
  void Run();
  void LetOthersGoFirst(const CancelFlag& cancel);

  Parts parts_;
  ModelStore store_;
  std::mutex mutex_;  // of roles_ (what they point to has its own)
  std::array<Role, kRoles> roles_;
  bool refreshed_ = false;

  std::mutex work_mutex_;  // one batch at a time; before mutex_
  uint64_t filled_until_ = 0;
  std::chrono::steady_clock::time_point saved_at_;
  Words words_;
  bool words_settled_ = false;  // the catalog knows that there are none

  std::mutex thread_mutex_;
  std::condition_variable wake_;
  CancelFlag stop_;
  std::thread thread_;
};

// How sure it is that a picture shows each of some words, 0 to 1: a softmax of `scale` times the cosine over that word
// and all of the background, which are words that fit any picture. Pure.
std::vector<double> WeighWords(std::span<const float> picture, std::span<const std::vector<float>> words,
                               std::span<const std::vector<float>> background, float scale);

// The tags that a model's answer stands for, surest first. Pure.
std::vector<catalog::AutomaticTag> TagsOf(const feature::Scene& scene, const std::vector<std::string>& labels,
                                          const std::string& model, const TagOptions& options);
std::vector<catalog::AutomaticTag> TagsOf(const std::vector<feature::FoundObject>& objects,
                                          const std::vector<std::string>& labels, const std::string& model,
                                          const TagOptions& options);

}  // namespace likeness::engine
