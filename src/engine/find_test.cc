// Expressions on a real library: what they find follows every change, survives reopening, and can be made again.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "engine/test_library.h"

namespace likeness::engine {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class FindTest : public ::testing::Test {
 protected:
  FindTest() {
    for (int i = 0; i < 6; ++i)
      ids_.push_back(library_.ImportNew(Jpeg(Scene(i + 1, 320 + 20 * i, 240)), fmt::format("IMG_{}.jpg", 6 - i)));
    Tag(0, {"Forest", "winter"});
    Tag(1, {"forest", "field"});
    Tag(2, {"sea", "winter"});
    Tag(3, {"oak", "spring"});
  }

  void Tag(size_t which, std::vector<std::string> add, std::vector<std::string> remove = {}) {
    ASSERT_TRUE(
        library_->EditImages({ids_[which]}, {.tags_add = std::move(add), .tags_remove = std::move(remove)}, {}));
  }
  // Numbers of the pictures in the order found; a fault is thrown at the test.
  std::vector<size_t> Find(const std::string& expression, uint64_t* total = nullptr, size_t count = 100) {
    std::vector<size_t> found;
    FindOptions options{.expression = expression, .count = count};
    for (;;) {
      auto page = library_->Find(options);
      if (!page) {
        ADD_FAILURE() << expression << ": " << page.error().error.Text();
        return {};
      }
      EXPECT_LE(page->images.size(), count);
      for (const catalog::ImageRow& row : page->images)
        found.push_back(static_cast<size_t>(std::ranges::find(ids_, row.id) - ids_.begin()));
      if (total != nullptr) *total = page->total;
      if (!page->next) return found;
      options.after = page->next;
    }
  }

