#include "engine/model_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/checksum.h"
#include "base/files.h"
#include "base/text.h"
#include "net/download.h"

namespace likeness::engine {
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kModelFileBytesMax = 8ull << 30;
constexpr const char* kManifestName = "model.json";

Error NoSuchModel(const std::string& name) {
  return {ErrorCode::kNotFound, fmt::format("no model is called \"{}\"", CleanText(name, 80)),
          "likeness models list names them; a manifest of your own is named by its path"};
}

bool IsModelName(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name[0] != '.' && name.find('/') == std::string::npos;
}

Result<FileLock> Lock(const fs::path& folder) {
  LK_TRY(MakeDirectories(folder));
  Result<FileLock> lock = FileLock::Acquire(folder / ".lock");
  if (!lock && lock.error().code == ErrorCode::kFailedPrecondition)
    return Fail(ErrorCode::kFailedPrecondition, "another command changes the models", "wait until it is done");
  return lock;
}

// SHA-256 of a whole file, a piece at a time. `each` gets the pieces' sizes.
Result<std::string> HashFile(const fs::path& path, const CancelFlag& cancel,
                             const std::function<void(ByteView)>& each = {}) {
  LK_ASSIGN(File file, File::Open(path, File::Mode::kRead));
  LK_ASSIGN(uint64_t size, file.Size());
  Sha256Stream stream;
  Bytes piece(1u << 20);
  for (uint64_t at = 0; at < size; at += piece.size()) {
    if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
    std::span<uint8_t> part = std::span(piece).first(std::min<uint64_t>(piece.size(), size - at));
    LK_TRY(file.Pread(at, part));
    stream.Update(part);
    if (each) each(part);
  }
  return ToHex(stream.Finish());
}

Status CheckFile(const ModelFile& wanted, const std::string& sha256) {
  if (wanted.sha256.empty() || wanted.sha256 == sha256) return {};
  return Fail(ErrorCode::kCorruption,
              fmt::format("{} has SHA-256 {}, wanted was {}", wanted.path, sha256, wanted.sha256),
              "the file is another version, or was changed on its way");
}

}  // namespace

// What a pull is about.
struct ModelStore::Job {
  const PullOptions& options;
  const CancelFlag& cancel;
  const std::function<void(const PullProgress&)>& on_progress;
  fs::path incoming;
  std::string name;
  uint64_t before = 0, total = 0;  // bytes of the files before this one, and of all; 0: not known
  PullReport* report;

  // `file_bytes`: what the server says of this file.
  void Tell(const std::string& file, uint64_t bytes, uint64_t file_bytes = 0) const {
    const uint64_t known = total == 0 && file_bytes > 0 ? before + file_bytes : total;
    if (on_progress) on_progress({file, before + bytes, known});
  }
};

