// Expressions as a table: which of a few pictures each finds. The pictures are told to a tag index as the library does.
#include "engine/expression.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/tag_words.h"

namespace likeness::engine {
namespace {

class ExpressionTest : public ::testing::Test {
 protected:
  ExpressionTest() {
    // Ids 1 to 10. `taken` orders them: the later the newer, as the ids.
    Put({"forest", "winter"}, 1920, 1080, "2022-12-30T10:00:00",
        R"({"camera_make":"Canon","camera_model":"Canon EOS 5D","latitude":1,"longitude":2})");
    Put({"forest", "Summer"}, 4000, 3000, "2023-05-17T23:59:59+02:00",
        R"({"camera_make":"NIKON CORPORATION","camera_model":"D750","lens":"50.0 mm f/1.8"})");
    Put({"sea", "autumn"}, 1920, 1080, "2023-06-01T10:00:00", "{}");
    Put({"autumn", "man-made", "-forest"}, 1000, 1000, "", R"({"creator":"Ivan Shishkin"})");
    Put({"field", "winter", "fate (series)", "nice!"}, 1080, 1920, "2023-12-31T23:00:00", "{}", 5);
    Put({"лес", "зима", "artist:shishkin"}, 800, 600, "2024-01-01T00:00:00", "{}", 3, "png");
    Put({"a", "b", "forest(wi(nter)"}, 6000, 4000, "", "{}", -1);
    Put({"rainbow dash", "a", "c"}, 900, 900, "", "{}", 0, "png");
    Put({"water", "tree", "café", "red, white"}, 640, 480, "2020-02-29T00:00:00", "{}");
    Put({}, 300, 100, "", "{}");
  }

  void Put(const std::vector<std::string>& tags, uint32_t width, uint32_t height, const std::string& taken,
           const std::string& metadata, int rating = 0, const std::string& format = "jpeg") {
    catalog::ImageRow row;
    row.id = {++last_id_};
    row.tags = tags;
    row.width = width;
    row.height = height;
    row.size_bytes = uint64_t{width} * height;
    row.taken_at = taken;
    row.sort_at_ms = static_cast<int64_t>(last_id_);
    row.metadata_json = metadata;
    row.rating = rating;
    row.format = format;
    if (last_id_ == 3) row.title = "A sea";
    index_.Put(MakeTagEntry(row));
  }

  std::string Find(const std::string& text) const {
    const SetLookup sets{
        .copies = [](ImageId id) -> SetLookup::Ids {
          if (id.value > 10) return Fail(ErrorCode::kNotFound, "there is no image");
          return std::vector<ImageId>{{id.value + 1}, {id.value + 2}};
        },
        .albums = [](const query::Pattern& name) -> SetLookup::Ids {
          std::vector<ImageId> ids;
          if (FitsFolded(name, "Spain, 2023")) ids = {{9}, {2}};
          if (FitsFolded(name, "Зима")) ids.push_back({6});
          return ids;
        },
        .favourites = []() -> SetLookup::Ids { return std::vector<ImageId>{{7}}; },
    };
    auto compiled = CompileExpression(text, Limits{}, TermLookup(index_), sets);
    if (!compiled) return fmt::format("error at {}", compiled.error().character.value_or(999));
    std::string out;
    for (const index::TagHit& hit : index_.Search(compiled->filter, {}).hits)
      out = fmt::format("{}{}{}", hit.id.value, out.empty() ? "" : " ", out);
    return out;
  }

