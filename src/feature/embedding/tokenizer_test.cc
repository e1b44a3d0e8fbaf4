#include "feature/embedding/tokenizer.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/json.hpp>
#include <chrono>
#include <fstream>

#include "base/files.h"
#include "feature/embedding/clip_text.h"
#include "feature/embedding/test_models.h"

namespace likeness::feature {
namespace {

std::string Clean(std::string_view text) {
  std::string out;
  for (char32_t c : CleanClipText(text)) AppendUtf8(c, &out);
  return out;
}

TEST(ClipText, IsCleanedLikeTheOriginal) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"  A  Photo\t\nof\r\n a CAT  ", "a photo of a cat"},
      {"it\xE2\x80\x99s \xE2\x80\x9Cgreat\xE2\x80\x9D", "it's \"great\""},  // curly quotes
      {"&lt;b&gt; &amp;amp; &eacute; &#233; &#xE9;", "<b> & é é é"},
      {"&unknown; & &; &#; &#x; &amp", "&unknown; & &; &#; &#x; &amp"},
      {"cafe\xCC\x81", "café"},                         // composed
      {"\xEF\xBC\xA1\xEF\xBC\xA2\xEF\xBC\x91", "ab1"},  // full width
      {"\xEF\xAC\x81sh", "fish"},                       // ligature
      {"a\x01\x02\x7F"
       "b\xEF\xBB\xBF",
       "ab"},                                                        // control characters, byte order mark
      {"\xC4\xB0stanbul \xCE\xA3\xCE\x9F\xCE\xA3", "i̇stanbul σος"},  // dotted I, final sigma
      {"\xE3\x80\x80日本\xE3\x80\x80", "日本"},
  };
  for (auto [text, expected] : rows) EXPECT_EQ(Clean(text), expected) << text;
}

TEST(ClipText, KnowsTheClassesOfEveryScript) {
  for (char32_t c : std::u32string_view(U"aÉяλאعअกあ漢한ა")) {
    EXPECT_EQ(ClassOf(c), TextClass::kLetter) << uint32_t{c};
  }
  for (char32_t c : {U'7', U'٣', U'५', U'Ⅷ', U'²', U'①'}) EXPECT_EQ(ClassOf(c), TextClass::kNumber) << uint32_t{c};
  for (char32_t c : {U' ', U'\u00a0', U'\u2003', U'\u3000', U'\u2028'}) EXPECT_EQ(ClassOf(c), TextClass::kSpace);
  for (char32_t c : {U'!', U'_', U'\u0301', U'€', U'😀', U'\u200d'}) EXPECT_EQ(ClassOf(c), TextClass::kOther);
}

class ClipBpeOfTheOriginal : public ::testing::Test {
 protected:
  void SetUp() override {
    LIKENESS_NEEDS_MODELS();
    auto opened = OpenClipBpe(SharedModels() / "clip-bpe-tokenizer/bpe_simple_vocab_16e6.txt.gz", {});
    ASSERT_TRUE(opened) << opened.error().Text();
    tokenizer = std::move(*opened);
  }
  // Without start, end and padding.
  std::vector<int64_t> Inner(std::string_view text) {
    auto tokens = tokenizer->Tokenize(text);
    EXPECT_TRUE(tokens) << tokens.error().Text();
    EXPECT_EQ(tokens->size(), 77u);
    EXPECT_EQ(tokens->front(), 49406);
    auto end = std::find(tokens->begin(), tokens->end(), 49407);
    return {tokens->begin() + 1, end};
  }
  std::unique_ptr<Tokenizer> tokenizer;
};

TEST_F(ClipBpeOfTheOriginal, GivesAllGoldenTokens) {
  auto golden = boost::json::parse(ReadGolden("clip-bpe-tokenizer/golden_tokens.json"));
  size_t seen = 0;
  for (const auto& row : golden.at("cases").as_array()) {
    std::vector<int64_t> ids;
    for (const auto& id : row.at("ids").as_array()) ids.push_back(id.as_int64());
    EXPECT_EQ(Inner(row.at("text").as_string().c_str()), ids) << row.at("text");
    ++seen;
  }
  EXPECT_EQ(seen, 15u);
}

TEST_F(ClipBpeOfTheOriginal, IsCutAtTheContextAndKeepsItsEnd) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "cat ";
  auto tokens = tokenizer->Tokenize(text);
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->size(), 77u);
  EXPECT_EQ(tokens->at(75), 2368);
  EXPECT_EQ(tokens->back(), 49407);
  auto one = tokenizer->Tokenize("cat");
  EXPECT_EQ((std::vector<int64_t>(one->begin(), one->begin() + 4)), (std::vector<int64_t>{49406, 2368, 49407, 0}));
}

