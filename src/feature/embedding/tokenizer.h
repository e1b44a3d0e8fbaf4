// Words of a person to the numbers that a text network takes.
//
// - CLIP's byte-pair encoding (Radford et al. 2021, after Sennrich et al. 2016), by the vocabulary file that CLIP is
//   published with: cleaning (clip_text.h), lower case, cut into letters, single digits, other signs and English
//   contractions by Unicode's classes, bytes of each piece merged by rank. Start, tokens, end, padded to the
//   context; what does not fit is cut, the end stays.
// - A word list: runs of a-z and 0-9 in lower case that are in the list; others are dropped. A text of which nothing
//   is left is the padding token alone.
//
// - BERT's word pieces (Devlin et al. 2018), cased: start, pieces, end, without padding; unknown words are one token.
//
// All take any text up to kTokenizeBytesMax in time in proportion to its length (times its logarithm). Immutable once
// opened: thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace likeness::feature {

inline constexpr size_t kTokenizeBytesMax = 64u << 10;

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  // At least one number. InvalidArgument when the text is not UTF-8, LimitExceeded.
  virtual Result<std::vector<int64_t>> Tokenize(std::string_view text) const = 0;
};

struct ClipBpeOptions {
  size_t context_length = 77;  // REQUIRES: at least 2
  int64_t padding = 0;
};
// `vocabulary`: gzip of text, a line that is passed over, then one merge of two symbols a line. Corruption, Io.
Result<std::unique_ptr<Tokenizer>> OpenClipBpe(const std::filesystem::path& vocabulary, const ClipBpeOptions& options);

// `vocabulary`: one word a line, the first the padding. At most `context_length` words are taken.
Result<std::unique_ptr<Tokenizer>> OpenWordList(const std::filesystem::path& vocabulary, size_t context_length);

// `vocabulary`: one piece a line, those that go on within a word with ## in front; [CLS], [SEP] and [UNK] among them.
// REQUIRES: context_length >= 2.
Result<std::unique_ptr<Tokenizer>> OpenWordPiece(const std::filesystem::path& vocabulary, size_t context_length);

}  // namespace likeness::feature
