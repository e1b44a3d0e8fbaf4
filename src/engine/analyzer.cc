#include "engine/analyzer.h"

#include "base/checksum.h"
#include "base/files.h"
#include "engine/picture_files.h"

namespace likeness::engine {

struct Analyzer::Impl {
  Options options;
  std::unique_ptr<sandbox::Pool> pool;
};

Result<std::unique_ptr<Analyzer>> Analyzer::Open(Options options) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  LK_ASSIGN(impl->pool, sandbox::Pool::Open({.limits = impl->options.limits,
                                             .workers = impl->options.workers,
                                             .worker_command = impl->options.worker_command}));
  return std::unique_ptr<Analyzer>(new Analyzer(std::move(impl)));
}

Analyzer::Analyzer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Analyzer::~Analyzer() = default;

Result<AnalyzedFile> Analyzer::AnalyzeBytes(ByteView bytes, const sandbox::AnalyzeOptions& options,
                                            ByteView sidecar) const {
  if (bytes.size() > impl_->options.limits.file_bytes_max)
    return Fail(ErrorCode::kLimitExceeded, "the file is larger than limits.file_bytes_max",
                "raise limits.file_bytes_max to allow it");
  sandbox::AnalyzeOptions allowed = options;
  allowed.formats = impl_->options.formats;
  AnalyzedFile file;
  file.size_bytes = bytes.size();
  file.sha256 = ComputeSha256(bytes);
  LK_ASSIGN(file.analysis, impl_->pool->Analyze(bytes, allowed, sidecar));
  return file;
}

Result<AnalyzedFile> Analyzer::AnalyzeFile(const std::filesystem::path& path,
                                           const sandbox::AnalyzeOptions& options) const {
  LK_ASSIGN(Bytes bytes, ReadFile(path, impl_->options.limits.file_bytes_max));
  Bytes sidecar;
  if (options.metadata) sidecar = ReadSidecar(path, impl_->options.limits);
  LK_ASSIGN(AnalyzedFile file, AnalyzeBytes(bytes, options, sidecar));
  file.path = path.string();
  return file;
}

Result<std::vector<std::filesystem::path>> Analyzer::FindPictures(const std::vector<std::string>& paths,
                                                                  uint64_t* ignored) const {
  return FindPictureFiles(paths, ignored);
}

sandbox::Pool& Analyzer::pool() const {
  return *impl_->pool;
}
const Analyzer::Options& Analyzer::options() const {
  return impl_->options;
}

}  // namespace likeness::engine
