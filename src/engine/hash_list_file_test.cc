#include "engine/hash_list_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/files.h"
#include "engine/test_library.h"
#include "feature/hash_text.h"

namespace likeness::engine {
namespace {

const std::string kA = "f162eb9daab170c0567fe3632d9a5548c5612982dd5e374a7424ebbc8a835c95";
const std::string kB = "0062eb9daab170c0567fe3632d9a5548c5612982dd5e374a7424ebbc8a835c95";

// Entries as text: hash's first two digits, quality, labels, status, severity, description, source.
std::string Told(const HashListFile& file) {
  std::string out;
  for (const HashListEntry& entry : file.entries) {
    out += feature::ToHex(entry.hash).substr(0, 2) + " " + std::to_string(entry.quality) + " [";
    for (const std::string& label : entry.labels) out += label + ";";
    out += "] " + entry.status + "|" + entry.severity + "|" + entry.description + "|" + entry.source + "\n";
  }
  for (const auto& [type, count] : file.other_types) out += "other " + type + " " + std::to_string(count) + "\n";
  for (const HashListFault& fault : file.faults) out += std::to_string(fault.line) + ": " + fault.what + "\n";
  return out;
}

struct Row {
  std::string what, text, told;  // told: empty for an error
};

void Check(const Row& row) {
  auto file = ReadHashList(row.text);
  if (!file.has_value()) {
    EXPECT_EQ(row.told, "") << row.what << ": " << file.error().Text();
    EXPECT_NE(file.error().hint, "") << row.what;
    return;
  }
  EXPECT_EQ(Told(*file), row.told) << row.what;
}

TEST(HashListFile, Csv) {
  const std::string plain_a = "f1 -1 [] |||\n";
  const Row rows[] = {
      {"one hash", kA, plain_a},
      {"upper case, blanks, CR LF, BOM, blank lines, comments",
       "\xEF\xBB\xBF# mine\r\n\r\n  F162EB9DAAB170C0567FE3632D9A5548C5612982DD5E374A7424EBBC8A835C95 \r\n", plain_a},
      {"by place", kA + ",90,x;y,me\n" + kB + ",cat\n", "00 -1 [cat;] |||\nf1 90 [x;y;] |||me\n"},
      {"name before the hash", "a.jpg," + kA + ",100", "f1 100 [] |||\n"},
      {"header", "Source,PDQ Hash,Quality,tags,extra\nme," + kA + ",50,\"x; y,z\",9\n", "f1 50 [x;y,z;] |||me\n"},
      {"header with types", "signal_type,signal_content\npdq," + kA + "\nvideo_md5,abc\n",
       plain_a + "other video_md5 1\n"},
      {"tabs", "hash\tlabel\tnote\n" + kA + "\ta,b\tso, \"so\"\n", "f1 -1 [a,b;] ||so, \"so\"|\n"},
      {"semicolons", "hash;quality;status\n" + kA + ";7;MALICIOUS\n", "f1 7 [] MALICIOUS|||\n"},
      {"quotes", "hash,description,severity\n\"" + kA + "\",\"a \"\"b\"\"\nc, d\",HIGH\n" + kB + ",e,\n",
       "00 -1 [] ||e|\nf1 -1 [] |HIGH|a \"b\" c, d|\n"},
      {"repeated", kA + ",20,x\n" + kA + ",,y;x\n", "f1 20 [x;y;] |||\n"},
      {"no line end", "hash\n" + kA, plain_a},
      {"bad lines", "hash,quality\n" + kA + ",\nxyz,1\n" + kB.substr(1) + ",1\n" + kB + ",101\n,3\n" + kB + ",-1\n",
       plain_a + "3: \"xyz\" is no PDQ hash of 64 hexadecimal digits\n4: \"" + kB.substr(1) +
           "\" is no PDQ hash of 64 hexadecimal digits\n5: quality \"101\" is no whole number of 0 to 100\n6: there is "
           "no "
           "hash\n7: quality \"-1\" is no whole number of 0 to 100\n"},
      {"first line bad", "what is this\n" + kA + "\n",
       plain_a + "1: \"what is this\" is no PDQ hash of 64 hexadecimal digits\n"},
      {"NUL", kA + "\n" + std::string("a\0b", 3) + "\n" + kB + "\n", "00 -1 [] |||\nf1 -1 [] |||\n2: a NUL byte\n"},
      {"stray quote costs its line", "\"" + kA + "\n" + kB + "\n", "00 -1 [] |||\n1: a quote that is not closed\n"},
      {"text behind a quote", "\"" + kA + "\"x\n" + kB + "\n", "00 -1 [] |||\n1: text behind a closing quote\n"},
      {"control characters", "hash,label\n" + kA + ",a\x1b[2Jb\n", "f1 -1 [a[2Jb;] |||\n"},
      {"signs are no digits", "-" + kA.substr(1), ""},
      {"longer", kA + "0", ""},
      {"empty", "", ""},
      {"header only", "hash,quality\n", ""},
      {"UTF-16", std::string("\xFF\xFE") + "h", ""},
      {"binary", std::string(300, '\0'), ""},
  };
  for (const Row& row : rows) Check(row);
}

TEST(HashListFile, Json) {
  const std::string plain_a = "f1 -1 [] |||\n";
  auto signal = [&](const std::string& more) { return "{\"hash\":\"" + kA + "\"" + more + "}"; };
  const Row rows[] = {
      {"array", "[" + signal("") + "]", plain_a},
      {"exchange",
       R"([{"type":"HASH_PDQ","id":17,"indicator":")" + kA +
           R"(","tags":{"data":[{"text":"x"},{"text":"y"}]},"status":"MALICIOUS","severity":3,)"
           R"("description":"l\u00e4ngs","owner":{"id":"4","name":"me"}}])",
       "f1 -1 [x;y;] MALICIOUS|3|längs|me\n"},
      {"wrapped, with other members",
       R"({"paging":{"next":"[{\"}"},"data": [ )" + signal(",\"quality\":99") + " , " +
           R"({"type":"video_md5","indicator":"x"} ], "n":1})",
       "f1 99 [] |||\nother video_md5 1\n"},
      {"lines", signal("") + "\r\n\n{\"signal_type\":\"pdq\",\"signal_value\":\"" + kB + "\"}\n",
       "00 -1 [] |||\n" + plain_a},
      {"one object over lines", "{\n \"hash\":\n \"" + kA + "\"\n}\n", plain_a},
      {"bad ones, by line", "[" + signal("") + ",\n5,\n{\"hash\":17},\n{\"a\":}\n]",
       plain_a +
           "2: a signal has to be an object\n3: \"17\" is no PDQ hash of 64 hexadecimal digits\n4: this is no JSON\n"},
      {"bad line of lines", signal("") + "\n{\"hash\":\n", plain_a + "2: this is no JSON\n"},
      {"deep", "[" + signal(",\"x\":" + std::string(40, '[') + std::string(40, ']')) + "," + signal("") + "]",
       plain_a + "1: this is no JSON\n"},
      {"cut", "[" + signal("") + "," + signal("").substr(0, 20), ""},
      {"no comma", "[" + signal("") + signal("") + "]", ""},
      {"more behind", "[" + signal("") + "] x", ""},
      {"empty array", "[]", ""},
      {"open brackets", std::string(100000, '['), ""},
      {"open braces", std::string(100000, '{'), ""},
      {"only other types", R"([{"type":"md5","indicator":"x"}])", ""},
  };
  for (const Row& row : rows) Check(row);
}

