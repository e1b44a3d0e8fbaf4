#include "http/upload.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <system_error>

namespace likeness::http {
namespace {
constexpr uint64_t kFieldBytesMax = 256 << 10;

// The sender of a file does not learn where the server keeps its own.
std::unexpected<Error> CannotSpool(const Error& error) {
  return Fail(error.code, "the server cannot keep the upload" + error.message.substr(error.message.rfind(':')),
              error.hint.empty() ? "the server's log and disk tell more" : error.hint);
}

}  // namespace

Result<Bytes> ReadPart(const Part& part, const Limits& limits) {
  if (part.too_large || part.length > limits.file_bytes_max) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("the file has more than {} bytes", limits.file_bytes_max),
                "raise limits.file_bytes_max to allow it");
  }
  if (!part.spool) return part.bytes;
  Bytes bytes(part.length);
  LK_TRY(part.spool->Pread(part.offset, bytes));
  return bytes;
}

UploadReceiver::UploadReceiver(std::string_view boundary, const Limits& limits, std::filesystem::path folder)
    : limits_(limits), folder_(std::move(folder)), parser_(boundary, limits.request_files_max + 16, this) {}

Status UploadReceiver::OpenSpool() {
  static std::atomic<uint64_t> counter{0};
  std::filesystem::path path = folder_ / fmt::format(".upload-{}-{}", getpid(), ++counter);
  Result<File> file = File::Open(path, File::Mode::kCreate);
  if (!file) return CannotSpool(file.error());
  std::error_code ignored;
  std::filesystem::remove(path, ignored);  // gone with the last descriptor, whatever happens
  spool_ = std::make_shared<File>(std::move(*file));
  return {};
}

Status UploadReceiver::OnPart(const MultipartParser::PartHeader& header) {
  Part part;
  part.name = header.name;
  part.file_name = header.file_name;
  part.is_file = header.is_file;
  if (part.is_file) {
    if (!spool_) LK_TRY(OpenSpool());
    part.spool = spool_;
    part.offset = spooled_;
  }
  parts_.push_back(std::move(part));
  return {};
}

Status UploadReceiver::OnData(std::string_view bytes) {
  Part& part = parts_.back();
  if (!part.is_file) {
    if (part.bytes.size() + bytes.size() > kFieldBytesMax) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("the form field {} has more than {} bytes", part.name, kFieldBytesMax));
    }
    part.bytes.insert(part.bytes.end(), bytes.begin(), bytes.end());
    return {};
  }
  if (part.too_large) return {};
  if (part.length + bytes.size() > limits_.file_bytes_max) {
    part.too_large = true;
    spooled_ = part.offset;  // what was kept of it is overwritten by the next file
    part.length = 0;
    return {};
  }
  if (Status written = spool_->Pwrite(spooled_, AsBytes(bytes)); !written) return CannotSpool(written.error());
  spooled_ += bytes.size();
  part.length += bytes.size();
  return {};
}

Status UploadReceiver::OnPartEnd() {
  return {};
}

Result<std::vector<Part>> UploadReceiver::Finish() {
  LK_TRY(parser_.Finish());
  return std::move(parts_);
}

}  // namespace likeness::http