Result<ModelManifest> ModelStore::GetInstalled(const std::string& name) const {
  if (!IsModelName(name)) return std::unexpected(NoSuchModel(name));
  Result<Bytes> text = ReadFile(folder_ / name / kManifestName, kManifestBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::unexpected(NoSuchModel(name));
  if (!text) return std::unexpected(text.error());
  Result<ModelManifest> manifest = ParseModelManifest(AsText(*text));
  if (!manifest) return std::unexpected(manifest.error().Within(name + "/" + kManifestName));
  if (manifest->name != name)
    return Fail(ErrorCode::kCorruption, fmt::format("the folder {} holds the model {}", name, manifest->name));
  return manifest;
}

Result<std::vector<ModelStore::Entry>> ModelStore::List() const {
  std::vector<Entry> out;
  for (const ModelManifest& manifest : BuiltInManifests())
    out.push_back({.manifest = manifest, .built_in = true, .installed = false, .in_use = false, .error = {}});
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    std::error_code ignored;
    if (IsModelName(name) && fs::exists(at->path() / kManifestName, ignored)) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  for (const std::string& name : names) {
    auto entry = std::ranges::find(out, name, [](const Entry& e) { return e.manifest.name; });
    if (entry == out.end()) entry = out.emplace(out.end());
    Result<ModelManifest> manifest = GetInstalled(name);
    if (manifest)
      entry->manifest = std::move(*manifest);
    else
      entry->error = manifest.error();
    entry->manifest.name = name;
    entry->installed = true;
  }
  LK_ASSIGN(auto in_use, InUse());
  for (Entry& entry : out) {
    auto found = in_use.find(entry.manifest.spec.role);
    entry.in_use = entry.installed && found != in_use.end() && found->second == entry.manifest.name;
  }
  return out;
}

Result<std::map<feature::ModelRole, std::string>> ModelStore::InUse() const {
  std::map<feature::ModelRole, std::string> out;
  Result<Bytes> text = ReadFile(folder_ / "active.json", kManifestBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) return out;
  if (!text) return std::unexpected(text.error());
  boost::json::error_code code;
  boost::json::value value = boost::json::parse(boost::json::string_view(AsText(*text).data(), text->size()), code);
  if (code || !value.is_object())
    return Fail(ErrorCode::kCorruption, fmt::format("{} is no JSON object", (folder_ / "active.json").string()),
                "remove it, then choose again with likeness models use NAME");
  for (const auto& member : value.get_object()) {
    Result<feature::ModelRole> role = ModelRoleFromName({member.key().data(), member.key().size()});
    if (role && member.value().is_string())
      out[*role] = std::string(member.value().get_string().data(), member.value().get_string().size());
  }
  return out;
}

Status ModelStore::SaveInUse(const std::map<feature::ModelRole, std::string>& in_use) const {
  boost::json::object object;
  for (const auto& [role, name] : in_use) object[Name(role)] = name;
  return WriteFileAtomically(folder_ / "active.json", AsBytes(boost::json::serialize(object)));
}

Status ModelStore::Use(const std::string& name) const {
  LK_ASSIGN(ModelManifest manifest, GetInstalled(name));
  LK_ASSIGN(FileLock lock, Lock(folder_));
  LK_ASSIGN(auto in_use, InUse());
  in_use[manifest.spec.role] = name;
  return SaveInUse(in_use);
}

Status ModelStore::Remove(const std::string& name) const {
  std::error_code error;
  if (!IsModelName(name)) return std::unexpected(NoSuchModel(name));
  const fs::path incoming = folder_ / ".incoming" / name;
  const bool begun = fs::exists(incoming, error), installed = fs::exists(folder_ / name / kManifestName, error);
  if (!begun && !installed) return std::unexpected(NoSuchModel(name));
  LK_ASSIGN(FileLock lock, Lock(folder_));
  fs::remove_all(incoming, error);
  if (!installed) return {};
  LK_ASSIGN(auto in_use, InUse());
  if (std::erase_if(in_use, [&](const auto& entry) { return entry.second == name; }) > 0) LK_TRY(SaveInUse(in_use));
  // Without its manifest it is no model any more, wherever the rest ends.
  fs::remove(folder_ / name / kManifestName, error);
  if (error) return FailErrno(fmt::format("cannot remove {}", (folder_ / name).string()), error.value());
  LK_TRY(SyncDirectory(folder_ / name));
  fs::remove_all(folder_ / name, error);
  if (error) return FailErrno(fmt::format("cannot remove {}", (folder_ / name).string()), error.value());
  return SyncDirectory(folder_);
}

Result<std::vector<std::string>> ModelStore::Verify(const std::string& name, const CancelFlag& cancel) const {
  LK_ASSIGN(ModelManifest manifest, GetInstalled(name));
  std::vector<std::string> faults;
  for (const ModelFile& file : manifest.files) {
    Result<std::string> sha256 = HashFile(folder_ / name / file.path, cancel);
    if (!sha256 && sha256.error().code == ErrorCode::kCancelled) return std::unexpected(sha256.error());
    Status checked = sha256 ? CheckFile(file, *sha256) : Status(std::unexpected(sha256.error()));
    if (checked && file.sha256.empty())
      checked = Fail(ErrorCode::kCorruption, fmt::format("{} has no checksum in its manifest", file.path));
    if (!checked) faults.push_back(checked.error().message);
  }
  return faults;
}

Result<feature::ModelSpec> ModelStore::GetSpec(const std::string& name) const {
  LK_ASSIGN(ModelManifest manifest, GetInstalled(name));
  manifest.spec.folder = folder_ / name;
  return manifest.spec;
}

Result<std::string> ModelStore::Fingerprint(const std::string& name) const {
  LK_ASSIGN(ModelManifest manifest, GetInstalled(name));
  return ToHex(ComputeSha256(AsBytes(manifest.text))).substr(0, 16);
}

namespace {

// Where a file may lie in a mirror folder.
Result<fs::path> FindInMirror(const fs::path& mirror, const std::string& model, const ModelFile& file) {
  for (const fs::path& path : {mirror / file.mirror, mirror / model / file.path, mirror / file.path}) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return path;
  }
  return Fail(ErrorCode::kNotFound, fmt::format("{} has no {}", mirror.string(), file.mirror),
              fmt::format("it is also looked for as {}/{} and {}", model, file.path, file.path));
}

}  // namespace