HashListFile Random(int seed, size_t count) {
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  HashListFile file;
  for (size_t i = 0; i < count; ++i) {
    HashListEntry entry;
    entry.hash = {{random(), random(), random(), random()}};
    entry.quality = static_cast<int>(random() % 102) - 1;
    if (random() % 2) entry.labels = {"x", "y,z " + std::to_string(random() % 5)};
    entry.status = random() % 2 ? "MALICIOUS" : "";
    entry.severity = random() % 2 ? "high \"est\"" : "";
    entry.description = random() % 3 ? "said \"so\", and; more" : "ä ö";
    entry.source = random() % 2 ? "#1" : "";
    file.entries.push_back(entry);
  }
  std::ranges::sort(file.entries, {}, [](const HashListEntry& entry) { return entry.hash.words; });
  return file;
}

TEST(HashListFile, BothFormsReadBackAsWritten) {
  HashListFile file = Random(5, 500);
  for (HashListFormat format : {HashListFormat::kCsv, HashListFormat::kJson}) {
    std::string text;
    HashListWriter writer(format, &text);
    for (const HashListEntry& entry : file.entries) writer.Add(entry);
    writer.Finish();
    auto again = ReadHashList(text);
    ASSERT_TRUE(again.has_value()) << again.error().Text();
    EXPECT_EQ(again->format, format);
    EXPECT_EQ(again->fault_count, 0u);
    EXPECT_EQ(again->entries, file.entries);
  }
}

