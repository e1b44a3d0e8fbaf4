#include "http/multipart.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "http/url.h"

namespace likeness::http {
namespace {

constexpr size_t kHeaderBytesMax = 8 << 10;

bool EqualNoCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return std::tolower(uint8_t(x)) == std::tolower(uint8_t(y)); });
}

// One `; name=value` of a header value; `rest` moves on. False at the end. A value may be a token or a quoted string,
// in which only \" and \\ are escapes (browsers send %22 instead, curl sends \").
bool NextParameter(std::string_view* rest, std::string* name, std::string* value) {
  size_t semicolon = rest->find(';');
  if (semicolon == std::string_view::npos) return false;
  rest->remove_prefix(semicolon + 1);
  size_t equals = rest->find('=');
  if (equals == std::string_view::npos) return false;
  *name = std::string(Trim(rest->substr(0, equals)));
  std::ranges::transform(*name, name->begin(), [](char c) { return static_cast<char>(std::tolower(uint8_t(c))); });
  rest->remove_prefix(equals + 1);
  while (!rest->empty() && (rest->front() == ' ' || rest->front() == '\t')) rest->remove_prefix(1);
  value->clear();
  if (rest->empty() || rest->front() != '"') {
    std::string_view token = rest->substr(0, rest->find(';'));
    *value = std::string(Trim(token));
    rest->remove_prefix(token.size());
    return true;
  }
  size_t i = 1;
  for (; i < rest->size() && (*rest)[i] != '"'; ++i) {
    if ((*rest)[i] == '\\' && i + 1 < rest->size() && ((*rest)[i + 1] == '"' || (*rest)[i + 1] == '\\')) ++i;
    value->push_back((*rest)[i]);
  }
  rest->remove_prefix(std::min(i + 1, rest->size()));
  return true;
}

Result<MultipartParser::PartHeader> ParsePartHeader(std::string_view block) {
  MultipartParser::PartHeader header;
  bool found = false;
  while (!block.empty()) {
    std::string_view line = block.substr(0, block.find("\r\n"));
    block.remove_prefix(std::min(line.size() + 2, block.size()));
    size_t colon = line.find(':');
    if (colon == std::string_view::npos || !EqualNoCase(Trim(line.substr(0, colon)), "content-disposition")) continue;
    std::string_view rest = Trim(line.substr(colon + 1));
    if (!EqualNoCase(Trim(rest.substr(0, rest.find(';'))), "form-data"))
      return Fail(ErrorCode::kInvalidArgument, "a part's Content-Disposition is not form-data");
    std::string name, value;
    bool extended = false;
    while (NextParameter(&rest, &name, &value)) {
      if (name == "name") {
        header.name = value;
        found = true;
      } else if (name == "filename" && !extended) {
        header.file_name = value;
        header.is_file = true;
      } else if (name == "filename*") {
        // RFC 8187: charset'language'percent-encoded.
        size_t quote = value.find('\'');
        size_t second = quote == std::string::npos ? quote : value.find('\'', quote + 1);
        std::string decoded;
        if (second != std::string::npos && PercentDecode(std::string_view(value).substr(second + 1), false, &decoded)) {
          header.file_name = decoded;
          header.is_file = extended = true;
        }
      }
    }
  }
  if (!found) return Fail(ErrorCode::kInvalidArgument, "a part has no Content-Disposition with a name");
  return header;
}

}  // namespace

Result<std::string> BoundaryOf(std::string_view content_type) {
  std::string_view rest = content_type;
  if (!EqualNoCase(Trim(rest.substr(0, rest.find(';'))), "multipart/form-data"))
    return Fail(ErrorCode::kInvalidArgument, "expected multipart/form-data",
                "send the picture as a form with a part `file`");
  std::string name, value;
  while (NextParameter(&rest, &name, &value)) {
    if (name == "boundary" && !value.empty() && value.size() <= 70) return value;
  }
  return Fail(ErrorCode::kInvalidArgument, "multipart/form-data has no boundary of 1 to 70 characters");
}

