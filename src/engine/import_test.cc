// Imports of folders with what stands beside the files, and of metadata from other galleries.
#include <gmock/gmock.h>

#include <filesystem>

#include "engine/import_extras.h"
#include "engine/test_library.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Jpeg;
using testing::Scene;
using testing::TestLibrary;
using ::testing::UnorderedElementsAre;

class ImportFolderTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, ByteView bytes) {
    const fs::path path = root() / name;
    fs::create_directories(path.parent_path());
    lib.folder.Write((fs::path("photos") / name).string(), bytes);
  }
  void Write(const std::string& name, const std::string& text) { Write(name, AsBytes(text)); }
  fs::path root() const { return lib.folder.path() / "photos"; }

  // By file name.
  std::map<std::string, ImportOutcome> Import(const ImportOptions& options = {}) {
    std::map<std::string, ImportOutcome> out;
    const auto on_item = [&](const ImportOutcome& outcome) {
      out[fs::path(outcome.path).filename().string()] = outcome;
    };
    const Result<ImportSummary> summary = lib->ImportPaths({root().string()}, options, CancelFlag(), on_item, {});
    EXPECT_TRUE(summary.has_value()) << summary.error().Text();
    return out;
  }
  catalog::ImageRow Row(const ImportOutcome& outcome) {
    return lib->GetImage(outcome.id).value_or(catalog::ImageRow());
  }

  TestLibrary lib;
};

TEST_F(ImportFolderTest, NumbersOfNamesBecomeIds) {
  ImportOptions options;
  options.ids_from_names = true;
  options.threads = 1;
  const std::vector<std::string> names = {"7.jpg", "3.jpg", "007.png", "0.jpg", "a.jpg", "9999999999999999.jpg",
                                          "-1.jpg"};
  for (size_t i = 0; i < names.size(); ++i) Write(names[i], Jpeg(Scene(static_cast<int>(i) + 1)));
  auto outcomes = Import(options);
  EXPECT_EQ(outcomes["3.jpg"].id, ImageId{3});
  // One of the two sevens, whichever came first.
  EXPECT_EQ(
      (outcomes["7.jpg"].status == ImportStatus::kImported) + (outcomes["007.png"].status == ImportStatus::kImported),
      1);
  for (const char* bad : {"0.jpg", "a.jpg", "9999999999999999.jpg", "-1.jpg"}) {
    EXPECT_EQ(outcomes[bad].status, ImportStatus::kRejected) << bad;
    EXPECT_EQ(outcomes[bad].error->code, ErrorCode::kInvalidArgument) << bad;
  }
  EXPECT_EQ(lib->GetImage(ImageId{7})->id, ImageId{7});
  // Those that come without a wish get the next ones, and an id that was deleted stays unused.
  EXPECT_EQ(lib.ImportNew(Jpeg(Scene(20))), ImageId{8});
  ASSERT_TRUE(lib->DeleteImage(ImageId{3}).has_value());
  Write("3.jpg", Jpeg(Scene(21)));
  Write("8.jpg", Jpeg(Scene(22)));
  outcomes = Import(options);
  for (const char* used : {"3.jpg", "8.jpg"}) {
    EXPECT_EQ(outcomes[used].status, ImportStatus::kRejected) << used;
    EXPECT_EQ(outcomes[used].error->code, ErrorCode::kAlreadyExists) << used;
  }
  EXPECT_TRUE(lib.Fsck().clean());
}

TEST_F(ImportFolderTest, TakeoutFilesAreRead) {
  Write("trip/IMG(1).jpg", Jpeg(Scene(1)));
  Write("trip/IMG.jpg(1).json", std::string(R"({"title":"IMG.jpg","description":"At the sea",
    "photoTakenTime":{"timestamp":"1556704800"},"geoData":{"latitude":48.5,"longitude":2.25,"altitude":3},
    "people":[{"name":"Ann"}],"favorited":true,"url":"https://photos.google.com/photo/abc"})"));
  Write("trip/other.jpg", Jpeg(Scene(2)));
  Write("trip/metadata.json", std::string(R"({"title":"trip"})"));
  auto outcomes = Import();
  const catalog::ImageRow row = Row(outcomes["IMG(1).jpg"]);
  EXPECT_EQ(row.description, "At the sea");
  EXPECT_EQ(row.taken_at, "2019-05-01T10:00:00+00:00");
  EXPECT_EQ(row.sort_at_ms, 1556704800000);
  EXPECT_EQ(row.source_url, "https://photos.google.com/photo/abc");
  EXPECT_THAT(row.tags, ElementsAre("person:Ann"));
  EXPECT_THAT(row.metadata_json, HasSubstr("\"latitude\":48.5"));
  EXPECT_EQ(lib->Find({.expression = "date:2019-05 && has:gps && \"person:Ann\""})->total, 1u);
  EXPECT_THAT(*lib->albums().ListFavouriteIds({}), ElementsAre(row.id));
  EXPECT_EQ(Row(outcomes["other.jpg"]).taken_at, "");
}

