// BERT's word pieces with a cased vocabulary (Devlin et al. 2018): words, signs and Chinese characters each on their
// own, then the longest known piece from the left.
#include <fmt/format.h>
#include <utf8proc.h>

#include <string>
#include <unordered_map>

#include "base/files.h"
#include "base/text.h"
#include "feature/embedding/clip_text.h"
#include "feature/embedding/tokenizer.h"

namespace likeness::feature {
namespace {

constexpr uint64_t kVocabularyBytesMax = 16u << 20;
constexpr size_t kWordCharactersMax = 100;  // a longer one is unknown

bool IsSign(char32_t c) {
  if (c < 0x80) return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
  auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

bool IsChinese(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2ceaf) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

bool IsDropped(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return c == 0xfffd || (category >= UTF8PROC_CATEGORY_CC && category <= UTF8PROC_CATEGORY_CO) ||
         category == UTF8PROC_CATEGORY_CN;
}

class WordPiece : public Tokenizer {
 public:
  explicit WordPiece(size_t context_length) : context_length_(context_length) {}

  Status Read(std::string_view text) {
    int64_t number = 0;
    for (size_t at = 0; at < text.size(); ++number) {
      const size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      if (line.ends_with('\r')) line.remove_suffix(1);
      pieces_.emplace(line, number);
      at = end + 1;
    }
    for (auto [name, to] : {std::pair{"[CLS]", &start_}, {"[SEP]", &end_}, {"[UNK]", &unknown_}}) {
      auto found = pieces_.find(name);
      if (found == pieces_.end()) return Fail(ErrorCode::kCorruption, fmt::format("it has no line {}", name));
      *to = found->second;
    }
    return {};
  }

  Result<std::vector<int64_t>> Tokenize(std::string_view text) const override {
    if (text.size() > kTokenizeBytesMax)
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("the text has {} bytes, {} are possible", text.size(), kTokenizeBytesMax),
                  "say it in fewer words");
    if (!IsValidUtf8(text)) return Fail(ErrorCode::kInvalidArgument, "the text is not UTF-8");
    std::vector<int64_t> out = {start_};
    std::u32string word;
    const auto finish = [&] {
      if (!word.empty() && out.size() < context_length_) AppendWord(word, &out);
      word.clear();
    };
    for (size_t at = 0; at < text.size();) {
      utf8proc_int32_t code = 0;
      at += static_cast<size_t>(utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                                 static_cast<utf8proc_ssize_t>(text.size() - at), &code));
      const auto c = static_cast<char32_t>(code);
      if (IsDropped(c)) continue;
      const bool space = ClassOf(c) == TextClass::kSpace, alone = IsSign(c) || IsChinese(c);
      if (space || alone) finish();
      if (!space) word.push_back(c);
      if (alone) finish();
    }
    finish();
    out.resize(std::min(out.size(), context_length_ - 1));
    out.push_back(end_);
    return out;
  }

 private:
  void AppendWord(const std::u32string& word, std::vector<int64_t>* out) const {
    const size_t before = out->size();
    bool known = word.size() <= kWordCharactersMax;
    for (size_t at = 0; known && at < word.size();) {
      size_t length = word.size() - at;
      for (; length > 0; --length) {
        std::string piece = at > 0 ? "##" : "";
        for (char32_t c : std::u32string_view(word).substr(at, length)) AppendUtf8(c, &piece);
        if (auto found = pieces_.find(piece); found != pieces_.end()) {
          out->push_back(found->second);
          break;
        }
      }
      known = length > 0;
      at += length;
    }
    if (known) return;
    out->resize(before);
    out->push_back(unknown_);
  }

  const size_t context_length_;
  std::unordered_map<std::string, int64_t> pieces_;
  int64_t start_ = 0, end_ = 0, unknown_ = 0;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> OpenWordPiece(const std::filesystem::path& vocabulary, size_t context_length) {
  LK_ASSIGN(Bytes bytes, ReadFile(vocabulary, kVocabularyBytesMax));
  auto pieces = std::make_unique<WordPiece>(context_length);
  if (Status read = pieces->Read(AsText(bytes)); !read)
    return std::unexpected(read.error().Within(vocabulary.filename().string()));
  return pieces;
}

}  // namespace likeness::feature
