#include "engine/takeout.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace likeness::engine {
namespace {

using ::testing::ElementsAre;

TEST(Takeout, FindsTheFileThatBelongsToAPhoto) {
  struct Row {
    std::vector<std::string> stems;  // ascending
    std::string photo, expected;
  };
  const std::string forty(40, 'a'), fifty(50, 'b');
  for (const Row& row : {
           Row{{"IMG_1.jpg"}, "IMG_1.jpg", "IMG_1.jpg"},
           {{"IMG_1.jpg.supplemental-metadata"}, "IMG_1.jpg", "IMG_1.jpg.supplemental-metadata"},
           {{"IMG_1.jpg.suppl"}, "IMG_1.jpg", "IMG_1.jpg.suppl"},
           {{"IMG_1.jpg.s"}, "IMG_1.jpg", "IMG_1.jpg.s"},
           {{"IMG_10.jpg", "IMG_1.jpg", "metadata"}, "IMG_1.jpg", "IMG_1.jpg"},
           {{"IMG_10.jpg", "IMG_11.jpg"}, "IMG_1.jpg", ""},
           {{"IMG_1.jpg.sidecar"}, "IMG_1.jpg", ""},
           // The number of a repeated name stands behind the extension.
           {{"IMG.jpg", "IMG.jpg(1)"}, "IMG(1).jpg", "IMG.jpg(1)"},
           {{"IMG.jpg", "IMG.jpg(1)"}, "IMG.jpg", "IMG.jpg"},
           {{"IMG.jpg(1)", "IMG.jpg(2)"}, "IMG(2).jpg", "IMG.jpg(2)"},
           {{"IMG.jpg(2)"}, "IMG(1).jpg", ""},
           {{"IMG.jpg"}, "IMG(1).jpg", ""},
           {{"IMG.jpg.supplemental-metadata(3)"}, "IMG(3).jpg", "IMG.jpg.supplemental-metadata(3)"},
           {{"IMG.jpg.supplemental-met(3)"}, "IMG(3).jpg", "IMG.jpg.supplemental-met(3)"},
           {{"IMG(1).jpg"}, "IMG(1).jpg", "IMG(1).jpg"},
           // Cut at 46 characters.
           {{forty + ".jpg.s"}, forty + ".jpg", forty + ".jpg.s"},
           {{fifty.substr(0, 46)}, fifty + ".jpg", std::string(46, 'b')},
           {{fifty.substr(0, 30)}, fifty + ".jpg", ""},
           // Uploaded without an extension.
           {{"IMG_1"}, "IMG_1.jpg", "IMG_1"},
           {{"IMG_1", "IMG_1.jpg"}, "IMG_1.jpg", "IMG_1.jpg"},
           // An edited copy.
           {{"IMG_1.jpg"}, "IMG_1-edited.jpg", "IMG_1.jpg"},
           {{"IMG.jpg", "IMG.jpg(1)"}, "IMG-edited(1).jpg", "IMG.jpg(1)"},
           {{"IMG_1-edited.jpg", "IMG_1.jpg"}, "IMG_1-edited.jpg", "IMG_1-edited.jpg"},
           {{}, "IMG_1.jpg", ""},
           {{"a"}, "", ""},
           {{"(1)", "(1).jpg"}, "(1).jpg", "(1).jpg"},
           {{"Müller.jpg"}, "Müller.jpg", "Müller.jpg"},
       }) {
    std::vector<std::string> stems = row.stems;
    std::ranges::sort(stems);
    EXPECT_EQ(FindTakeoutStem(stems, row.photo), row.expected) << row.photo;
  }
}

TEST(Takeout, ReadsWhatIsKnownOfAPhoto) {
  const std::optional<TakeoutFacts> facts = ParseTakeout(AsBytes(R"({
    "title": "IMG_20190501_a_long_name_that_was_cut.jpg", "description": "two\nlines", "imageViews": "3",
    "creationTime": {"timestamp": "1556800000", "formatted": "x"},
    "photoTakenTime": {"timestamp": "1556704800", "formatted": "1 May 2019"},
    "geoData": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0},
    "geoDataExif": {"latitude": 48.85, "longitude": 2.35, "altitude": 35.5},
    "favorited": true, "people": [{"name": "Ann"}, {"name": ""}, {"name": 3}, {"name": "Bob B."}],
    "url": "https://photos.google.com/photo/abc"})"),
                                                         Limits{});
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->description, "two\nlines");
  EXPECT_EQ(facts->taken_at, "2019-05-01T10:00:00+00:00");
  EXPECT_DOUBLE_EQ(facts->latitude.value(), 48.85);
  EXPECT_DOUBLE_EQ(facts->altitude_m.value(), 35.5);
  EXPECT_THAT(facts->people, ElementsAre("Ann", "Bob B."));
  EXPECT_TRUE(facts->favourite);
  EXPECT_EQ(facts->url, "https://photos.google.com/photo/abc");
  codec::Metadata file;
  file.description = "OLYMPUS DIGITAL CAMERA";
  file.taken_at = "2019-05-01T12:00:00";
  ApplyTakeout(*facts, "IMG_20190501_a_lo.jpg", file);
  EXPECT_EQ(file.description, "two\nlines");
  EXPECT_EQ(file.taken_at, "2019-05-01T12:00:00") << "the camera's own time was lost";
  EXPECT_EQ(file.title, "") << "a file name is no title";
  EXPECT_DOUBLE_EQ(file.longitude.value(), 2.35);
  EXPECT_THAT(file.keywords, ElementsAre("person:Ann", "person:Bob B."));
  codec::Metadata bare;
  TakeoutFacts sunset;
  sunset.title = "Sunset";
  sunset.taken_at = facts->taken_at;
  ApplyTakeout(sunset, "a.jpg", bare);
  EXPECT_EQ(bare.title, "Sunset");
  EXPECT_EQ(bare.taken_at, facts->taken_at);
}

TEST(Takeout, RefusesWhatIsNone) {
  for (const char* text :
       {"", "[]", "{}", "null", "{\"title\":\"a\"}", "{\"photoTakenTime\":\"x\"}", "{\"geoData\":", "x"})
    EXPECT_FALSE(ParseTakeout(AsBytes(text), Limits{})) << text;
  EXPECT_FALSE(ParseTakeout(AsBytes(std::string(1000, '[')), Limits{}));
  EXPECT_FALSE(ParseTakeout(AsBytes("{\"geoData\":{}, \"a\":\"" + std::string(2 << 20, 'x') + "\"}"), Limits{}));
  const auto odd = ParseTakeout(AsBytes(R"({"title":5,"photoTakenTime":{"timestamp":"99999999999999"},
    "geoData":{"latitude":1000,"longitude":1},"people":{"name":"x"},"favorited":"true","url":"javascript:1"})"),
                                Limits{});
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->title + odd->taken_at + odd->url, "");
  EXPECT_FALSE(odd->latitude);
  EXPECT_TRUE(odd->people.empty());
  EXPECT_FALSE(odd->favourite);
}

}  // namespace
}  // namespace likeness::engine