TEST_F(ImportFolderTest, XmpSidecarsAreRead) {
  Write("a.jpg", Jpeg(Scene(1)));
  Write("a.jpg.xmp", std::string(R"(<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"><rdf:Description xmp:Rating="4">
    <dc:title><rdf:Alt><rdf:li xml:lang="x-default">The sea</rdf:li></rdf:Alt></dc:title>
    <dc:description><rdf:Alt><rdf:li xml:lang="x-default">At noon</rdf:li></rdf:Alt></dc:description>
    <dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>summer</rdf:li></rdf:Bag></dc:subject>
    </rdf:Description></rdf:RDF></x:xmpmeta>)"));
  const catalog::ImageRow row = Row(Import()["a.jpg"]);
  EXPECT_EQ(row.title, "The sea");
  EXPECT_EQ(row.description, "At noon");
  EXPECT_EQ(row.rating, 4);
  EXPECT_THAT(row.tags, ElementsAre("sea", "summer"));
}

TEST_F(ImportFolderTest, FoldersBecomeTagsOrAlbums) {
  Write("Spain/Beach/a.jpg", Jpeg(Scene(1)));
  Write("Spain/b.jpg", Jpeg(Scene(2)));
  Write("c.jpg", Jpeg(Scene(3)));
  ImportOptions options;
  options.folders_as = FoldersAs::kTags;
  options.tags = {"given"};
  auto outcomes = Import(options);
  EXPECT_THAT(Row(outcomes["a.jpg"]).tags, ElementsAre("given", "Spain", "Beach"));
  EXPECT_THAT(Row(outcomes["b.jpg"]).tags, ElementsAre("given", "Spain"));
  EXPECT_THAT(Row(outcomes["c.jpg"]).tags, ElementsAre("given", "photos"));
  // The same files again: they are there, and still go into the albums; twice changes nothing.
  options.folders_as = FoldersAs::kAlbums;
  for (int round = 0; round < 2; ++round) {
    Import(options);
    std::map<std::string, std::vector<ImageId>> albums;
    const auto rows = lib->albums().List({}).value();
    for (const catalog::AlbumRow& album : rows) albums[album.name] = lib->albums().ListIds(album.id).value();
    ASSERT_EQ(albums.size(), 3u);
    EXPECT_THAT(albums["Spain / Beach"], ElementsAre(outcomes["a.jpg"].id));
    EXPECT_THAT(albums["Spain"], ElementsAre(outcomes["b.jpg"].id));
    EXPECT_THAT(albums["photos"], ElementsAre(outcomes["c.jpg"].id));
  }
}

TEST(FoldersOf, AreThoseBelowTheGivenOnes) {
  struct Row {
    std::vector<std::string> given;
    const char* file;
    std::vector<std::string> expected;
  };
  for (const Row& row : {Row{{"/p"}, "/p/a/b/x.jpg", {"a", "b"}},
                         {{"/p/"}, "/p/x.jpg", {"p"}},
                         {{"/p", "/p/a"}, "/p/a/b/x.jpg", {"b"}},
                         {{"/p/x.jpg"}, "/p/x.jpg", {}},
                         {{"/q"}, "/p/x.jpg", {}},
                         {{"/p/./a/../b"}, "/p/b/c/x.jpg", {"c"}},
                         {{"/pa"}, "/p/a/x.jpg", {}}})
    EXPECT_EQ(FoldersOf(row.given, row.file), row.expected) << row.file;
}

TEST(ImportMeta, TakesWhatItCanAndTellsTheRest) {
  TestLibrary lib;
  const ImageId one = lib.ImportNew(Jpeg(Scene(1))), two = lib.ImportNew(Jpeg(Scene(2)));
  std::vector<std::string> problems;
  const auto import = [&](MetaKind kind, const std::string& file) {
    problems.clear();
    return lib->ImportMeta(kind, file, CancelFlag(), [&](const MetaProblem& problem) {
      problems.push_back(std::to_string(problem.entry) + ": " + problem.error.message);
    });
  };
  Result<MetaSummary> done = import(MetaKind::kTags, R"([{"id":1,"tags":["sea","a"]},{"id":99,"tags":["x"]},
    {"id":2,"tags":["sea"]},{"id":"2","tags":[]},{"id":2,"tags":[5]},{"id":2},7])");
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->changed, 2u);
  EXPECT_EQ(done->skipped, 5u);
  EXPECT_THAT(problems[0], HasSubstr("2: there is no image 99"));
  EXPECT_EQ(problems.size(), 5u);
  // Tags are added to those that are there; so is what comes a second time.
  done = import(MetaKind::kTags, R"([{"id":1,"tags":["b","sea"]},{"id":2,"tags":["sea"]}])");
  EXPECT_EQ(done->changed, 1u);
  EXPECT_EQ(done->unchanged, 1u);
  EXPECT_THAT(lib->GetImage(one)->tags, ElementsAre("sea", "a", "b"));
  done =
      import(MetaKind::kCaptions, "{\"id\":1,\"caption\":\"a dog\"}\r\n\n{\"id\":2,\"caption\":\"two\\nlines\"}\nx\n");
  EXPECT_EQ(done->changed, 2u);
  EXPECT_EQ(done->skipped, 1u);
  EXPECT_EQ(lib->GetImage(two)->description, "two\nlines");
  done = import(MetaKind::kSources, R"({"id":2,"source_url":"https://example.com/2"})");
  EXPECT_EQ(lib->GetImage(two)->source_url, "https://example.com/2");
  for (const char* bad : {"[{]", "[1,2"}) EXPECT_FALSE(import(MetaKind::kTags, bad).has_value());
  EXPECT_EQ(import(MetaKind::kTags, "")->changed, 0u);
}

}  // namespace
}  // namespace likeness::engine
