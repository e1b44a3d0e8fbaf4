// Files to features without a library: reads within limits, hashes, hands the bytes to a sandboxed worker, reads a .xmp
// sidecar. What `features`, `compare FILE FILE` and `duplicates DIR` need. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/threads.h"
#include "engine/types.h"
#include "sandbox/pool.h"

namespace likeness::engine {

class Analyzer {
 public:
  struct Options {
    Limits limits;
    codec::FormatSet formats = codec::DefaultFormats();
    size_t workers = 0;
    dedupe::Rules rules;  // for files that are compared without a library
    std::vector<std::string> worker_command;
  };
  static Result<std::unique_ptr<Analyzer>> Open(Options options);
  ~Analyzer();

  Result<AnalyzedFile> AnalyzeFile(const std::filesystem::path& path, const sandbox::AnalyzeOptions& options) const;
  // `sidecar`: see sandbox::Pool::Analyze.
  Result<AnalyzedFile> AnalyzeBytes(ByteView bytes, const sandbox::AnalyzeOptions& options,
                                    ByteView sidecar = {}) const;

  // Picture files under `paths`, folders walked recursively without following links, in name order. Files whose content
  // is no picture are left out of folders (counted in `ignored`), but kept where they were named themselves.
  Result<std::vector<std::filesystem::path>> FindPictures(const std::vector<std::string>& paths,
                                                          uint64_t* ignored) const;

  // Groups of copies among the files, none imported. `progress` is called from several threads.
  struct FolderDuplicates {
    std::vector<DuplicateGroup> groups;
    std::vector<ImportOutcome> failures;
    uint64_t files = 0;
  };
  Result<FolderDuplicates> FindDuplicates(const std::vector<std::string>& paths, const CancelFlag& cancel,
                                          const std::function<void(const ImportProgress&)>& progress) const;

  sandbox::Pool& pool() const;
  const Options& options() const;

 private:
  struct Impl;
  explicit Analyzer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::engine
