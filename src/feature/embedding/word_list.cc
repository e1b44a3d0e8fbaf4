#include <fmt/format.h>

#include <cctype>
#include <string>
#include <unordered_map>

#include "base/files.h"
#include "base/text.h"
#include "feature/embedding/tokenizer.h"

namespace likeness::feature {
namespace {

constexpr uint64_t kWordListBytesMax = 16u << 20;

class WordList : public Tokenizer {
 public:
  WordList(std::string_view text, size_t context_length) : context_length_(context_length) {
    int64_t number = 0;
    for (size_t at = 0; at < text.size(); ++number) {
      const size_t end = std::min(text.find('\n', at), text.size());
      words_.emplace(Trim(text.substr(at, end - at)), number);
      at = end + 1;
    }
  }
  size_t size() const { return words_.size(); }

  Result<std::vector<int64_t>> Tokenize(std::string_view text) const override {
    if (text.size() > kTokenizeBytesMax)
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("the text has {} bytes, {} are possible", text.size(), kTokenizeBytesMax),
                  "say it in fewer words");
    if (!IsValidUtf8(text)) return Fail(ErrorCode::kInvalidArgument, "the text is not UTF-8");
    std::vector<int64_t> out;
    std::string word;
    const auto finish = [&] {
      auto found = word.empty() ? words_.end() : words_.find(word);
      if (found != words_.end() && out.size() < context_length_) out.push_back(found->second);
      word.clear();
    };
    for (char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80 && std::isalnum(byte))
        word.push_back(static_cast<char>(std::tolower(byte)));
      else
        finish();
    }
    finish();
    if (out.empty()) out.push_back(0);
    return out;
  }

 private:
  const size_t context_length_;
  std::unordered_map<std::string, int64_t> words_;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> OpenWordList(const std::filesystem::path& vocabulary, size_t context_length) {
  LK_ASSIGN(Bytes bytes, ReadFile(vocabulary, kWordListBytesMax));
  auto words = std::make_unique<WordList>(AsText(bytes), context_length);
  if (words->size() < 2)
    return Fail(ErrorCode::kCorruption, fmt::format("{} holds no words", vocabulary.filename().string()));
  return words;
}

}  // namespace likeness::feature