TEST(HashListFile, WhatIsComparedWith) {
  EXPECT_TRUE(IsMatched({}));
  EXPECT_TRUE(IsMatched({.quality = 50, .status = "MALICIOUS"}));
  EXPECT_FALSE(IsMatched({.quality = 49}));
  EXPECT_FALSE(IsMatched({.status = "Non_Malicious"}));
}

// Time and memory follow the size of the file, however it is made.
TEST(HashListFile, LargeAndHostileFiles) {
  std::string million = "hash,quality\n";
  std::mt19937_64 random(3);
  for (int i = 0; i < 1'000'000; ++i) million += feature::ToHex({{random(), random(), random(), random()}}) + ",77\n";
  auto file = ReadHashList(million);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->entries.size(), 1'000'000u);

  std::string long_lines = kA + "\n" + std::string(1'000'000, 'x') + "\n" + kB + "," + std::string(70'000, 'y') + "\n";
  file = ReadHashList(long_lines);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(Told(*file), "f1 -1 [] |||\n2: more than 65536 bytes\n3: more than 65536 bytes\n");

  std::string quotes = kA + "\n", signals = "[{\"hash\":\"" + kA + "\"}";
  for (int i = 0; i < 300'000; ++i) quotes += "\"a\n", signals += ",[]";
  file = ReadHashList(quotes);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->fault_count, 300'000u);
  EXPECT_EQ(file->faults.size(), HashListFile::kFaultsTold);
  file = ReadHashList(signals + "]");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->fault_count, 300'000u);
}

TEST(HashListFile, EveryCutAndFlipIsAnswered) {
  HashListFile file = Random(6, 20);
  for (HashListFormat format : {HashListFormat::kCsv, HashListFormat::kJson}) {
    std::string text;
    HashListWriter writer(format, &text);
    for (const HashListEntry& entry : file.entries) writer.Add(entry);
    writer.Finish();
    std::mt19937 random(1);
    for (size_t cut = 0; cut < text.size(); ++cut) (void)ReadHashList(text.substr(0, cut));
    for (int i = 0; i < 3000; ++i) {
      std::string damaged = text;
      for (int flips = 0; flips < 3; ++flips) damaged[random() % damaged.size()] = static_cast<char>(random());
      auto read = ReadHashList(damaged);
      EXPECT_LE(read.has_value() ? read->entries.size() : 0, 21u);
    }
  }
}

TEST(HashListFile, TheReferencesNeedlesAndHaystack) {
  auto folder = testing::SharedFolder("photos/pdq/index");
  if (!folder) GTEST_SKIP() << "the shared photos are not here";
  for (auto [name, count] : {std::pair{"needles.txt", 100}, {"haystack.txt", 1350}}) {
    Bytes bytes = ReadFile(*folder / name, 1 << 20).value();
    auto file = ReadHashList({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    ASSERT_TRUE(file.has_value()) << file.error().Text();
    EXPECT_EQ(file->fault_count, 0u);
    EXPECT_EQ(static_cast<int>(file->entries.size() + file->repeated), count) << name;
  }
}

}  // namespace
}  // namespace likeness::engine
