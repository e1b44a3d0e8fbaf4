// Models at work on a library: the small models and the photos of the shared collection.
#include "engine/meaning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "base/files.h"
#include "engine/model_store.h"
#include "engine/test_library.h"
#include "feature/embedding/test_models.h"

namespace likeness::engine::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::IsEmpty;

#define NEEDS_MODELS_AND_PHOTOS(folder)                         \
  LIKENESS_NEEDS_MODELS();                                      \
  std::optional<fs::path> folder = SharedFolder("photos/main"); \
  if (!folder) GTEST_SKIP() << "no shared photo collection"

struct ModelLibrary : TestLibrary {
  std::map<std::string, ImageId> ids;  // by file name

  void Pull(const std::string& model) {
    auto report =
        ModelStore(data() / "models").Pull({.model = model, .from = feature::SharedModels(), .sha256 = {}}, {}, {});
    ASSERT_TRUE(report) << report.error().Text();
  }
  void ImportPhotos(const fs::path& folder, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      ImportOutcome outcome = Import(*ReadFile(folder / name, 1 << 28), OnDuplicate::kSkip, name);
      ASSERT_EQ(outcome.status, ImportStatus::kImported) << name;
      ids[name] = outcome.id;
    }
  }
  void Apply() {
    Status applied = library->ApplyModels({}, {});
    ASSERT_TRUE(applied) << applied.error().Text();
  }
  RoleStatus Of(const std::string& role) {
    for (const RoleStatus& status : library->DescribeModels())
      if (status.role == role) return status;
    return {};
  }
  std::vector<std::string> Words(const std::vector<std::string>& plus, const std::vector<std::string>& minus = {}) {
    SearchOptions options;
    options.text = plus;
    options.text_minus = minus;
    Result<SearchResult> result = library->SearchByText(options);
    EXPECT_TRUE(result) << result.error().Text();
    std::vector<std::string> names;
    if (result)
      for (const SearchHit& hit : result->hits) names.push_back(hit.name);
    return names;
  }
  std::string Tags(ImageId id, catalog::TagState state) {
    std::string text;
    const auto tags = library->ListAutomaticTags(id).value();
    for (const catalog::AutomaticTag& tag : tags)
      if (tag.state == state) text += tag.name + ";";
    return text;
  }
};

std::vector<std::string> SomePhotos(const fs::path& folder, size_t count) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  std::vector<std::string> some;
  const size_t step = std::max<size_t>(1, names.size() / count);
  for (size_t i = 0; i < names.size() && some.size() < count; i += step) some.push_back(names[i]);
  return some;
}

TEST(Meaning, WithoutAModelAllElseWorksAndTheErrorSaysHowToGetOne) {
  TestLibrary library;
  const ImageId id = library.ImportNew(Jpeg(Scene(1)));
  SearchOptions options;
  options.text = {"a dog"};
  Result<SearchResult> words = library->SearchByText(options);
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(words.error().hint, ::testing::HasSubstr("likeness models pull"));
  options.text.clear();
  options.by = SearchBy::kLook;
  EXPECT_EQ(library->SearchById(id, options).error().code, ErrorCode::kFailedPrecondition);
  options.by = SearchBy::kAll;
  EXPECT_TRUE(library->SearchById(id, options));
  EXPECT_TRUE(library->ApplyModels({}, {}));
  EXPECT_THAT(library->DescribeModels(), IsEmpty());
  EXPECT_TRUE(library.Fsck().clean());
}

