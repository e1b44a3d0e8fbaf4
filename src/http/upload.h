// The parts of a multipart request while it is being received: files go to an unlinked temporary file as their bytes
// arrive, form fields stay in memory. A file over the limit is marked and its bytes are dropped, so that the others of
// the same request go on. Single-threaded while receiving; ReadPart is thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/files.h"
#include "base/limits.h"
#include "http/multipart.h"

namespace likeness::http {

struct Part {
  std::string name, file_name;
  bool is_file = false;
  Bytes bytes;                  // a field's text, or a file that was given in memory
  std::shared_ptr<File> spool;  // else the file's bytes lie here
  uint64_t offset = 0, length = 0;
  bool too_large = false;
};

// LimitExceeded when the part was over limits.file_bytes_max.
Result<Bytes> ReadPart(const Part& part, const Limits& limits);

class UploadReceiver : private MultipartParser::Sink {
 public:
  // Temporary files are made in `folder`.
  UploadReceiver(std::string_view boundary, const Limits& limits, std::filesystem::path folder);

  Status Feed(std::string_view bytes) { return parser_.Feed(bytes); }
  Result<std::vector<Part>> Finish();

 private:
  Status OnPart(const MultipartParser::PartHeader& header) override;
  Status OnData(std::string_view bytes) override;
  Status OnPartEnd() override;
  Status OpenSpool();

  const Limits limits_;
  const std::filesystem::path folder_;
  std::vector<Part> parts_;
  std::shared_ptr<File> spool_;
  uint64_t spooled_ = 0;
  MultipartParser parser_;
};

}  // namespace likeness::http
