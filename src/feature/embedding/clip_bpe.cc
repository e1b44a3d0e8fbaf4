// CLIP's vocabulary: 256 symbols for bytes (printable ones first, in the order of GPT-2's table), the same 256 for
// bytes that end a word, then one symbol for each merge in the order of its rank, then start and end.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <queue>
#include <unordered_map>

#include "base/files.h"
#include "base/text.h"
#include "feature/embedding/clip_text.h"
#include "feature/embedding/tokenizer.h"

namespace likeness::feature {
namespace {

constexpr size_t kMergesMax = 49152 - 256 - 2;
constexpr uint64_t kVocabularyBytesMax = 16u << 20;
constexpr int kBytes = 256;
constexpr std::string_view kWordEnd = "</w>";

// Symbols of bytes: number of each byte, and how the vocabulary file writes it.
struct ByteSymbols {
  std::array<int32_t, kBytes> number{};
  std::array<std::string, kBytes> text;

  ByteSymbols() {
    const auto printable = [](int b) { return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174); };
    int32_t next = 0, moved = 0;
    for (int b = 0; b < kBytes; ++b) {
      if (!printable(b)) continue;
      number[b] = next++;
      AppendUtf8(static_cast<char32_t>(b), &text[b]);
    }
    for (int b = 0; b < kBytes; ++b) {
      if (printable(b)) continue;
      number[b] = next++;
      AppendUtf8(static_cast<char32_t>(kBytes + moved++), &text[b]);
    }
  }
};

Result<std::string> Gunzip(ByteView bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return Fail(ErrorCode::kInternal, "zlib does not start");
  std::string out;
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  int status = Z_OK;
  while (status == Z_OK && out.size() < kVocabularyBytesMax) {
    const size_t before = out.size();
    out.resize(before + (256u << 10));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = 256u << 10;
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) return Fail(ErrorCode::kCorruption, "it is no whole gzip file");
  return out;
}

class ClipBpe : public Tokenizer {
 public:
  explicit ClipBpe(const ClipBpeOptions& options) : options_(options) {}

  // `text`: the unpacked vocabulary.
  Status Read(std::string_view text) {
    std::unordered_map<std::string, int32_t> symbols;
    for (int b = 0; b < kBytes; ++b) {
      symbols[bytes_.text[b]] = bytes_.number[b];
      symbols[bytes_.text[b] + std::string(kWordEnd)] = bytes_.number[b] + kBytes;
    }
    size_t line_number = 0;
    int32_t next = 2 * kBytes;
    for (size_t at = 0; at < text.size() && merges_.size() < kMergesMax; ++line_number) {
      const size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      at = end + 1;
      if (line_number == 0 || line.empty()) continue;
      const size_t blank = line.find(' ');
      if (blank == std::string_view::npos)
        return Fail(ErrorCode::kCorruption, fmt::format("line {} is no merge of two symbols", line_number + 1));
      std::string left(line.substr(0, blank)), right(line.substr(blank + 1));
      auto a = symbols.find(left), b = symbols.find(right);
      if (a == symbols.end() || b == symbols.end())
        return Fail(ErrorCode::kCorruption, fmt::format("line {} merges a symbol that no line made", line_number + 1));
      merges_.emplace(Pair(a->second, b->second), next);
      symbols[left + right] = next++;
    }
    if (merges_.empty()) return Fail(ErrorCode::kCorruption, "it holds no merges");
    start_ = next;
    end_ = next + 1;
    return {};
  }

  Result<std::vector<int64_t>> Tokenize(std::string_view text) const override {
    if (text.size() > kTokenizeBytesMax)
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("the text has {} bytes, {} are possible", text.size(), kTokenizeBytesMax),
                  "say it in fewer words");
    if (!IsValidUtf8(text)) return Fail(ErrorCode::kInvalidArgument, "the text is not UTF-8");
    std::vector<int64_t> out = {start_};
    const std::u32string clean = CleanClipText(text);
    for (size_t at = 0; at < clean.size() && out.size() < options_.context_length;) {
      if (clean[at] == ' ') {
        ++at;
        continue;
      }
      if (int64_t mark = TakeMark(clean, &at); mark >= 0)
        out.push_back(mark);
      else
        AppendPiece(TakePiece(clean, &at), &out);
    }
    out.resize(std::min(out.size(), options_.context_length - 1));
    out.push_back(end_);
    out.resize(options_.context_length, options_.padding);
    return out;
  }

