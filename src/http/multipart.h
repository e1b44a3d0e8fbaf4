// multipart/form-data (RFC 7578, RFC 2046 5.1) as a push parser: bytes go in as they arrive, in pieces of any size, and
// parts come out. Holds at most one header block or one delimiter's length of bytes back. Single-threaded.
//
//   preamble --delimiter--> after delimiter --CRLF--> headers --blank line--> body --delimiter--> after delimiter ...
//                                           `--"--"--> epilogue (ignored)
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace likeness::http {

// The boundary of a Content-Type value. InvalidArgument when it is another type or has none (1 to 70 characters).
Result<std::string> BoundaryOf(std::string_view content_type);

class MultipartParser {
 public:
  struct PartHeader {
    std::string name;
    std::string file_name;  // as sent, decoded; not yet clean
    bool is_file = false;   // a file name was given, be it an empty one
  };
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual Status OnPart(const PartHeader& header) = 0;
    virtual Status OnData(std::string_view bytes) = 0;
    virtual Status OnPartEnd() = 0;
  };

  // `sink` must outlive the parser.
  MultipartParser(std::string_view boundary, size_t parts_max, Sink* sink);

  // The first error (of the text or of the sink) is final.
  Status Feed(std::string_view bytes);
  // InvalidArgument when the closing delimiter has not come.
  Status Finish() const;

 private:
  enum class State { kPreamble, kAfterDelimiter, kHeaders, kBody, kEpilogue };
  Status Step(bool* progressed);
  Status TakeBody(bool preamble, bool* progressed);
  Status TakeAfterDelimiter(bool* progressed);
  Status TakeHeaders(bool* progressed);

  const std::string delimiter_;  // CRLF "--" boundary
  const size_t parts_max_;
  Sink* sink_;
  State state_ = State::kPreamble;
  std::string held_ = "\r\n";  // so that a delimiter at the very start is found like any other
  size_t at_ = 0;              // consumed bytes of held_
  size_t parts_ = 0;
};

}  // namespace likeness::http