  TestLibrary library_;
  std::vector<ImageId> ids_;
};

TEST_F(FindTest, FollowsEditsTrashAndDeletion) {
  EXPECT_THAT(Find("forest"), UnorderedElementsAre(0, 1));
  EXPECT_THAT(Find("winter, -forest"), ElementsAre(2));
  Tag(1, {"snow"}, {"forest"});
  EXPECT_THAT(Find("FOREST"), ElementsAre(0));
  EXPECT_THAT(Find("snow"), ElementsAre(1));
  EXPECT_THAT(library_->CompleteTags("FO", 10, {}).front().count, 1u);
  ASSERT_TRUE(library_->EditImages({ids_[2]}, {.rating = 4}, {}));
  EXPECT_THAT(Find("rating>=4"), ElementsAre(2));
  const auto decision = library_->Decide(ids_[0], ids_[1], catalog::DecisionKind::kDuplicate, "");
  ASSERT_TRUE(decision.has_value());
  EXPECT_THAT(Find("snow"), IsEmpty());
  ASSERT_TRUE(library_->UndoDecision(decision->id));
  EXPECT_THAT(Find("snow"), ElementsAre(1));
  ASSERT_TRUE(library_->DeleteImage(ids_[1]));
  EXPECT_THAT(Find("snow"), IsEmpty());
  EXPECT_EQ(Find("tags>=0").size(), 5u);
}

TEST_F(FindTest, SurvivesReopeningAndALostOrDamagedIndex) {
  const std::filesystem::path file = library_.data() / "derived/index/tags.idx";
  for (const char* what : {"kept", "lost", "damaged", "of an older state"}) {
    if (std::string_view(what) == "of an older state") {
      library_.Close();
      std::filesystem::copy_file(file, file.string() + ".old");
      library_.Open();
      Tag(5, {"late"});
    }
    library_.Close();
    ASSERT_TRUE(std::filesystem::exists(file));
    if (std::string_view(what) == "lost") std::filesystem::remove(file);
    if (std::string_view(what) == "damaged") std::filesystem::resize_file(file, 100);
    if (std::string_view(what) == "of an older state") {
      std::filesystem::rename(file.string() + ".old", file);
      library_.Open();
      EXPECT_THAT(Find("late"), ElementsAre(5)) << what;
      continue;
    }
    library_.Open();
    EXPECT_THAT(Find("forest"), UnorderedElementsAre(0, 1)) << what;
    EXPECT_EQ(Find("-forest").size(), 4u) << what;
  }
  ASSERT_TRUE(library_->Rebuild(true, CancelFlag(), nullptr).has_value());
  EXPECT_THAT(Find("forest"), UnorderedElementsAre(0, 1));
}

TEST_F(FindTest, OrdersAndPages) {
  uint64_t total = 0;
  EXPECT_THAT(Find("sort:width", &total, 4), ElementsAre(5, 4, 3, 2, 1, 0));
  EXPECT_EQ(total, 6u);
  EXPECT_THAT(Find("sort:-width", &total, 1), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(Find("sort:added", &total, 2), ElementsAre(5, 4, 3, 2, 1, 0));
  EXPECT_THAT(Find("sort:name", &total, 4), ElementsAre(5, 4, 3, 2, 1, 0));
  EXPECT_THAT(Find("sort:-name, -sea", &total, 2), ElementsAre(0, 1, 3, 4, 5));
  EXPECT_EQ(total, 5u);
  EXPECT_THAT(Find("sort:random", &total, 2), UnorderedElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(Find("tags>=2, sort:tags, sea", &total, 2), ElementsAre(2));
}

TEST_F(FindTest, RankedOperandsAmongWhatTheRestAllows) {
  const ImageId red = library_.ImportNew(Jpeg(Solid(200, 20, 20)), "red.jpg");
  const ImageId blue = library_.ImportNew(Jpeg(Solid(20, 20, 200)), "blue.jpg");
  const ImageId crop = library_.ImportNew(Jpeg(Cropped(Scene(1, 640, 480), 60, 40, 500, 400)), "crop.jpg");
  ids_.insert(ids_.end(), {red, blue, crop});  // 6, 7, 8
  const ImageId whole = library_.Import(Jpeg(Scene(1, 640, 480)), OnDuplicate::kKeep).id;
  ids_.push_back(whole);  // 9
  Tag(6, {"plain"});
  Tag(7, {"plain"});
  uint64_t total = 0;
  const std::vector<size_t> reds = Find("colour:#c81414", &total);
  ASSERT_FALSE(reds.empty());
  EXPECT_EQ(reds.front(), 6u);
  EXPECT_EQ(total, reds.size());
  EXPECT_THAT(Find("colour:#c81414, plain"), ElementsAre(6));
  EXPECT_THAT(Find("colour:#1414c8, plain"), ElementsAre(7));
  const std::string of_crop = fmt::format("copy-of:{}", crop.value);
  EXPECT_THAT(Find(of_crop), ::testing::Contains(9u));
  EXPECT_THAT(Find(of_crop + ", tags:0"), ::testing::Contains(9u));
  EXPECT_THAT(Find(of_crop + ", plain"), IsEmpty());
  EXPECT_THAT(Find(fmt::format("-({}), width>=500", of_crop)), ElementsAre(8));
  EXPECT_THAT(Find(fmt::format("like:{}, -plain", crop.value)), ::testing::Contains(9u));
  EXPECT_THAT(Find(fmt::format("like:{}, plain, sort:-width", crop.value)).size(), 2u);
  EXPECT_EQ(library_->Find({.expression = "like:4711"}).error().error.code, ErrorCode::kNotFound);
  const auto words = library_->Find({.expression = "~\"snow\""});  // no model is here
  ASSERT_FALSE(words.has_value());
  EXPECT_EQ(words.error().error.code, ErrorCode::kFailedPrecondition);
}

TEST_F(FindTest, SharesMostTags) {
  Tag(4, {"WINTER", "sea", "boat"});
  const SearchResult result = library_->SearchById(ids_[2], {.by = SearchBy::kTags}).value();
  EXPECT_THAT(Ids(result), ElementsAre(ids_[4], ids_[0]));
  EXPECT_EQ(result.total, 2u);
  EXPECT_EQ(result.hits[0].signals[0].score, 2);
  EXPECT_EQ(library_->SearchById(ImageId{4711}, {.by = SearchBy::kTags}).error().code, ErrorCode::kNotFound);
}

TEST_F(FindTest, SuggestsTags) {
  Tag(5, {"forest (old)", "red, white"});
  auto names = [](const std::vector<TagSuggestion>& tags) {
    std::vector<std::string> out;
    for (const TagSuggestion& tag : tags) out.push_back(fmt::format("{} {}", tag.expression, tag.count));
    return out;
  };
  EXPECT_THAT(names(library_->CompleteTags("fore", 10, {})), ElementsAre("Forest 2", "forest (old) 1"));
  EXPECT_THAT(names(library_->CompleteTags("red", 10, {})), ElementsAre("\"red, white\" 1"));
  EXPECT_THAT(names(library_->CountTagsAmong("winter", 10, {}).value()), ElementsAre("winter 2", "Forest 1", "sea 1"));
}

TEST_F(FindTest, AliasesAndImplications) {
  using catalog::TagRuleKind;
  EXPECT_EQ(library_->WriteTagRule({"wood", "WOOD", TagRuleKind::kAlias}).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(library_->WriteTagRule({"Wood", "forest", TagRuleKind::kAlias}));
  ASSERT_TRUE(library_->WriteTagRule({"oak", "tree", TagRuleKind::kImplies}));
  ASSERT_TRUE(library_->WriteTagRule({"tree", "plant", TagRuleKind::kImplies}));
  EXPECT_THAT(Find("wood"), UnorderedElementsAre(0, 1));
  EXPECT_THAT(Find("plant"), ElementsAre(3));
  EXPECT_THAT(Find("oak"), ElementsAre(3));
  Tag(4, {"plant"});
  EXPECT_THAT(Find("plant, -tree"), ElementsAre(4));
  EXPECT_THAT(Find("oak"), ElementsAre(3));
  library_.Close();
  library_.Open();
  EXPECT_THAT(Find("tree"), ElementsAre(3));
  ASSERT_TRUE(library_->RemoveTagRule("oak", "tree"));
  EXPECT_THAT(Find("tree"), IsEmpty());
  EXPECT_EQ(library_->RemoveTagRule("oak", "tree").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(library_->ListTagRules()->size(), 2u);
}

}  // namespace
}  // namespace likeness::engine