 private:
  static uint64_t Pair(int32_t left, int32_t right) {
    return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
  }

  // The words for start and end stand for themselves, as in the original. -1: none is at `at`.
  int64_t TakeMark(const std::u32string& text, size_t* at) const {
    for (auto [mark, number] : {std::pair{std::u32string_view(U"<|startoftext|>"), start_},
                                std::pair{std::u32string_view(U"<|endoftext|>"), end_}}) {
      if (text.compare(*at, mark.size(), mark) != 0) continue;
      *at += mark.size();
      return number;
    }
    return -1;
  }

  // The longest run of one class, one digit, or the end of a contraction. REQUIRES: no blank at `at`.
  static std::u32string_view TakePiece(const std::u32string& text, size_t* at) {
    const size_t begin = *at;
    const std::u32string_view rest = std::u32string_view(text).substr(begin);
    for (std::u32string_view end : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"}) {
      if (!rest.starts_with(end)) continue;
      *at += end.size();
      return end;
    }
    const TextClass wanted = ClassOf(text[begin]);
    do {
      ++*at;
    } while (wanted != TextClass::kNumber && *at < text.size() && ClassOf(text[*at]) == wanted);
    return std::u32string_view(text).substr(begin, *at - begin);
  }

  // Merges the bytes of one piece: always the pair of least rank, the leftmost first.
  void AppendPiece(std::u32string_view piece, std::vector<int64_t>* out) const {
    std::string utf8;
    for (char32_t c : piece) AppendUtf8(c, &utf8);
    struct Symbol {
      int32_t number;  // -1: merged into the one before
      size_t before, after;
    };
    constexpr size_t kNone = std::numeric_limits<size_t>::max();
    std::vector<Symbol> symbols(utf8.size());
    for (size_t i = 0; i < utf8.size(); ++i)
      symbols[i] = {bytes_.number[static_cast<uint8_t>(utf8[i])], i == 0 ? kNone : i - 1,
                    i + 1 == utf8.size() ? kNone : i + 1};
    symbols.back().number += kBytes;
    struct Merge {
      int32_t made;
      size_t at;
      int32_t left, right;
      bool operator<(const Merge& other) const {  // for a queue whose top is the least
        return made != other.made ? made > other.made : at > other.at;
      }
    };
    std::priority_queue<Merge> queue;
    const auto offer = [&](size_t at) {
      if (at == kNone || symbols[at].after == kNone) return;
      const int32_t left = symbols[at].number, right = symbols[symbols[at].after].number;
      if (auto found = merges_.find(Pair(left, right)); found != merges_.end())
        queue.push({found->second, at, left, right});
    };
    for (size_t i = 0; i < symbols.size(); ++i) offer(i);
    while (!queue.empty()) {
      const Merge merge = queue.top();
      queue.pop();
      Symbol& left = symbols[merge.at];
      if (left.number != merge.left || left.after == kNone || symbols[left.after].number != merge.right) continue;
      Symbol& right = symbols[left.after];
      left.number = merge.made;
      right.number = -1;
      left.after = right.after;
      if (right.after != kNone) symbols[right.after].before = merge.at;
      offer(left.before);
      offer(merge.at);
    }
    for (size_t i = 0; i != kNone; i = symbols[i].after) out->push_back(symbols[i].number);
  }

  const ClipBpeOptions options_;
  const ByteSymbols bytes_;
  std::unordered_map<uint64_t, int32_t> merges_;  // to the symbol that is made, whose order is the rank
  int64_t start_ = 0, end_ = 0;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> OpenClipBpe(const std::filesystem::path& vocabulary, const ClipBpeOptions& options) {
  LK_ASSIGN(Bytes packed, ReadFile(vocabulary, kVocabularyBytesMax));
  Result<std::string> text = Gunzip(packed);
  if (!text) return std::unexpected(text.error().Within(vocabulary.filename().string()));
  auto tokenizer = std::make_unique<ClipBpe>(options);
  if (Status read = tokenizer->Read(*text); !read)
    return std::unexpected(read.error().Within(vocabulary.filename().string()));
  return tokenizer;
}

}  // namespace likeness::feature