// Brings one file to `incoming`, whole and checked, and fills in its checksum and size.
Status ModelStore::TakeFile(Job& job, ModelFile& file) const {
  const fs::path target = job.incoming / file.path;
  fs::path part = target;
  part += ".part";
  std::error_code error;
  if (fs::exists(target, error)) {  // of an earlier pull
    Result<std::string> sha256 = HashFile(target, job.cancel);
    if (sha256 && !file.sha256.empty() && *sha256 == file.sha256) {
      file.size_bytes = fs::file_size(target, error);
      return {};
    }
    fs::remove(target, error);
  }
  std::string sha256;
  if (!job.options.from.empty()) {
    LK_ASSIGN(fs::path source, FindInMirror(job.options.from, job.name, file));
    LK_ASSIGN(File out, File::Open(part, File::Mode::kCreate));
    LK_TRY(out.Truncate(0));
    uint64_t at = 0;
    Status written;
    LK_ASSIGN(sha256, HashFile(source, job.cancel, [&](ByteView piece) {
                if (written) written = out.Pwrite(at, piece);
                at += piece.size();
                job.Tell(file.path, at);
              }));
    LK_TRY(written);
    LK_TRY(out.Sync());
    if (file.sha256.empty()) job.report->trusted_now.push_back(file.path);
  } else {
    net::DownloadOptions options;
    options.bytes_max = file.size_bytes > 0 ? file.size_bytes : kModelFileBytesMax;
    options.on_progress = [&](uint64_t done, uint64_t all) { job.Tell(file.path, done, all); };
    // All of it may be there from a pull that was killed before it looked.
    const bool all = file.size_bytes > 0 && fs::file_size(part, error) == file.size_bytes && !error;
    if (!all) LK_TRY(net::Download(file.url, part, options, job.cancel));
    LK_ASSIGN(sha256, HashFile(part, job.cancel));
  }
  if (Status checked = CheckFile(file, sha256); !checked) {
    fs::remove(part, error);
    return checked;
  }
  file.sha256 = sha256;
  file.size_bytes = fs::file_size(part, error);
  fs::rename(part, target, error);
  if (error) return FailErrno(fmt::format("cannot rename {}", part.string()), error.value());
  return {};
}

Status ModelStore::Install(const fs::path& incoming, const std::string& name) const {
  LK_TRY(SyncDirectory(incoming));
  const fs::path old = folder_ / ".old";
  std::error_code error;
  fs::remove_all(old, error);
  if (fs::exists(folder_ / name, error)) {
    fs::rename(folder_ / name, old, error);
    if (error) return FailErrno(fmt::format("cannot move {} aside", (folder_ / name).string()), error.value());
  }
  fs::rename(incoming, folder_ / name, error);
  if (error) return FailErrno(fmt::format("cannot rename {}", incoming.string()), error.value());
  LK_TRY(SyncDirectory(folder_));
  fs::remove_all(old, error);
  return {};
}

