// A person's own words as suggested tags: each is weighed against words that fit any picture, by the vectors that the
// model for words has made already. Nothing is decoded and no network sees a picture for that.
#include <algorithm>
#include <cmath>

#include "base/checksum.h"
#include "engine/meaning.h"

namespace likeness::engine {
namespace {

using catalog::JobRole;
using feature::ModelRole;

constexpr size_t kWordsBatch = 64;
constexpr int64_t kLeaseMs = 10 * 60 * 1000;
// What fits any picture: a word has to beat all of them together.
constexpr const char* kBackground[] = {"a picture", "something", "a thing", "a place", "a person", "an animal"};

float Dot(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum += a[i] * b[i];
  return sum;
}

std::string FingerprintOf(const std::string& model, const TagOptions& tags) {
  Sha256Stream stream;
  const auto add = [&](std::string_view text) {
    stream.Update({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    stream.Update({reinterpret_cast<const uint8_t*>("\n"), 1});
  };
  add(model);
  add(std::to_string(tags.word_min));
  for (const std::string& word : tags.words) add(word);
  return ToHex(stream.Finish());
}

}  // namespace

std::vector<double> WeighWords(std::span<const float> picture, std::span<const std::vector<float>> words,
                               std::span<const std::vector<float>> background, float scale) {
  double all = 0;
  for (const std::vector<float>& other : background) all += std::exp(double(scale) * Dot(picture, other));
  std::vector<double> sure;
  for (const std::vector<float>& word : words) {
    const double own = std::exp(double(scale) * Dot(picture, word));
    sure.push_back(own / (own + all));
  }
  return sure;
}

Status Meaning::OpenWords(const SharedSpace& space, std::string fingerprint) {
  LK_ASSIGN(auto networks, Networks(ModelRole::kImageText, *space));
  Words words;
  words.fingerprint = std::move(fingerprint);
  LK_ASSIGN(const feature::ModelSpec spec, store_.GetSpec(space->model));
  words.scale = spec.text->logit_scale;
  for (const std::string& word : parts_.tags.words) {
    Result<feature::Embedding> vector = networks->text()->Encode(word);
    if (!vector) return std::unexpected(vector.error().Within("the word \"" + word + "\""));
    words.vectors.push_back(std::move(*vector));
  }
  for (const char* text : kBackground) {
    // A fallback model may not know each of them.
    if (Result<feature::Embedding> vector = networks->text()->Encode(text)) words.background.push_back(*vector);
  }
  words_ = std::move(words);
  return {};
}

Result<size_t> Meaning::WorkOnWords(const CancelFlag& cancel) {
  SharedSpace space;
  {
    std::lock_guard guard(mutex_);
    space = Of(ModelRole::kImageText).next;
  }
  if (!parts_.tags.enabled || parts_.tags.words.empty() || space == nullptr || space->joint == nullptr) {
    if (!words_settled_) LK_TRY(parts_.catalog->FillJobs({.role = JobRole::kWords}, false));
    words_settled_ = true;
    return 0;
  }
  words_settled_ = false;
  const std::string fingerprint = FingerprintOf(space->fingerprint, parts_.tags);
  if (words_.fingerprint != fingerprint) {
    LK_TRY(OpenWords(space, fingerprint));
    LK_TRY(
        parts_.catalog->FillJobs({.role = JobRole::kWords, .model = space->model, .fingerprint = fingerprint}, false));
    LK_TRY(parts_.catalog->ReleaseJobs(JobRole::kWords, {}));
  }
  LK_ASSIGN(const std::vector<ImageId> leased, parts_.catalog->LeaseJobs(JobRole::kWords, kWordsBatch, kLeaseMs));
  std::vector<ImageId> later, never;
  const bool more_vectors = !leased.empty() && Waiting(ModelRole::kImageText) > 0;
  size_t done = 0;
  for (ImageId id : leased) {
    const std::optional<std::vector<float>> picture = space->joint->Find(id);
    if (cancel.cancelled() || (!picture && more_vectors)) {
      later.push_back(id);
      continue;
    }
    ++done;
    if (!picture) {
      never.push_back(id);
      continue;
    }
    const std::vector<double> sure = WeighWords(*picture, words_.vectors, words_.background, words_.scale);
    std::vector<catalog::AutomaticTag> tags;
    for (size_t i = 0; i < sure.size(); ++i)
      if (sure[i] >= parts_.tags.word_min)
        tags.push_back(
            {parts_.tags.words[i], JobRole::kWords, space->model, static_cast<int>(std::lround(sure[i] * 1000)), {}});
    std::ranges::stable_sort(tags, [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
    LK_TRY(parts_.catalog->WriteAutomaticTags(JobRole::kWords, id, tags));
  }
  LK_TRY(parts_.catalog->FinishJobs(JobRole::kWords, never));
  if (!later.empty()) LK_TRY(parts_.catalog->ReleaseJobs(JobRole::kWords, later));
  return done;
}

}  // namespace likeness::engine
