#include "engine/small_json.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/json.h"

namespace likeness::engine {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<SmallObject> Object() {
    SmallObject object;
    if (!Eat('{')) return Bad("'{' expected");
    if (!Eat('}')) {
      do {
        std::string key;
        SmallValue value;
        if (!String(key) || !Eat(':')) return Bad("a key expected");
        if (!Value(value)) return Bad("a string, number or array of strings expected");
        object.insert_or_assign(std::move(key), std::move(value));
      } while (Eat(','));
      if (!Eat('}')) return Bad("'}' expected");
    }
    Blank();
    if (at_ != text_.size()) return Bad("end expected");
    return object;
  }

 private:
  std::unexpected<Error> Bad(std::string_view what) {
    return Fail(ErrorCode::kCorruption, fmt::format("malformed JSON at byte {}: {}", at_, what));
  }
  void Blank() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool Eat(char c) {
    Blank();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  bool Value(SmallValue& value) {
    Blank();
    if (at_ >= text_.size()) return false;
    if (text_[at_] == '"') {
      std::string text;
      if (!String(text)) return false;
      value = std::move(text);
      return true;
    }
    if (text_[at_] == '[') return Array(value);
    if (Word("true")) return value = 1.0, true;
    if (Word("false") || Word("null")) return value = 0.0, true;
    double number = 0;
    auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc{} || !std::isfinite(number)) return false;
    at_ = static_cast<size_t>(end - text_.data());
    value = number;
    return true;
  }
  bool Array(SmallValue& value) {
    std::vector<std::string> texts;
    if (!Eat('[')) return false;
    if (!Eat(']')) {
      do {
        std::string text;
        if (!String(text)) return false;
        texts.push_back(std::move(text));
      } while (Eat(','));
      if (!Eat(']')) return false;
    }
    value = std::move(texts);
    return true;
  }
  bool Hex4(uint32_t& out) {
    if (at_ + 4 > text_.size()) return false;
    auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, out, 16);
    if (error != std::errc{} || end != text_.data() + at_ + 4) return false;
    at_ += 4;
    return true;
  }
  static void Utf8(std::string& out, uint32_t point) {
    if (point < 0x80) {
      out += static_cast<char>(point);
    } else if (point < 0x800) {
      out += static_cast<char>(0xC0 | point >> 6);
      out += static_cast<char>(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      out += static_cast<char>(0xE0 | point >> 12);
      out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (point & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | point >> 18);
      out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
      out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
      out += static_cast<char>(0x80 | (point & 0x3F));
    }
  }
  bool Escape(std::string& out) {
    if (at_ >= text_.size()) return false;
    char c = text_[at_++];
    constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    if (size_t i = kFrom.find(c); i != std::string_view::npos) {
      out += kTo[i];
      return true;
    }
    uint32_t point = 0;
    if (c != 'u' || !Hex4(point)) return false;
    if (point >= 0xD800 && point < 0xDC00) {
      uint32_t low = 0;
      if (!Word("\\u") || !Hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    Utf8(out, point);
    return true;
  }
  bool String(std::string& out) {
    if (!Eat('"')) return false;
    while (at_ < text_.size()) {
      char c = text_[at_++];
      if (c == '"') return true;
      if (c != '\\') {
        out += c;
      } else if (!Escape(out)) {
        return false;
      }
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<SmallObject> ParseSmallJson(std::string_view text) {
  return Parser(text).Object();
}

std::string GetText(const SmallObject& object, std::string_view key) {
  auto it = object.find(key);
  const auto* text = it == object.end() ? nullptr : std::get_if<std::string>(&it->second);
  return text == nullptr ? std::string() : *text;
}

double GetNumber(const SmallObject& object, std::string_view key, double fallback) {
  auto it = object.find(key);
  const auto* number = it == object.end() ? nullptr : std::get_if<double>(&it->second);
  return number == nullptr ? fallback : *number;
}

std::vector<std::string> GetTexts(const SmallObject& object, std::string_view key) {
  auto it = object.find(key);
  const auto* texts = it == object.end() ? nullptr : std::get_if<std::vector<std::string>>(&it->second);
  return texts == nullptr ? std::vector<std::string>() : *texts;
}

void SmallJsonWriter::Key(std::string_view key) {
  if (out_.size() > 1) out_ += ',';
  out_ += JsonQuote(key) + ":";
}

SmallJsonWriter& SmallJsonWriter::Put(std::string_view key, std::string_view value) {
  Key(key);
  out_ += JsonQuote(value);
  return *this;
}

SmallJsonWriter& SmallJsonWriter::PutNumber(std::string_view key, double value) {
  if (!std::isfinite(value)) return *this;
  Key(key);
  out_ += fmt::format("{}", value);
  return *this;
}

SmallJsonWriter& SmallJsonWriter::PutInteger(std::string_view key, int64_t value) {
  Key(key);
  out_ += fmt::format("{}", value);
  return *this;
}

SmallJsonWriter& SmallJsonWriter::PutTexts(std::string_view key, const std::vector<std::string>& values) {
  Key(key);
  out_ += '[';
  for (size_t i = 0; i < values.size(); ++i) out_ += (i == 0 ? "" : ",") + JsonQuote(values[i]);
  out_ += ']';
  return *this;
}

}  // namespace likeness::engine
