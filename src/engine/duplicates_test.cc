// The pairs that FindDuplicates remembers must stay those of a first search, whatever happens meanwhile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>

#include "engine/library.h"
#include "engine/test_library.h"

namespace likeness::engine::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

// Kept without a decision: the pair waits for review.
ImageId ImportUndecided(TestLibrary& library, ByteView bytes) {
  ImportOptions options;
  options.on_duplicate = OnDuplicate::kKeep;
  options.decided = false;
  ImportOutcome outcome = library->ImportBytes(bytes, "copy.jpg", "", options);
  EXPECT_EQ(outcome.status, ImportStatus::kImported) << Describe(outcome);
  return outcome.id;
}

TEST(LibraryDuplicates, PassedOverPicturesAreSearchedOnceTheyCanBeRead) {
  TestLibrary library;
  image::Bitmap scene = Scene(71, 320, 240);
  library.ImportNew(Jpeg(scene, 95));
  ImportUndecided(library, Jpeg(scene, 40));
  for (const fs::directory_entry& entry : fs::directory_iterator(library.data() / "derived/features")) {
    std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(fs::file_size(entry.path())) - 200);
    file.write("damaged", 7);
  }
  EXPECT_THAT(library.Duplicates(), IsEmpty()) << "one of them has no readable features";
  EXPECT_TRUE(library.Fsck(true).clean());
  EXPECT_EQ(library.Duplicates().size(), 1u);
}

// A picture is in the trash while another is searched for, and then comes back.
TEST(LibraryDuplicates, WhatComesBackDuringASearchIsNotMissed) {
  TestLibrary library;
  image::Bitmap scene = Scene(72, 320, 240);
  ImageId original = library.ImportNew(Jpeg(scene, 95));
  EXPECT_THAT(library.Duplicates(), IsEmpty());
  ImageId other;
  for (int i = 0; i < 6; ++i) other = library.ImportNew(Jpeg(Scene(730 + i, 320, 240)));
  ImportUndecided(library, Jpeg(scene, 40));
  std::optional<DecisionId> hidden;
  auto groups = library->FindDuplicates(CancelFlag(), [&](const ImportProgress&) {
    if (hidden) return;
    auto decision = library->Decide(other, original, catalog::DecisionKind::kDuplicate, "");
    ASSERT_TRUE(decision.has_value()) << decision.error().Text();
    hidden = decision->id;
  });
  ASSERT_TRUE(groups.has_value());
  EXPECT_THAT(*groups, IsEmpty());
  ASSERT_TRUE(library->UndoDecision(*hidden));
  EXPECT_EQ(library.Duplicates().size(), 1u);
}

TEST(LibraryDuplicates, WaitingForAnotherSearchCanBeStopped) {
  TestLibrary library;
  library.ImportNew(Jpeg(Scene(74, 320, 240)));
  std::promise<void> started, go_on;
  std::shared_future<void> may_end = go_on.get_future().share();
  bool told = false;
  std::future<bool> first = std::async(std::launch::async, [&] {
    return library
        ->FindDuplicates(CancelFlag(),
                         [&](const ImportProgress&) {
                           if (!told) started.set_value();
                           told = true;
                           may_end.wait();
                         })
        .has_value();
  });
  started.get_future().wait();
  CancelFlag cancel;
  std::future<ErrorCode> second = std::async(std::launch::async, [&] {
    auto groups = library->FindDuplicates(cancel, nullptr);
    return groups.has_value() ? ErrorCode::kInternal : groups.error().code;
  });
  cancel.Cancel();
  bool stopped = second.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  go_on.set_value();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(second.get(), ErrorCode::kCancelled);
  EXPECT_TRUE(first.get());
}

// Into the trash, out of it and gone for good, at once: catalog and indexes must agree afterwards.
TEST(LibraryDecide, RacingChangesLeaveCatalogAndIndexesAgreed) {
  TestLibrary library;
  ImageId kept = library.ImportNew(Jpeg(Scene(75, 320, 240)));
  for (int round = 0; round < 8; ++round) {
    ImageId id = library.ImportNew(Jpeg(Scene(760 + round, 320, 240)));
    auto toggle = [&] {
      for (int i = 0; i < 25; ++i) {
        auto decision = library->Decide(kept, id, catalog::DecisionKind::kDuplicate, "");
        if (!decision.has_value()) return;
        (void)library->UndoDecision(decision->id);
      }
    };
    std::future<void> first = std::async(std::launch::async, toggle), second = std::async(std::launch::async, toggle);
    if (round % 2 == 0) {
      EXPECT_TRUE(library->DeleteImage(id).has_value());
    }
    first.get(), second.get();
    FsckReport report = library.Fsck();
    ASSERT_TRUE(report.clean()) << "round " << round << "\n" << Describe(report);
  }
}

}  // namespace
}  // namespace likeness::engine::testing
