// The library on a real store in a temporary folder: import, policies, search, decisions.

#include "engine/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "engine/test_library.h"

namespace likeness::engine::testing {
namespace {

using dedupe::VerdictKind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST(LibraryImport, TellsCopiesApart) {
  TestLibrary library;
  image::Bitmap scene = Scene(1);
  ImageId original = library.ImportNew(Png(scene), "scene.png");
  struct Row {
    const char* what;
    Bytes bytes;
    VerdictKind kind;
  };
  image::Bitmap framed = scene;
  for (int y = 200; y < 290; ++y)
    for (int x = 100; x < 400; ++x) std::fill_n(framed.row(y) + x * 3, 3, 255);
  for (const Row& row : {
           Row{"the same bytes", Png(scene), VerdictKind::kExact},
           Row{"the same pixels", Bmp(scene), VerdictKind::kPixelEqual},
           Row{"re-encoded", Jpeg(scene, 60), VerdictKind::kSamePicture},
           Row{"smaller", Jpeg(Resized(scene, 320, 240)), VerdictKind::kSamePicture},
           Row{"mirrored", Jpeg(Mirrored(scene)), VerdictKind::kMirrored},
           Row{"turned", Jpeg(Rotated90(scene)), VerdictKind::kRotated},
           Row{"cropped", Jpeg(Cropped(scene, 120, 80, 380, 300)), VerdictKind::kPartOf},
           Row{"painted over", Jpeg(framed), VerdictKind::kEdited},
       }) {
    ImportOutcome outcome = library.Import(row.bytes);
    EXPECT_EQ(outcome.status, ImportStatus::kDuplicate) << row.what << ": " << Describe(outcome);
    if (!outcome.verdict) continue;
    EXPECT_EQ(outcome.verdict->of, original) << row.what;
    EXPECT_EQ(dedupe::Name(outcome.verdict->verdict.kind), dedupe::Name(row.kind)) << row.what << Describe(outcome);
  }
  ImportOutcome other = library.Import(Jpeg(Scene(2)));
  EXPECT_EQ(other.status, ImportStatus::kImported) << Describe(other);
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
}

TEST(LibraryImport, ContainsItsCrop) {
  TestLibrary library;
  image::Bitmap scene = Scene(3);
  ImageId part = library.ImportNew(Jpeg(Cropped(scene, 100, 60, 400, 320)));
  ImportOutcome outcome = library.Import(Jpeg(scene));
  ASSERT_TRUE(outcome.verdict.has_value()) << Describe(outcome);
  EXPECT_EQ(outcome.verdict->verdict.kind, VerdictKind::kContains) << Describe(outcome);
  EXPECT_EQ(outcome.verdict->of, part);
}

TEST(LibraryImport, Policies) {
  image::Bitmap scene = Scene(4);
  const Bytes small = Jpeg(Resized(scene, 400, 300)), large = Jpeg(scene);
  struct Row {
    OnDuplicate policy;
    ImportStatus status;
    size_t listed, trashed, decisions;
  };
  for (const Row& row : {Row{OnDuplicate::kSkip, ImportStatus::kDuplicate, 1, 0, 0},
                         Row{OnDuplicate::kAsk, ImportStatus::kDuplicate, 1, 0, 0},
                         Row{OnDuplicate::kKeep, ImportStatus::kImported, 2, 0, 1},
                         Row{OnDuplicate::kLink, ImportStatus::kImported, 2, 0, 1},
                         Row{OnDuplicate::kReplaceIfBetter, ImportStatus::kImported, 1, 1, 1}}) {
    TestLibrary library;
    ImageId first = library.ImportNew(small);
    ImportOutcome outcome = library.Import(large, row.policy);
    EXPECT_EQ(outcome.status, row.status) << Name(row.policy) << Describe(outcome);
    ASSERT_TRUE(outcome.verdict.has_value()) << Name(row.policy);
    EXPECT_EQ(outcome.verdict->of, first);
    EXPECT_EQ(library->ListImages({}).value().size(), row.listed) << Name(row.policy);
    catalog::ListOptions trash;
    trash.trashed = true;
    EXPECT_EQ(library->ListImages(trash).value().size(), row.trashed) << Name(row.policy);
    EXPECT_EQ(library->ListDecisions(false, 10).value().size(), row.decisions) << Name(row.policy);
    EXPECT_THAT(library.Duplicates(), IsEmpty()) << Name(row.policy) << ": what was decided does not come back";
    if (row.policy == OnDuplicate::kLink) {
      EXPECT_EQ(library->GetImage(outcome.id).value().linked_to, first.value);
    }
    if (row.policy == OnDuplicate::kReplaceIfBetter) {
      EXPECT_EQ(outcome.replaced, first);
      ASSERT_TRUE(library->UndoDecision(library->ListDecisions(false, 10).value()[0].id).has_value());
      EXPECT_EQ(library->ListImages({}).value().size(), 2u);
      EXPECT_EQ(library.Duplicates().size(), 1u) << "undone: the pair is open again";
    }
    EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
  }
}

TEST(LibraryImport, ReplaceIfBetterKeepsTheBetter) {
  TestLibrary library;
  image::Bitmap scene = Scene(5);
  ImageId large = library.ImportNew(Jpeg(scene, 92));
  for (const Bytes& worse : {Jpeg(Resized(scene, 300, 225)), Jpeg(scene, 92), Jpeg(Cropped(scene, 90, 90, 400, 300))}) {
    ImportOutcome outcome = library.Import(worse, OnDuplicate::kReplaceIfBetter);
    EXPECT_EQ(outcome.status, ImportStatus::kDuplicate) << Describe(outcome);
    EXPECT_FALSE(outcome.replaced);
  }
  EXPECT_EQ(library->GetImage(large).value().trashed_at_ms, 0);
}

TEST(LibraryImport, OneOfManyAtOnce) {
  TestLibrary library;
  image::Bitmap scene = Scene(6);
  // Eight threads bring the same picture in eight qualities, twice each.
  std::vector<Bytes> files;
  for (int i = 0; i < 16; ++i) files.push_back(Jpeg(scene, 60 + i / 2 * 4));
  std::atomic<int> imported{0}, duplicate{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i : {t, t + 8}) {
        ImportOutcome outcome = library.Import(files[static_cast<size_t>(i)]);
        imported += outcome.status == ImportStatus::kImported;
        duplicate += outcome.status == ImportStatus::kDuplicate;
        // What a duplicate names is durable already.
        if (outcome.verdict) {
          EXPECT_TRUE(library->GetImage(outcome.verdict->of).has_value());
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(imported, 1);
  EXPECT_EQ(duplicate, 15);
  EXPECT_EQ(library->ListImages({}).value().size(), 1u);
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
}

TEST(LibraryImport, ManyDifferentAtOnce) {
  TestLibrary library;
  std::atomic<int> imported{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i)
        imported += library.Import(Jpeg(Scene(100 + t * 5 + i))).status == ImportStatus::kImported;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(imported, 20);
  EXPECT_THAT(library.Duplicates(), IsEmpty());
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
}

TEST(LibraryImport, BadFilesAreRejectedWithReasons) {
  TestLibrary library;
  Bytes cut = Jpeg(Scene(7));
  cut.resize(40);
  struct Row {
    const char* what;
    Bytes bytes;
  };
  const std::string_view svg = "<svg xmlns='http://www.w3.org/2000/svg'/>";
  for (const Row& row :
       {Row{"empty", {}}, Row{"text", Bytes(100, 'a')}, Row{"cut", cut}, Row{"svg", Bytes(svg.begin(), svg.end())}}) {
    ImportOutcome outcome = library.Import(row.bytes);
    EXPECT_EQ(outcome.status, ImportStatus::kRejected) << row.what << Describe(outcome);
    ASSERT_TRUE(outcome.error.has_value());
    EXPECT_FALSE(outcome.error->message.empty());
  }
  EXPECT_EQ(library->CollectStats().value().totals.images, 0u);
  EXPECT_TRUE(library.Fsck().clean());
}

TEST(LibraryImport, HostileNamesAreHarmless) {
  TestLibrary library;
  ImageId id = library.ImportNew(Jpeg(Scene(8)), "../../etc/\x01pass\xFFwd\n.jpg");
  std::string name = library->GetImage(id).value().name;
  EXPECT_EQ(name, "pass\xEF\xBF\xBDwd.jpg");
  TemporaryFolder out;
  EXPECT_EQ(library->Export({id, id}, out.path()).value(), 2u);
  EXPECT_TRUE(std::filesystem::exists(out.path() / name));
}

TEST(LibraryImport, FoldersWithSidecarsAndOthers) {
  TestLibrary library;
  TemporaryFolder photos;
  photos.Write("b/one.jpg", Jpeg(Scene(9)));
  constexpr std::string_view kXmp =
      "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
      "<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/' "
      "xmp:Rating='4'><dc:title><rdf:Alt><rdf:li xml:lang='x-default'>At sea</rdf:li></rdf:Alt></dc:title>"
      "<dc:subject><rdf:Bag><rdf:li>boat</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>"
      "</rdf:Description></rdf:RDF></x:xmpmeta>";
  photos.Write("b/one.jpg.xmp", AsBytes(kXmp));
  photos.Write("b/notes.txt", AsBytes("not a picture"));
  photos.Write("a.png", Png(Scene(10)));
  photos.Write("c.jpg", Jpeg(Scene(9)));
  std::filesystem::create_symlink(photos.path() / "a.png", photos.path() / "link.png");

  ImportOptions options;
  options.tags = {"trip", "sea"};
  options.threads = 1;
  std::vector<ImportOutcome> items;
  auto run = [&] {
    items.clear();
    return library->ImportPaths(
        {photos.path().string(), (photos.path() / "missing.jpg").string()}, options, CancelFlag(),
        [&](const ImportOutcome& outcome) { items.push_back(outcome); }, nullptr);
  };
  Result<ImportSummary> summary = run();
  ASSERT_TRUE(summary.has_value()) << summary.error().Text();
  EXPECT_EQ(summary->imported, 2u);
  EXPECT_EQ(summary->duplicate, 1u);
  EXPECT_EQ(summary->failed, 1u);
  ASSERT_EQ(items.size(), 4u);
  EXPECT_EQ(items[0].path, (photos.path() / "a.png").string());
  EXPECT_EQ(items[3].error->code, ErrorCode::kNotFound);
  EXPECT_GT(summary->decode_s, 0);
  catalog::ImageRow row = library->GetImage(items[1].id).value();
  EXPECT_EQ(row.title, "At sea");
  EXPECT_EQ(row.rating, 4);
  EXPECT_THAT(row.tags, ElementsAre("trip", "sea", "boat"));
  EXPECT_EQ(row.source_path, (photos.path() / "b/one.jpg").string());

  summary = run();
  EXPECT_EQ(summary->imported, 0u);
  EXPECT_EQ(summary->duplicate, 3u);
  EXPECT_EQ(summary->decode_s, 0) << "a second run reads and hashes, it decodes nothing";
  for (const ImportOutcome& item : items)
    if (item.verdict) {
      EXPECT_EQ(item.verdict->verdict.kind, VerdictKind::kExact);
    }
}

TEST(LibraryImport, DryRunStoresNothing) {
  TestLibrary library;
  ImageId stored = library.ImportNew(Jpeg(Scene(11)));
  TemporaryFolder photos;
  photos.Write("a.jpg", Jpeg(Scene(11), 70));
  photos.Write("b.jpg", Jpeg(Scene(12)));
  photos.Write("c.jpg", Jpeg(Scene(12)));
  ImportOptions options;
  options.dry_run = true;
  options.threads = 1;
  std::vector<ImportOutcome> items;
  auto summary = library->ImportPaths(
      {photos.path().string()}, options, CancelFlag(), [&](const ImportOutcome& outcome) { items.push_back(outcome); },
      nullptr);
  ASSERT_TRUE(summary.has_value());
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].verdict->of, stored);
  EXPECT_EQ(items[1].status, ImportStatus::kImported);
  EXPECT_FALSE(items[1].id);
  EXPECT_EQ(items[2].status, ImportStatus::kDuplicate);
  EXPECT_EQ(items[2].verdict->of_path, items[1].path);
  EXPECT_EQ(library->ListImages({}).value().size(), 1u);
}

TEST(LibraryImport, CancelStopsBetweenFiles) {
  TestLibrary library;
  TemporaryFolder photos;
  for (int i = 0; i < 6; ++i) photos.Write(std::string(1, static_cast<char>('a' + i)) + ".jpg", Jpeg(Scene(20 + i)));
  CancelFlag cancel;
  ImportOptions options;
  options.threads = 1;
  auto summary = library->ImportPaths(
      {photos.path().string()}, options, cancel, [&](const ImportOutcome&) { cancel.Cancel(); }, nullptr);
  ASSERT_TRUE(summary.has_value());
  EXPECT_TRUE(summary->cancelled);
  EXPECT_EQ(summary->imported, 1u);
  CancelFlag go_on;
  summary = library->ImportPaths({photos.path().string()}, options, go_on, nullptr, nullptr);
  EXPECT_EQ(summary->imported, 5u);
  EXPECT_EQ(summary->duplicate, 1u);
}

TEST(LibrarySearch, FindsCopiesBeforeTheMerelyAlike) {
  TestLibrary library;
  image::Bitmap scene = Scene(30);
  ImageId original = library.ImportNew(Png(scene));
  for (int i = 31; i < 39; ++i) library.ImportNew(Jpeg(Scene(i)));
  SearchOptions copy;
  copy.by = SearchBy::kCopy;
  for (const Bytes& query : {Jpeg(scene, 50), Jpeg(Mirrored(scene)), Jpeg(Rotated90(scene)),
                             Jpeg(Cropped(scene, 200, 100, 320, 240)), Png(scene)}) {
    for (SearchBy by : {SearchBy::kCopy, SearchBy::kAll}) {
      copy.by = by;
      SearchResult result = library->SearchByBytes(query, copy).value();
      ASSERT_FALSE(result.hits.empty());
      EXPECT_EQ(result.hits[0].id, original);
      EXPECT_TRUE(dedupe::IsDuplicate(result.hits[0].verdict.kind)) << result.hits[0].verdict.sentence;
      EXPECT_FALSE(result.hits[0].signals.empty());
      for (size_t i = 1; i < result.hits.size(); ++i)
        EXPECT_FALSE(dedupe::IsDuplicate(result.hits[i].verdict.kind)) << result.hits[i].verdict.sentence;
    }
  }
  SearchResult own = library->SearchById(original, copy).value();
  EXPECT_THAT(Ids(own), Not(Contains(original)));
  EXPECT_EQ(library->SearchById(ImageId{999}, copy).error().code, ErrorCode::kNotFound);
}

TEST(LibrarySearch, FlatQueriesAreMarkedAndDoNotFlood) {
  TestLibrary library;
  for (int i = 0; i < 12; ++i) library.ImportNew(Jpeg(Scene(40 + i)));
  ImageId grey = library.ImportNew(Png(Flat(128)));
  ImportOutcome white = library.Import(Png(Flat(250)));
  EXPECT_EQ(white.status, ImportStatus::kImported) << "another grey is another picture: " << Describe(white);
  SearchOptions options;
  options.by = SearchBy::kCopy;
  SearchResult result = library->SearchByBytes(Jpeg(Flat(128, 200, 150)), options).value();
  EXPECT_TRUE(result.low_information);
  EXPECT_THAT(Ids(result), ElementsAre(grey));
  EXPECT_THAT(library.Duplicates(), IsEmpty());
}

TEST(LibrarySearch, ByColour) {
  TestLibrary library;
  ImageId red = library.ImportNew(Png(Solid(200, 20, 20)));
  ImageId blue = library.ImportNew(Png(Solid(20, 20, 200)));
  image::Bitmap half = Solid(20, 20, 200);
  for (int y = 0; y < half.height / 2; ++y)
    for (int x = 0; x < half.width; ++x) half.row(y)[x * 3] = 200, half.row(y)[x * 3 + 2] = 20;
  ImageId both = library.ImportNew(Png(half));
  library.ImportNew(Png(Solid(20, 200, 20)));
  SearchResult result = library->SearchByColour(0xC81414, {}).value();
  EXPECT_THAT(Ids(result), ElementsAre(red, both));
  EXPECT_NEAR(result.hits[0].score, 1, 0.01);
  EXPECT_NEAR(result.hits[1].score, 0.5, 0.01);
  result = library->SearchByColour(0x1414C8, {}).value();
  EXPECT_THAT(Ids(result), ElementsAre(blue, both));
  SearchOptions colour;
  colour.by = SearchBy::kColour;
  EXPECT_THAT(Ids(library->SearchById(blue, colour).value())[0], both);
}

TEST(LibrarySearch, ByColourAndPlace) {
  // The same two colours in equal parts: side by side, the other way round, and as a chequerboard.
  auto paint = [](auto is_red) {
    image::Bitmap bitmap = Solid(20, 20, 200);
    for (int y = 0; y < bitmap.height; ++y)
      for (int x = 0; x < bitmap.width; ++x)
        if (is_red(x, y)) bitmap.row(y)[x * 3] = 200, bitmap.row(y)[x * 3 + 2] = 20;
    return Png(bitmap);
  };
  TestLibrary library;
  ImageId chequered =
      library.Import(paint([](int x, int y) { return (x / 10 + y / 10) % 2 == 0; }), OnDuplicate::kKeep).id;
  ImageId turned = library.Import(paint([](int x, int) { return x >= 160; }), OnDuplicate::kKeep).id;
  SearchOptions colour;
  colour.by = SearchBy::kColour;
  Bytes query = paint([](int x, int) { return x < 160; });
  SearchResult result = library->SearchByBytes(query, colour).value();
  ASSERT_THAT(Ids(result), ElementsAre(turned, chequered)) << "the mirror image has its colours in place";
  ASSERT_EQ(result.hits[0].signals.size(), 2u);
  EXPECT_EQ(result.hits[0].signals[0].signal, "layout");
  EXPECT_EQ(result.hits[0].signals[0].distance, 0);
  EXPECT_EQ(result.hits[1].signals[1].signal, "colour");
  EXPECT_EQ(result.hits[1].signals[1].distance, 0);
  EXPECT_GT(result.hits[1].signals[0].distance, 1000);
}

TEST(LibrarySearch, AQueryWithoutAVisiblePixelIsAnsweredByOtherSignals) {
  TestLibrary library;
  library.ImportNew(Jpeg(Scene(70)));
  image::Bitmap clear(320, 240, 4);
  ImageId blank = library.ImportNew(Png(clear));
  SearchOptions options;
  SearchResult all = library->SearchByBytes(Png(image::Bitmap(200, 150, 4)), options).value();
  EXPECT_TRUE(all.low_information);
  EXPECT_THAT(Ids(all), Contains(blank));
  for (const SearchHit& hit : all.hits)
    for (const SignalHit& signal : hit.signals) EXPECT_THAT(signal.signal, Not(::testing::AnyOf("colour", "layout")));
  options.by = SearchBy::kColour;
  EXPECT_THAT(library->SearchById(blank, options).value().hits, IsEmpty());
}

TEST(LibraryDecide, DecisionsHideAndUndoBringsBack) {
  TestLibrary library;
  image::Bitmap scene = Scene(60);
  ImageId a = library.ImportNew(Jpeg(scene, 95));
  ImageId b = library.Import(Jpeg(Resized(scene, 480, 360)), OnDuplicate::kKeep).id;
  ASSERT_TRUE(b);
  ASSERT_TRUE(library->UndoDecision(library->ListDecisions(false, 1).value()[0].id).has_value());
  std::vector<DuplicateGroup> groups = library.Duplicates();
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].kind, VerdictKind::kSamePicture);
  ASSERT_EQ(groups[0].members.size(), 2u);
  EXPECT_EQ(groups[0].evidence.size(), 1u);
  EXPECT_FALSE(groups[0].keep_reasons.empty());
  for (const DuplicateMember& member : groups[0].members) EXPECT_EQ(member.keep, member.id == a);