MultipartParser::MultipartParser(std::string_view boundary, size_t parts_max, Sink* sink)
    : delimiter_(fmt::format("\r\n--{}", boundary)), parts_max_(parts_max), sink_(sink) {}

Status MultipartParser::Feed(std::string_view bytes) {
  if (state_ == State::kEpilogue) return {};
  held_.append(bytes);
  bool progressed = true;
  while (progressed) {
    progressed = false;
    LK_TRY(Step(&progressed));
  }
  held_.erase(0, at_);
  at_ = 0;
  return {};
}

Status MultipartParser::Step(bool* progressed) {
  switch (state_) {
    case State::kPreamble:
      return TakeBody(true, progressed);
    case State::kBody:
      return TakeBody(false, progressed);
    case State::kAfterDelimiter:
      return TakeAfterDelimiter(progressed);
    case State::kHeaders:
      return TakeHeaders(progressed);
    case State::kEpilogue:
      at_ = held_.size();
      return {};
  }
  return {};
}

Status MultipartParser::TakeBody(bool preamble, bool* progressed) {
  std::string_view rest = std::string_view(held_).substr(at_);
  size_t found = rest.find(delimiter_);
  // Without the delimiter all but a beginning of it can go.
  size_t ready = found != std::string_view::npos ? found : rest.size() - std::min(rest.size(), delimiter_.size() - 1);
  if (!preamble && ready > 0) LK_TRY(sink_->OnData(rest.substr(0, ready)));
  at_ += ready;
  if (found == std::string_view::npos) return {};
  if (!preamble) LK_TRY(sink_->OnPartEnd());
  at_ += delimiter_.size();
  state_ = State::kAfterDelimiter;
  *progressed = true;
  return {};
}

Status MultipartParser::TakeAfterDelimiter(bool* progressed) {
  std::string_view rest = std::string_view(held_).substr(at_);
  size_t blanks = rest.find_first_not_of(" \t");  // transport padding
  if (blanks == std::string_view::npos) blanks = rest.size();
  if (blanks > 256) return Fail(ErrorCode::kInvalidArgument, "too much padding after a multipart delimiter");
  if (rest.size() < blanks + 2) return {};
  std::string_view mark = rest.substr(blanks, 2);
  if (mark == "--") {
    state_ = State::kEpilogue;
  } else if (mark == "\r\n") {
    state_ = State::kHeaders;
  } else {
    return Fail(ErrorCode::kInvalidArgument, "a multipart delimiter is followed by something else than a line end");
  }
  at_ += blanks + 2;
  *progressed = true;
  return {};
}

Status MultipartParser::TakeHeaders(bool* progressed) {
  std::string_view rest = std::string_view(held_).substr(at_);
  size_t end = rest.starts_with("\r\n") ? 0 : rest.find("\r\n\r\n");
  if (end == std::string_view::npos || end > kHeaderBytesMax) {
    if (rest.size() > kHeaderBytesMax)
      return Fail(ErrorCode::kLimitExceeded, fmt::format("a part's headers have more than {} bytes", kHeaderBytesMax));
    return {};
  }
  if (++parts_ > parts_max_) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("more than {} parts", parts_max_),
                "send fewer files in one request, or raise limits.request_files_max");
  }
  LK_ASSIGN(PartHeader header, ParsePartHeader(rest.substr(0, end)));
  LK_TRY(sink_->OnPart(header));
  at_ += end == 0 ? 2 : end + 4;
  state_ = State::kBody;
  *progressed = true;
  return {};
}

Status MultipartParser::Finish() const {
  if (state_ == State::kEpilogue) return {};
  return Fail(ErrorCode::kInvalidArgument, "the multipart body ends before its closing delimiter",
              "the upload was cut off; send it again");
}

}  // namespace likeness::http
