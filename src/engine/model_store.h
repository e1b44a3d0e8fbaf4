// The models of a data folder (docs/formats/model.md, "The folder"): fetched, checked, chosen, removed. Stateless over
// the folder: what one object changes the next one sees; changes take a lock file. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "engine/model_manifest.h"

namespace likeness::engine {

class ModelStore {
 public:
  // `folder`: models/ of the data folder; it need not be there yet.
  explicit ModelStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  struct Entry {
    ModelManifest manifest;
    bool built_in = false;
    bool installed = false;
    bool in_use = false;         // for its role
    std::optional<Error> error;  // its manifest cannot be read; manifest.name is the folder's
  };
  // Those that come with the program, then others that are installed, by name.
  Result<std::vector<Entry>> List() const;
  // The installed one. NotFound.
  Result<ModelManifest> GetInstalled(const std::string& name) const;

  struct PullOptions {
    std::string model;                          // a name, or the path of a manifest (ends in .json)
    std::filesystem::path from;                 // a mirror folder; empty: from the addresses of the manifest
    std::map<std::string, std::string> sha256;  // by file, where the manifest has none
  };
  struct PullProgress {
    std::string file;
    uint64_t done_bytes = 0, total_bytes = 0;  // of all files, or of those up to this one; total 0: not known
  };
  struct PullReport {
    ModelManifest manifest;
    bool already = false;                  // it was there, whole
    bool in_use = false;                   // it is what its role uses now
    std::vector<std::string> trusted_now;  // files of a mirror whose checksum nobody had said
  };
  // Whole and checked, or not at all; a broken-off pull goes on at the next. The first model of a role is used.
  // NotFound (no such model, file or address), FailedPrecondition (no checksum), Corruption (another checksum), and
  // Download's errors.
  Result<PullReport> Pull(const PullOptions& options, const CancelFlag& cancel,
                          const std::function<void(const PullProgress&)>& on_progress) const;

  // What is wrong with an installed model's files: empty when each is there with its checksum.
  Result<std::vector<std::string>> Verify(const std::string& name, const CancelFlag& cancel) const;

  // The model in use of a role.
  Result<std::map<feature::ModelRole, std::string>> InUse() const;
  Status Use(const std::string& name) const;
  // Also ends its use, and drops what a broken-off pull left.
  Status Remove(const std::string& name) const;

  // The spec of an installed model with its folder, for the encoders.
  Result<feature::ModelSpec> GetSpec(const std::string& name) const;
  // Of an installed model, 16 hexadecimal digits: vectors of equal fingerprints may be compared.
  Result<std::string> Fingerprint(const std::string& name) const;

 private:
  struct Job;
  Status TakeFile(Job& job, ModelFile& file) const;
  Status SaveInUse(const std::map<feature::ModelRole, std::string>& in_use) const;
  Status Install(const std::filesystem::path& incoming, const std::string& name) const;

  std::filesystem::path folder_;
};

}  // namespace likeness::engine