TEST(Meaning, WordsAndLooksFindPicturesAndTheTrashIsLeftOut) {
  NEEDS_MODELS_AND_PHOTOS(photos);
  ModelLibrary library;
  library.Pull("text-image-conse");
  library.ImportPhotos(*photos, SomePhotos(*photos, 24));
  EXPECT_EQ(library.Of("image_text").waiting, 24u);
  library.Apply();
  EXPECT_EQ(library.Of("image_text").waiting, 0u);
  EXPECT_EQ(library.Of("image_text").vectors, 24u);

  std::vector<std::string> found = library.Words({"mountain"});
  ASSERT_EQ(found.size(), 20u);
  EXPECT_NE(found, library.Words({"city street"}));
  EXPECT_NE(found, library.Words({"mountain"}, {"lake"}));
  const ImageId first = library.ids[found[0]];
  SearchOptions look;
  look.by = SearchBy::kLook;
  Result<SearchResult> alike = library->SearchById(first, look);
  ASSERT_TRUE(alike) << alike.error().Text();
  EXPECT_EQ(alike->hits.size(), 20u);
  EXPECT_FALSE(alike->partial);
  for (const SearchHit& hit : alike->hits) EXPECT_NE(hit.id, first);
  // By the file itself: it is its own nearest.
  Result<SearchResult> same = library->SearchByBytes(*ReadFile(*photos / found[0], 1 << 28), look);
  ASSERT_TRUE(same) << same.error().Text();
  EXPECT_EQ(same->hits[0].id, first);
  EXPECT_LT(same->hits[0].signals[0].distance, 0.1);
  // Words beside a picture are one signal more.
  look.text = {"mountain"};
  const SearchHit both = library->SearchById(library.ids[found[1]], look)->hits[0];
  EXPECT_EQ(both.signals.size(), 2u);

  const ImageId gone = library.ids[found[1]];
  const DecisionId decided = library->Decide(first, gone, catalog::DecisionKind::kDuplicate, "")->id;
  EXPECT_THAT(library.Words({"mountain"}), ::testing::Not(Contains(found[1])));
  EXPECT_EQ(library.Of("image_text").vectors, 23u);
  // What comes back is looked at again; then it goes for good.
  ASSERT_TRUE(library->UndoDecision(decided));
  EXPECT_EQ(library.Of("image_text").waiting, 1u);
  library.Apply();
  EXPECT_EQ(library.Of("image_text").vectors, 24u);
  ASSERT_TRUE(library->DeleteImage(gone));
  EXPECT_EQ(library.Of("image_text").vectors, 23u);
  // Found by the stored vectors after an opening, without a batch; what was trashed stays away.
  library.Close();
  library.Open();
  EXPECT_EQ(library.Of("image_text").vectors, 23u);
  EXPECT_EQ(library.Words({"mountain"})[0], found[0]);
  // Deleted derived state is made again.
  library.Close();
  fs::remove_all(library.data() / "derived");
  library.Open();
  library.Apply();
  EXPECT_EQ(library.Of("image_text").vectors, 23u);
  EXPECT_EQ(library.Words({"mountain"})[0], found[0]);

  SearchOptions absurd;
  for (const std::string& text : {std::string(), std::string(20'000, 'x'), std::string("\x01\x02\xff")}) {
    absurd.text = {text};
    EXPECT_FALSE(library->SearchByText(absurd)) << text.substr(0, 10);
  }
}

TEST(Meaning, ARejectedTagStaysRejected) {
  NEEDS_MODELS_AND_PHOTOS(photos);
  ModelLibrary library;
  library.Pull("squeezenet-places365");
  library.ImportPhotos(*photos, SomePhotos(*photos, 6));
  library.Apply();
  std::string suggested;
  ImageId id;
  for (const auto& [name, image] : library.ids)
    if (suggested.empty()) suggested = library.Tags(id = image, catalog::TagState::kSuggested);
  ASSERT_FALSE(suggested.empty());
  const std::string tag = suggested.substr(0, suggested.find(';'));
  ASSERT_TRUE(library->EditImages({id}, {.tags_reject = {tag}}, {}));
  ASSERT_TRUE(library->Rebuild(true, {}, {}));
  EXPECT_EQ(library.Of("scenes").waiting, 6u) << "a rebuild makes them anew";
  library.Apply();
  EXPECT_EQ(library.Tags(id, catalog::TagState::kRejected), tag + ";");
  EXPECT_THAT(library.Tags(id, catalog::TagState::kSuggested), ::testing::Not(::testing::HasSubstr(tag + ";")));
  ASSERT_TRUE(library->EditImages({id}, {.tags_accept = {tag}}, {}));
  EXPECT_THAT(library->GetImage(id)->tags, Contains(tag));
}

TEST(Meaning, OnesOwnWordsAreSuggestedWhereTheyFit) {
  NEEDS_MODELS_AND_PHOTOS(photos);
  ModelLibrary library;
  library.Pull("text-image-conse");
  library.ImportPhotos(*photos, SomePhotos(*photos, 24));
  library.Close();
  library.tags.words = {"mountain", "food"};
  library.tags.word_min = 0.4;
  library.Open();
  EXPECT_EQ(library.Of("words").waiting, 0u) << "not asked yet";
  library.Apply();
  EXPECT_EQ(library.Of("words").waiting, 0u);
  size_t mountains = 0, foods = 0;
  std::vector<std::string> first = library.Words({"mountain"});
  for (const auto& [name, id] : library.ids) {
    const std::string tags = library.Tags(id, catalog::TagState::kSuggested);
    mountains += tags.find("mountain;") != std::string::npos;
    foods += tags.find("food;") != std::string::npos;
  }
  EXPECT_GT(mountains, 0u);
  EXPECT_LT(mountains, 12u);
  EXPECT_LT(foods, 12u);
  EXPECT_THAT(library.Tags(library.ids[first[0]], catalog::TagState::kSuggested), ::testing::HasSubstr("mountain;"));
  // Another list: the old suggestions go, and no picture is looked at again.
  library.Close();
  library.tags.words = {"food"};
  library.Open();
  library.Apply();
  for (const auto& [name, id] : library.ids)
    EXPECT_THAT(library.Tags(id, catalog::TagState::kSuggested), ::testing::Not(::testing::HasSubstr("mountain;")));
  // One that the model does not know is named; the others stand.
  library.Close();
  library.tags.words = {"food", "mountain", "qqqzzz"};
  library.Open();
  library.Apply();
  EXPECT_THAT(library.Of("words").error, ::testing::HasSubstr("qqqzzz"));
  EXPECT_THAT(library.Tags(library.ids[first[0]], catalog::TagState::kSuggested), ::testing::HasSubstr("mountain;"));
  // None at all: what was suggested is not shown, but kept for whoever wants it.
  library.Close();
  library.tags.words.clear();
  library.Open();
  library.Apply();
  EXPECT_EQ(library.Of("words").role, "");
  EXPECT_EQ(library.Tags(library.ids[first[0]], catalog::TagState::kSuggested), "");
}

TEST(Meaning, WordsAreWeighedAgainstWhatFitsAnyPicture) {
  const std::vector<float> picture = {1, 0};
  const std::vector<std::vector<float>> words = {{1, 0}, {0, 1}}, background = {{0.8f, 0.6f}};
  const std::vector<double> sure = WeighWords(picture, words, background, 20);
  EXPECT_NEAR(sure[0], 1 / (1 + std::exp(-4.0)), 1e-4);
  EXPECT_NEAR(sure[1], 1 / (1 + std::exp(16.0)), 1e-6);
}

TEST(Meaning, QualityIsScored) {
  NEEDS_MODELS_AND_PHOTOS(photos);
  ModelLibrary library;
  library.Pull("brisque-live");
  library.ImportPhotos(*photos, SomePhotos(*photos, 4));
  library.Apply();
  EXPECT_EQ(library.Of("quality").waiting, 0u);
  for (const auto& [name, id] : library.ids) {
    const std::optional<catalog::QualityScore> score = library->FindQuality(id).value();
    ASSERT_TRUE(score) << name;
    EXPECT_EQ(score->model, "brisque-live");
    EXPECT_LT(score->score, 70) << name;
  }
}

TEST(Meaning, ExpandedQueriesFindTheSameNeighbourhood) {
  NEEDS_MODELS_AND_PHOTOS(photos);
  ModelLibrary library;
  library.Pull("text-image-conse");
  library.ImportPhotos(*photos, SomePhotos(*photos, 24));
  library.Apply();
  SearchOptions look{.by = SearchBy::kLook, .count = 5};
  const ImageId id = library.ids.begin()->second;
  const SearchResult plain = library->SearchById(id, look).value();
  look.expand = 3;
  const SearchResult expanded = library->SearchById(id, look).value();
  look.expand = 1;
  EXPECT_LT(library->SearchById(id, look)->hits[0].signals[0].distance, plain.hits[0].signals[0].distance);
  ASSERT_EQ(expanded.hits.size(), 5u);
  EXPECT_EQ(expanded.hits[0].id, plain.hits[0].id);
  // What was added to the query is nearer to it than before.
  EXPECT_LT(expanded.hits[0].signals[0].distance, plain.hits[0].signals[0].distance);
}

TEST(Meaning, AnotherModelIsFilledWhileTheOldOneAnswers) {
  NEEDS_MODELS_AND_PHOTOS(photos);
  ModelLibrary library;
  library.Pull("text-image-conse");
  library.Pull("text-image-conse-scenes");
  library.ImportPhotos(*photos, SomePhotos(*photos, 20));
  library.Apply();
  const std::vector<std::string> before = library.Words({"beach"});
  ASSERT_TRUE(ModelStore(library.data() / "models").Use("text-image-conse-scenes"));
  for (bool reopened : {false, true}) {
    if (reopened) {
      library.Close();
      library.Open();
    }
    const RoleStatus status = library.Of("image_text");
    EXPECT_EQ(status.model, "text-image-conse-scenes") << reopened;
    EXPECT_EQ(status.answering_model, "text-image-conse") << reopened;
    EXPECT_EQ(status.waiting, 20u) << reopened;
    EXPECT_EQ(library.Words({"beach"}), before) << reopened;
  }
  library.Apply();
  EXPECT_EQ(library.Of("image_text").answering_model, "");
  EXPECT_EQ(library.Of("image_text").vectors, 20u);
  EXPECT_EQ(library.Words({"beach"}).size(), 20u);
}

TEST(Meaning, ABrokenModelTakesOnlyItsOwnAnswersAway) {
  NEEDS_MODELS_AND_PHOTOS(photos);
  ModelLibrary library;
  library.Pull("text-image-conse");
  library.Pull("yolox-nano-coco");
  library.ImportPhotos(*photos, SomePhotos(*photos, 3));
  const fs::path labels = library.data() / "models/yolox-nano-coco/coco80.txt";
  Bytes bytes = *ReadFile(labels, 1 << 20);
  bytes[0] ^= 1;
  ASSERT_TRUE(WriteFileAtomically(labels, bytes));
  (void)library->ApplyModels({}, {});
  (void)library->ApplyModels({}, {});
  EXPECT_EQ(library.Words({"beach"}).size(), 3u);
  EXPECT_THAT(library.Of("objects").error, ::testing::HasSubstr("models pull yolox-nano-coco"));
  EXPECT_EQ(library.Of("objects").waiting, 3u);
}

// A process that works the queue off is killed after its n-th batch; the next one goes on and leaves nothing out.
TEST(Meaning, KilledInTheMiddleItGoesOn) {
  NEEDS_MODELS_AND_PHOTOS(photos);
  ModelLibrary library;
  library.Pull("text-image-conse");
  library.Pull("squeezenet-places365");
  library.ImportPhotos(*photos, SomePhotos(*photos, 30));
  library.Close();
  for (size_t batches : {0, 1, 2}) {
    const fs::path said = library.folder.path() / ("said" + std::to_string(batches));
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      execl(LIKENESS_CRASH_DRIVER, "crash_driver", "models", library.data().c_str(), said.c_str(), nullptr);
      _exit(127);
    }
    for (;;) {
      std::ifstream file(said);
      size_t lines = 0;
      for (std::string line; std::getline(file, line);) ++lines;
      int status = 0;
      if (lines > batches) break;
      ASSERT_EQ(waitpid(child, &status, WNOHANG), 0) << "it ended by itself";
      usleep(2000);
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    library.Open();
    EXPECT_GT(library.Of("image_text").waiting, 0u) << "vectors that were not saved are owed";
    library.Close();
  }
  library.Open();
  library.Apply();
  EXPECT_EQ(library.Of("image_text").waiting + library.Of("scenes").waiting, 0u);
  EXPECT_EQ(library.Of("image_text").vectors, 30u);
  EXPECT_TRUE(library.Fsck().clean());
}

}  // namespace
}  // namespace likeness::engine::testing
