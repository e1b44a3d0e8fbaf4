#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/files.h"
#include "base/text.h"
#include "base/threads.h"

namespace likeness {
namespace {

TEST(Checksum, Crc32cMatchesRfc3720) {
  struct Row {
    Bytes input;
    uint32_t expected;
  };
  Bytes ascending(32);
  std::iota(ascending.begin(), ascending.end(), 0);
  Bytes descending(ascending.rbegin(), ascending.rend());
  const Row rows[] = {{Bytes(32, 0x00), 0x8A9136AA},
                      {Bytes(32, 0xFF), 0x62A8AB43},
                      {ascending, 0x46DD794E},
                      {descending, 0x113FDB5C},
                      {{}, 0}};
  for (const Row& row : rows) EXPECT_EQ(Crc32c(row.input), row.expected);
}

TEST(Checksum, Crc32cGoesOn) {
  Bytes all(100, 7);
  for (size_t cut = 0; cut <= all.size(); ++cut)
    EXPECT_EQ(Crc32c(ByteView(all).subspan(cut), Crc32c(ByteView(all).first(cut))), Crc32c(all));
}

TEST(Checksum, Sha256OfAbc) {
  EXPECT_EQ(ToHex(ComputeSha256(AsBytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Checksum, HexRefusesOddAndForeign) {
  EXPECT_EQ(FromHex("00ff").value(), (Bytes{0, 255}));
  EXPECT_FALSE(FromHex("0").has_value());
  EXPECT_FALSE(FromHex("0g").has_value());
}

TEST(Text, CleanTextMakesValidUtf8) {
  struct Row {
    std::string_view input;
    std::string expected;
  };
  const Row rows[] = {{"plain", "plain"},
                      {"  outer  ", "outer"},
                      {"a\x01\x7F"
                       "b",
                       "ab"},
                      {"\xFF\xFE", "\uFFFD\uFFFD"},
                      {"\xC0\x80", "\uFFFD\uFFFD"},            // overlong NUL
                      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},  // lone surrogate
                      {"evil\u202Egpj.exe", "evilgpj.exe"},
                      {"лес", "лес"}};
  for (const Row& row : rows) {
    EXPECT_EQ(CleanText(row.input, 100), row.expected);
    EXPECT_TRUE(IsValidUtf8(CleanText(row.input, 100)));
  }
  EXPECT_EQ(CleanText("лес", 3), "л") << "cut between characters";
}

TEST(Text, CleanFileNameKeepsNoPath) {
  EXPECT_EQ(CleanFileName("../../etc/passwd", 255), "passwd");
  EXPECT_EQ(CleanFileName("..\\..\\win.ini", 255), "win.ini");
  EXPECT_EQ(CleanFileName("..", 255), "unnamed");
  EXPECT_EQ(CleanFileName("", 255), "unnamed");
  EXPECT_EQ(CleanFileName("a/b/", 255), "b");
}

TEST(Bytes, ReaderStopsAtTheEnd) {
  ByteWriter writer;
  writer.Put<uint32_t>(7);
  writer.PutString("hello");
  ByteReader reader(writer.view());
  EXPECT_EQ(reader.Get<uint32_t>(), 7u);
  EXPECT_EQ(reader.GetString(), "hello");
  EXPECT_TRUE(reader.Done());
  EXPECT_EQ(reader.Get<uint64_t>(), 0u);
  EXPECT_TRUE(reader.failed());
}

TEST(Files, AtomicWriteAndLock) {
  auto folder = std::filesystem::temp_directory_path() / ("likeness_base_test_" + std::to_string(::getpid()));
  ASSERT_TRUE(MakeDirectories(folder));
  ASSERT_TRUE(WriteFileAtomically(folder / "a", AsBytes("one")));
  ASSERT_TRUE(WriteFileAtomically(folder / "a", AsBytes("three")));
  EXPECT_EQ(AsText(ReadFile(folder / "a", 100).value()), "three");
  EXPECT_EQ(ReadFile(folder / "a", 2).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ReadFile(folder, 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadFile(folder / "none", 2).error().code, ErrorCode::kNotFound);
  {
    auto first = FileLock::Acquire(folder / "lock");
    ASSERT_TRUE(first);
    EXPECT_EQ(FileLock::Acquire(folder / "lock").error().code, ErrorCode::kFailedPrecondition);
  }
  EXPECT_TRUE(FileLock::Acquire(folder / "lock"));
  std::filesystem::remove_all(folder);
}

TEST(Threads, ParallelForVisitsEachOnce) {
  std::vector<std::atomic<int>> seen(1000);
  ParallelFor(seen.size(), 4, nullptr, [&](size_t i) { ++seen[i]; });
  for (auto& count : seen) EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace likeness
