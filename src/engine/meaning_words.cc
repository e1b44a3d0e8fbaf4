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
constexpr int64_t kWaitForVectorMs = 60'000;
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
  std::vector<double> others;
  for (const std::vector<float>& other : background) others.push_back(double(scale) * Dot(picture, other));
  std::vector<double> sure;
  for (const std::vector<float>& word : words) {
    const double own = double(scale) * Dot(picture, word);
    double sum = 1;
    for (double other : others) sum += std::exp(std::min(other - own, 700.0));
    sure.push_back(1 / sum);
  }
  return sure;
}

Status Meaning::OpenWords(const SharedSpace& space, std::string fingerprint) {
  LK_ASSIGN(auto networks, Networks(ModelRole::kImageText, *space));
  LK_ASSIGN(const feature::ModelSpec spec, store_.GetSpec(space->model));
  Words words;
  words.fingerprint = std::move(fingerprint);
  words.scale = spec.text->logit_scale;
  for (const std::string& word : parts_.tags.words) {
    if (Result<feature::Embedding> vector = networks->text()->Encode(word)) {
      words.names.push_back(word);
      words.vectors.push_back(std::move(*vector));
    } else {
      words.unknown += (words.unknown.empty() ? "\"" : ", \"") + word + "\"";
    }
  }
  for (const char* text : kBackground)
    if (Result<feature::Embedding> vector = networks->text()->Encode(text)) words.background.push_back(*vector);
  if (words.background.empty())
    return Fail(ErrorCode::kFailedPrecondition, "the model for words knows nothing to weigh words against",
                "choose another: likeness models list");
  words_ = std::move(words);
  std::lock_guard guard(mutex_);
  words_unknown_ = words_.unknown;
  return {};
}

Result<size_t> Meaning::WorkOnWords(const CancelFlag& cancel) {
  const SharedSpace space = Of(ModelRole::kImageText).next;
  if (!parts_.tags.enabled || parts_.tags.words.empty() || space == nullptr || space->joint == nullptr) return 0;
  const std::string fingerprint = FingerprintOf(space->fingerprint, parts_.tags);
  if (words_.fingerprint != fingerprint) {
    LK_TRY(OpenWords(space, fingerprint));
    LK_TRY(
        parts_.catalog->FillJobs({.role = JobRole::kWords, .model = space->model, .fingerprint = fingerprint}, false));
    LK_TRY(parts_.catalog->ReleaseJobs(JobRole::kWords, {}));
  }
  // Most vectors are there in a moment.
  LK_ASSIGN(const bool more_vectors, parts_.catalog->HasFreeJobs(JobOf(ModelRole::kImageText), true));
  if (more_vectors) return 0;
  LK_ASSIGN(const std::vector<ImageId> leased, parts_.catalog->LeaseJobs(JobRole::kWords, kWordsBatch, kLeaseMs));
  if (leased.empty()) return 0;
  LK_ASSIGN(const catalog::JobCounts pictures, parts_.catalog->CountJobs(JobOf(ModelRole::kImageText)));
  std::vector<ImageId> later, never;
  for (ImageId id : leased) {
    const std::optional<std::vector<float>> picture = space->joint->Find(id);
    if (!picture || cancel.cancelled()) {
      (pictures.waiting > 0 ? later : never).push_back(id);
      continue;
    }
    const std::vector<double> sure = WeighWords(*picture, words_.vectors, words_.background, words_.scale);
    std::vector<catalog::AutomaticTag> tags;
    for (size_t i = 0; i < sure.size(); ++i)
      if (sure[i] >= parts_.tags.word_min)
        tags.push_back(MakeTag(words_.names[i], JobRole::kWords, space->model, sure[i]));
    SortBySurety(tags);
    LK_TRY(parts_.catalog->WriteAutomaticTags(JobRole::kWords, id, tags));
  }
  LK_TRY(parts_.catalog->FinishJobs(JobRole::kWords, never));
  if (!later.empty()) LK_TRY(parts_.catalog->ReleaseJobs(JobRole::kWords, later, kWaitForVectorMs));
  return leased.size() - later.size();
}

}  // namespace likeness::engine