  for (catalog::DecisionKind kind : {catalog::DecisionKind::kNotDuplicate, catalog::DecisionKind::kAlternate,
                                     catalog::DecisionKind::kKeepBoth, catalog::DecisionKind::kDuplicate}) {
    catalog::DecisionRow row = library->Decide(a, b, kind, "a person").value();
    EXPECT_THAT(library.Duplicates(), IsEmpty());
    bool hidden = kind == catalog::DecisionKind::kDuplicate;
    EXPECT_EQ(library->ListImages({}).value().size(), hidden ? 1u : 2u);
    EXPECT_EQ(library->SearchById(a, {}).value().hits.size(), hidden ? 0u : 1u);
    EXPECT_TRUE(library->FindBytes(b, catalog::BlobKind::kOriginal).has_value()) << "bytes stay";
    EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
    ASSERT_TRUE(library->UndoDecision(row.id).has_value());
    ASSERT_TRUE(library->UndoDecision(row.id).has_value()) << "twice is once";
    EXPECT_EQ(library->ListImages({}).value().size(), 2u);
    EXPECT_EQ(library.Duplicates().size(), 1u);
  }
  EXPECT_FALSE(library->Decide(a, a, catalog::DecisionKind::kDuplicate, "").has_value());
  ASSERT_TRUE(library->Decide(a, b, catalog::DecisionKind::kDuplicate, "").has_value());
  EXPECT_EQ(library->Decide(b, a, catalog::DecisionKind::kDuplicate, "").error().code, ErrorCode::kFailedPrecondition)
      << "what is kept must not be in the trash";
  EXPECT_EQ(library->Decide(a, ImageId{99}, catalog::DecisionKind::kDuplicate, "").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(library->UndoDecision(DecisionId{99}).has_value());
}

// Later calls compare only what came since: they must answer as a first one would.
TEST(LibraryDuplicates, LaterCallsFollowWhatComesAndGoes) {
  TestLibrary library;
  image::Bitmap scene = Scene(61);
  ImageId original = library.ImportNew(Jpeg(scene, 95));
  library.ImportNew(Jpeg(Scene(62)));
  EXPECT_THAT(library.Duplicates(), IsEmpty());
  auto import_undecided = [&](ByteView bytes) {
    ImageId id = library.Import(bytes, OnDuplicate::kKeep).id;
    std::vector<catalog::DecisionRow> decisions = library->ListDecisions(false, 100).value();
    for (const catalog::DecisionRow& row : decisions) {
      if (row.b == id) {
        EXPECT_TRUE(library->UndoDecision(row.id));
      }
    }
    return id;
  };
  ImageId half = import_undecided(Jpeg(Resized(scene, 320, 240)));
  ASSERT_EQ(library.Duplicates().size(), 1u);
  EXPECT_EQ(library.Duplicates()[0].members.size(), 2u);
  ImageId poor = import_undecided(Jpeg(scene, 40));
  ASSERT_EQ(library.Duplicates().size(), 1u);
  EXPECT_EQ(library.Duplicates()[0].members.size(), 3u);
  DecisionId decision = library->Decide(original, half, catalog::DecisionKind::kDuplicate, "").value().id;
  ASSERT_EQ(library.Duplicates().size(), 1u);
  EXPECT_EQ(library.Duplicates()[0].members.size(), 2u);
  ASSERT_TRUE(library->UndoDecision(decision));
  ASSERT_EQ(library.Duplicates().size(), 1u);
  EXPECT_EQ(library.Duplicates()[0].members.size(), 3u);
  ASSERT_TRUE(library->DeleteImage(poor));
  ASSERT_EQ(library.Duplicates().size(), 1u);
  EXPECT_EQ(library.Duplicates()[0].members.size(), 2u);
  size_t before = library.Duplicates()[0].evidence.size();
  library.Close();
  library.Open();
  ASSERT_EQ(library.Duplicates().size(), 1u);
  EXPECT_EQ(library.Duplicates()[0].evidence.size(), before);
}

// A folder taken in with `keep`: everything but the same file twice, and the copies wait for review.
TEST(LibraryImport, KeepForManyLeavesPairsToTheReview) {
  TestLibrary library;
  TemporaryFolder photos;
  image::Bitmap scene = Scene(63);
  photos.Write("a.jpg", Jpeg(scene, 95));
  photos.Write("b.jpg", Jpeg(scene, 95));
  photos.Write("small.jpg", Jpeg(Resized(scene, 320, 240)));
  ImportOptions options;
  options.on_duplicate = OnDuplicate::kKeep;
  options.decided = false;
  for (int round = 0; round < 2; ++round) {
    auto summary = library->ImportPaths({photos.path().string()}, options, CancelFlag(), nullptr, nullptr);
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->imported, round == 0 ? 2u : 0u);
    EXPECT_EQ(summary->duplicate, round == 0 ? 1u : 3u);
  }
  EXPECT_THAT(library->ListDecisions(true, 10).value(), IsEmpty());
  ASSERT_EQ(library.Duplicates().size(), 1u);
  EXPECT_EQ(library.Duplicates()[0].members.size(), 2u);
}