TEST_F(ClipBpeOfTheOriginal, TakesAbsurdTexts) {
  const auto started = std::chrono::steady_clock::now();
  const std::string texts[] = {std::string(10'000, 'a'),
                               std::string(60'000, '&'),
                               std::string(10'000, ' '),
                               std::string(5'000, '\x01'),
                               "\xF0\x9F\x98\x80\xE2\x80\x8D\xF0\x9F\x98\x80",
                               "العربية עברית हिन्दी ไทย 中文 한국어 ქართული አማርኛ",
                               std::string("a\0b", 3),
                               "<|endoftext|> <|startoftext|>"};
  for (const std::string& text : texts) {
    auto tokens = tokenizer->Tokenize(text);
    ASSERT_TRUE(tokens) << tokens.error().Text();
    EXPECT_EQ(tokens->size(), 77u);
    EXPECT_NE(std::find(tokens->begin(), tokens->end(), 49407), tokens->end());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
  EXPECT_EQ(tokenizer->Tokenize("caf\xE9").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(tokenizer->Tokenize(std::string(kTokenizeBytesMax + 1, 'a')).error().code, ErrorCode::kLimitExceeded);
}

TEST(ClipBpe, RefusesDamagedVocabularies) {
  TemporaryModels folder;
  const auto packed = [](const std::string& text) {
    Bytes out(compressBound(text.size()) + 64);
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
  };
  Bytes good = packed("version\na b</w>\nc ab</w>\n");
  Bytes cut(good.begin(), good.end() - 12);
  const std::pair<const char*, Bytes> rows[] = {{"plain text", Bytes(100, 'x')},
                                                {"cut", cut},
                                                {"empty", {}},
                                                {"no merges", packed("version\n")},
                                                {"one symbol", packed("version\nabc\n")},
                                                {"unmade symbol", packed("version\nab cd\n")}};
  for (const auto& [name, bytes] : rows) {
    auto opened = OpenClipBpe(folder.Write("v.gz", bytes), {});
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ErrorCode::kCorruption) << name;
  }
  auto opened = OpenClipBpe(folder.Write("v.gz", good), {.context_length = 5, .padding = -1});
  ASSERT_TRUE(opened) << opened.error().Text();
  // "cab" becomes one symbol: 512 and 513 are the merges, 514 and 515 start and end.
  EXPECT_EQ(*(*opened)->Tokenize("cab"), (std::vector<int64_t>{514, 513, 515, -1, -1}));
}

TEST(WordList, TakesKnownWords) {
  TemporaryModels folder;
  auto words = OpenWordList(folder.Write("words.txt", AsBytes("<pad>\ndog\nbeach\n4x4\n")), 3);
  ASSERT_TRUE(words) << words.error().Text();
  const std::pair<const char*, std::vector<int64_t>> rows[] = {
      {"A DOG, on the beach!", {1, 2}}, {"", {0}}, {"zzz", {0}}, {"4x4-dog", {3, 1}}, {"dog dog dog dog", {1, 1, 1}},
      {"d\xC3\xB6g dog", {1}}};
  for (const auto& [text, expected] : rows) EXPECT_EQ(*(*words)->Tokenize(text), expected) << text;
  EXPECT_EQ((*words)->Tokenize("\xFF").error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(OpenWordList(folder.Write("none.txt", AsBytes("")), 3));
  EXPECT_FALSE(OpenWordList(folder.path() / "absent.txt", 3));
}

TEST(WordPieces, AreTheLongestKnownOnes) {
  TemporaryModels folder;
  auto pieces = OpenWordPiece(
      folder.Write("v.txt", AsBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\nHund\n##e\nein\n##hütte\n.\n猫\n##s\nH\n##un\n")), 8);
  ASSERT_TRUE(pieces) << pieces.error().Text();
  const std::pair<std::string, std::vector<int64_t>> rows[] = {
      {"ein Hund", {2, 6, 4, 3}},
      {"Hunde.", {2, 4, 5, 8, 3}},
      {"Hundehütte", {2, 4, 5, 7, 3}},
      {"hund", {2, 1, 3}},  // cased
      {"Huns", {2, 11, 12, 10, 3}},
      {"猫猫 ein", {2, 9, 9, 6, 3}},
      {"", {2, 3}},
      {"ein ein ein ein ein ein ein ein", {2, 6, 6, 6, 6, 6, 6, 3}},
      {std::string(101, 'H'), {2, 1, 3}},
      {"e\x01in\n", {2, 6, 3}}};
  for (const auto& [text, expected] : rows) EXPECT_EQ(*(*pieces)->Tokenize(text), expected) << text;
  EXPECT_EQ((*pieces)->Tokenize("\xFF").error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE((*pieces)->Tokenize(std::string(60'000, 'H')));
  EXPECT_EQ(OpenWordPiece(folder.Write("v.txt", AsBytes("a\nb\n")), 8).error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace likeness::feature