namespace {

Result<ModelManifest> FindManifest(const std::string& model) {
  if (!model.ends_with(".json")) {
    auto found = std::ranges::find(BuiltInManifests(), model, &ModelManifest::name);
    if (found == BuiltInManifests().end()) return std::unexpected(NoSuchModel(model));
    return *found;
  }
  LK_ASSIGN(Bytes text, ReadFile(model, kManifestBytesMax));
  Result<ModelManifest> manifest = ParseModelManifest(AsText(text));
  if (!manifest) return std::unexpected(manifest.error().Within(model));
  return manifest;
}

// The manifest's checksums together with those that the caller says, and whether each file can be had.
Status Complete(ModelManifest* manifest, const ModelStore::PullOptions& options) {
  for (const auto& [name, sha256] : options.sha256) {
    auto file = std::ranges::find(manifest->files, name, &ModelFile::path);
    if (file == manifest->files.end())
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} has no file \"{}\"", manifest->name, CleanText(name, 100)));
    if (sha256.size() != 64 || sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
      return Fail(ErrorCode::kInvalidArgument, fmt::format("the checksum of {} has to be 64 hexadecimal digits", name));
    if (!file->sha256.empty() && file->sha256 != sha256)
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("the manifest says another checksum of {}: {}", name, file->sha256));
    file->sha256 = sha256;
  }
  if (!options.from.empty()) return {};
  for (const ModelFile& file : manifest->files) {
    if (file.url.empty())
      return Fail(ErrorCode::kNotFound, fmt::format("nobody is known to serve {} of {}", file.path, manifest->name),
                  "name a folder that has it with --from DIR");
    if (file.sha256.empty())
      return Fail(
          ErrorCode::kFailedPrecondition,
          fmt::format("the checksum of {} of {} is not known, so a download could not be checked", file.path,
                      manifest->name),
          fmt::format("say it with --sha256 {}=HEX, as {} publishes it; or use --from DIR", file.path, file.url));
  }
  return {};
}

}  // namespace

Result<ModelStore::PullReport> ModelStore::Pull(const PullOptions& options, const CancelFlag& cancel,
                                                const std::function<void(const PullProgress&)>& on_progress) const {
  PullReport report;
  LK_ASSIGN(report.manifest, FindManifest(options.model));
  ModelManifest& manifest = report.manifest;
  const std::string& name = manifest.name;
  LK_TRY(Complete(&manifest, options));
  LK_ASSIGN(FileLock lock, Lock(folder_));
  if (Result<ModelManifest> there = GetInstalled(name)) {
    bool same = there->files.size() == manifest.files.size();
    for (size_t i = 0; same && i < manifest.files.size(); ++i)
      same = there->files[i].path == manifest.files[i].path && there->files[i].sha256 == manifest.files[i].sha256;
    if (same && CompletedManifest(manifest, there->files) == there->text) {
      LK_ASSIGN(std::vector<std::string> faults, Verify(name, cancel));
      report.already = faults.empty();
    }
  }
  if (!report.already) {
    Job job{.options = options,
            .cancel = cancel,
            .on_progress = on_progress,
            .incoming = folder_ / ".incoming" / name,
            .name = name,
            .report = &report};
    LK_TRY(MakeDirectories(job.incoming));
    for (const ModelFile& file : manifest.files) job.total += file.size_bytes;
    if (std::ranges::any_of(manifest.files, [](const ModelFile& file) { return file.size_bytes == 0; })) job.total = 0;
    for (ModelFile& file : manifest.files) {
      if (Status taken = TakeFile(job, file); !taken)
        return std::unexpected(taken.error().Within("cannot pull " + name));
      job.before += file.size_bytes;
      job.Tell(file.path, 0);
    }
    LK_TRY(WriteFileAtomically(job.incoming / kManifestName, AsBytes(CompletedManifest(manifest, manifest.files))));
    LK_TRY(Install(job.incoming, name));
  }
  LK_ASSIGN(auto in_use, InUse());
  if (!in_use.contains(manifest.spec.role)) {
    in_use[manifest.spec.role] = name;
    LK_TRY(SaveInUse(in_use));
  }
  report.in_use = in_use[manifest.spec.role] == name;
  return report;
}

}  // namespace likeness::engine