TEST(LibraryDelete, GoneFromEveryPlace) {
  TestLibrary library;
  image::Bitmap scene = Scene(70);
  ImageId id = library.ImportNew(Jpeg(scene));
  ImageId other = library.ImportNew(Jpeg(Scene(71)));
  uint64_t told = 0;
  library->OnChange([&](uint64_t sequence) { told = sequence; });
  ASSERT_TRUE(library->DeleteImage(id).has_value());
  EXPECT_EQ(told, library->CollectStats().value().totals.feed_sequence);
  EXPECT_EQ(library->GetImage(id).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(library->FindBytes(id, catalog::BlobKind::kThumbnail).has_value());
  EXPECT_FALSE(library->GetFeatures(id).has_value());
  EXPECT_EQ(library->DeleteImage(id).error().code, ErrorCode::kNotFound);
  SearchOptions copy;
  copy.by = SearchBy::kCopy;
  EXPECT_THAT(library->SearchByBytes(Jpeg(scene), copy).value().hits, IsEmpty());
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
  ImageId again = library.ImportNew(Jpeg(scene));
  EXPECT_GT(again, other) << "ids are never used twice";
  library.Close();
  library.Open();
  EXPECT_THAT(library->SearchByBytes(Jpeg(scene), copy).value().hits.size(), 1u);
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
}

TEST(LibraryLook, FormsOfAPicture) {
  TestLibrary library;
  Bytes original = Jpeg(Scene(80, 1600, 1200));
  ImageId large = library.ImportNew(original, "large.jpg"), small = library.ImportNew(Png(Scene(81, 300, 200)));
  EXPECT_EQ(library->ReadOriginal(large).value(), original);
  auto bytes = library->FindBytes(large, catalog::BlobKind::kOriginal).value();
  EXPECT_EQ(bytes.extent.length, original.size());
  EXPECT_EQ(bytes.mime, "image/jpeg");
  EXPECT_EQ(bytes.name, "large.jpg");
  std::set<std::string> etags;
  for (catalog::BlobKind kind :
       {catalog::BlobKind::kOriginal, catalog::BlobKind::kThumbnail, catalog::BlobKind::kPreview})
    etags.insert(library->FindBytes(large, kind).value().etag);
  EXPECT_EQ(etags.size(), 3u);
  EXPECT_EQ(library->FindBytes(small, catalog::BlobKind::kPreview).value().etag,
            library->FindBytes(small, catalog::BlobKind::kThumbnail).value().etag);
  EXPECT_EQ(library->FindBytes(small, catalog::BlobKind::kOriginal).value().mime, "image/png");
  EXPECT_EQ(library->ListLayout({}).value().size(), 2u);
  Stats stats = library->CollectStats().value();
  EXPECT_EQ(stats.totals.images, 2u);
  EXPECT_EQ(stats.phash_entries, 2u);
  EXPECT_GT(stats.original_bytes, original.size());
}

TEST(AnalyzerFolders, FindsGroupsWithoutImporting) {
  TemporaryFolder photos;
  image::Bitmap scene = Scene(90);
  photos.Write("a.png", Png(scene));
  photos.Write("b.jpg", Jpeg(scene, 70));
  photos.Write("sub/c.jpg", Jpeg(scene, 70));
  photos.Write("d.jpg", Jpeg(Scene(91)));
  photos.Write("e.jpg", Jpeg(Mirrored(Scene(92))));
  photos.Write("f.jpg", Jpeg(Cropped(Scene(92), 100, 100, 400, 300)));
  photos.Write("broken.jpg", AsBytes("\xFF\xD8\xFF\xE0 and nothing more"));
  auto found = SharedAnalyzer().FindDuplicates({photos.path().string(), (photos.path() / "a.png").string()},
                                               CancelFlag(), nullptr);
  ASSERT_TRUE(found.has_value()) << found.error().Text();
  EXPECT_EQ(found->files, 7u);
  ASSERT_EQ(found->failures.size(), 1u);
  EXPECT_EQ(found->failures[0].status, ImportStatus::kRejected);
  std::vector<std::vector<std::string>> names;
  for (const DuplicateGroup& group : found->groups) {
    names.emplace_back();
    for (const DuplicateMember& member : group.members) names.back().push_back(member.name);
    EXPECT_EQ(std::count_if(group.members.begin(), group.members.end(), [](const auto& m) { return m.keep; }), 1);
  }
  EXPECT_THAT(names, UnorderedElementsAre(UnorderedElementsAre("a.png", "b.jpg", "c.jpg"),
                                          UnorderedElementsAre("e.jpg", "f.jpg")));
}

}  // namespace
}  // namespace likeness::engine::testing