  index::TagIndex index_;
  uint64_t last_id_ = 0;
};

TEST_F(ExpressionTest, Finds) {
  struct Row {
    const char* text;
    const char* ids;  // ascending
  };
  const Row rows[] = {
      // The documented examples.
      {"forest&&height>=1920&&width>=1080", "2"},
      {"forest(wi(nter) || nice!", "5 7"},
      {"(a||b)&&(-a||-b", "8"},
      {"(a||b)&&(-a||-b)", "8"},
      {"a&&(b||c)", "7 8"},
      {"winter&&(forest||field)", "1 5"},
      {"autumn, -forest", "3 4"},
      {"winter&&!(forest||tree)", "5"},
      {"sea&&width==1920&&height==1080", "3"},
      {"forest,width>2000,height>2000", "2"},
      {"water && width<1000&&height<1000", "9"},
      {"rainbow dash && width<1000&&height<1000", "8"},
      // NOT.
      {"-forest", "3 4 5 6 7 8 9 10"},
      {"!!forest", "1 2"},
      {"winter&& -forest", "5"},
      {"winter || !tags>=1", "1 5 10"},
      {"a&&!-b", "7"},
      {"\"-forest\"", "4"},
      {"man-made", "4"},
      // Case and Unicode: composed or not, wide or not.
      {"FOREST", "1 2"},
      {"summer", "2"},
      {"ЛЕС&&зима", "6"},
      {"CAFE\u0301", "9"},
      {"cafe", ""},
      {"fate (series)&&winter", "5"},
      {"\"red, white\"", "9"},
      {"artist:Shishkin", "6"},
      {"author:shishkin", "6"},
      {"author:*shishkin", "4 6"},
      // Wildcards.
      {"for*", "1 2 7"},
      {"*ter", "1 5 9"},
      {"f*e*d", "5"},
      {"*", "1 2 3 4 5 6 7 8 9"},
      {"artist:*", "6"},
      {"nothing*", ""},
      // Numbers.
      {"width>1920", "2 7"},
      {"width:1000..1920", "1 3 4 5"},
      {"-width==1920, tags>=3", "4 5 6 7 8 9"},
      {"pixels>=12MP", "2 7"},
      {"ratio==16:9", "1 3"},
      {"ratio:4:3..16:9", "1 2 3 6 7 9"},
      {"ratio>1.5", "1 3 10"},
      {"ratio>=1.5, ratio<16:9", "7"},
      {"ratio<1", "5"},
      {"size<500kB", "6 9 10"},
      {"tags:0", "10"},
      {"tags==3", "4 6 7 8"},
      {"rating>=3", "5 6"},
      {"rating==-1", "7"},
      // Dates, as the camera wrote them.
      {"date:2023", "2 3 5"},
      {"date:2023-05", "2"},
      {"date:2023-05-17", "2"},
      {"date:2022..2023-05", "1 2"},
      {"date>2023", "6"},
      {"date<2023", "1 9"},
      {"date<=2023-06", "1 2 3 9"},
      {"-has:date", "4 7 8 10"},
      // Texts.
      {"camera:Canon*", "1"},
      {"camera:\"canon eos 5d\"", "1"},
      {"camera:nikon*", "2"},
      {"camera:d750", "2"},
      {"lens:*50*", "2"},
      {"format:png", "6 8"},
      {"orientation:portrait", "5"},
      {"orientation:square", "4 8"},
      {"has:gps", "1"},
      {"has:title", "3"},
      {"has:author", "4 6"},
      {"has:tags, -has:camera, width>900", "3 4 5 7"},
      {"album:any", ""},
      {"album:\"spain, 2023\"", "2 9"},
      {"album:зима || album:s*n*3", "2 6 9"},
      {"album:s*n*4", ""},
      {"-has:album, winter", "1 5"},
      {"has:album, forest", "2"},
      {"has:favourite || format:png", "6 7 8"},
      // Sets of copies stand anywhere; what ranks is no filter.
      {"copy-of:3", "4 5"},
      {"-copy-of:3, winter", "1"},
      {"copy-of:3 || sea", "3 4 5"},
      {"~\"snow\", forest", "1 2"},
      {"colour:#ffaa00", "1 2 3 4 5 6 7 8 9 10"},
      {"like:2, sort:size, winter", "1 5"},
      {"sort:oldest", "1 2 3 4 5 6 7 8 9 10"},
      // Mistakes, with the character.
      {"", "error at 0"},
      {"sea, width=1000", "error at 10"},
      {"лес, a)", "error at 6"},
      {"-like:2", "error at 1"},
      {"лес || ~\"snow\"", "error at 7"},
      {"sea, -(winter || colour:#ff0000)", "error at 17"},
      {"sea, copy-of:99, -copy-of:98", "error at 5"},
  };
  for (const Row& row : rows) EXPECT_EQ(Find(row.text), row.ids) << "for: " << row.text;
}

TEST_F(ExpressionTest, RankedOperandsInTheirOrder) {
  auto compiled =
      CompileExpression("~\"snow\", forest, colour:#ffaa00, like:7, sort:relevance", Limits{}, TermLookup(index_), {});
  ASSERT_TRUE(compiled.has_value());
  ASSERT_EQ(compiled->ranked.size(), 3u);
  EXPECT_EQ(std::get<query::Words>(compiled->ranked[0]).text, "snow");
  EXPECT_EQ(std::get<query::Colour>(compiled->ranked[1]).rgb, 0xFFAA00u);
  EXPECT_EQ(std::get<query::Like>(compiled->ranked[2]).id, 7u);
  EXPECT_EQ(compiled->sort->key, query::SortKey::kRelevance);
}

}  // namespace
}  // namespace likeness::engine
