#include "engine/import_extras.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"

namespace likeness::engine {

namespace fs = std::filesystem;

namespace {

constexpr size_t kIdDigitsMax = 15;
constexpr uint64_t kTakeoutBytesMax = 1 << 20;

}  // namespace

Result<ImageId> IdFromName(const fs::path& file) {
  const std::string stem = file.stem().string();
  uint64_t id = 0;
  bool number = !stem.empty() && stem.size() <= kIdDigitsMax;
  for (char c : stem) {
    number = number && c >= '0' && c <= '9';
    id = id * 10 + static_cast<uint64_t>(c - '0');
  }
  if (!number || id == 0)
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the name {} is no id: not a whole number from 1", CleanFileName(file.filename().string(), 255)),
        "give the file a number for a name, or import it without --ids-from-names");
  return ImageId{id};
}

std::vector<std::string> FoldersOf(const std::vector<std::string>& given, const fs::path& file) {
  std::vector<std::string> best;
  size_t longest = 0;
  for (const std::string& path : given) {
    const fs::path root = fs::path(path).lexically_normal();
    const std::string text = root.string();
    const fs::path below = file.lexically_normal().lexically_relative(root);
    if (below.empty() || below == "." || *below.begin() == ".." || text.size() < longest) continue;
    longest = text.size();
    best.clear();
    for (const fs::path& part : below.parent_path()) best.push_back(part.string());
    if (!best.empty()) continue;
    const fs::path own = root.has_filename() ? root.filename() : root.parent_path().filename();
    if (!own.empty() && own != ".") best.push_back(own.string());
  }
  return best;
}

std::optional<TakeoutFacts> TakeoutFolders::Find(const fs::path& picture, const Limits& limits) {
  const fs::path folder = picture.parent_path();
  std::string stem;
  {
    std::lock_guard lock(mutex_);
    auto [stems, fresh] = stems_.try_emplace(folder);
    if (fresh) {
      std::error_code error;
      for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end; !error && it != end;
           it.increment(error)) {
        std::error_code unused;
        if (it->path().extension() == ".json" && fs::is_regular_file(it->symlink_status(unused)))
          stems->second.push_back(it->path().stem().string());
      }
      std::ranges::sort(stems->second);
    }
    if (stems->second.empty()) return {};
    stem = FindTakeoutStem(stems->second, picture.filename().string());
  }
  if (stem.empty()) return {};
  const Result<Bytes> bytes = ReadFile(folder / (stem + ".json"), kTakeoutBytesMax);
  return bytes ? ParseTakeout(*bytes, limits) : std::nullopt;
}

void ImportedCollections::Note(const std::vector<std::string>& folders, bool favourite, size_t place,
                               const ImportOutcome& outcome) {
  if (folders.empty() && !favourite) return;
  ImageId id = outcome.id;
  // The same file again belongs to its folder's album, too.
  if (!id && outcome.verdict && outcome.verdict->verdict.kind == dedupe::VerdictKind::kExact) id = outcome.verdict->of;
  if (!id) return;
  std::lock_guard lock(mutex_);
  if (favourite) favourites_.insert(id);
  if (!folders.empty()) images_[fmt::format("{}", fmt::join(folders, " / "))].emplace(place, id);
}

Status ImportedCollections::Write(catalog::Albums& albums, const Limits& limits) {
  Status first;
  for (const auto& [folder, images] : images_) {
    const std::string name = CleanText(folder, limits.tag_bytes_max);
    std::vector<ImageId> ids;
    for (const auto& [place, id] : images) ids.push_back(id);
    const auto write = [&]() -> Status {
      if (name.empty()) return {};
      LK_ASSIGN(const std::optional<catalog::AlbumRow> known, albums.Find({}, name));
      AlbumId album = known ? known->id : AlbumId{};
      if (!album) {
        LK_ASSIGN(album, albums.Create({.name = name}));
      }
      return albums.ChangeImages(album, ids, {});
    };
    if (Status written = write(); !written && first)
      first =
          std::unexpected(written.error().Within(fmt::format("the pictures are imported, but the album of {}", name)));
  }
  if (!favourites_.empty())
    if (Status written = albums.AddFavourites({}, {favourites_.begin(), favourites_.end()}); !written && first)
      first = std::unexpected(written.error().Within("the pictures are imported, but the favourites are not marked"));
  return first;
}

}  // namespace likeness::engine
