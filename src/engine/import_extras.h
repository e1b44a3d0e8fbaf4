// What an import of folders may take from beside a picture file: its number, the folders it lies in, a Takeout file.
// Not for other modules.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "engine/library_impl.h"
#include "engine/takeout.h"

namespace likeness::engine {

// Of "4711.jpg": 4711. InvalidArgument for a name that is no number from 1 to 10^15 - 1.
Result<ImageId> IdFromName(const std::filesystem::path& file);

// The folders between one of the given paths and the file, outermost first; of a file that lies directly in a given
// folder that folder; of a given file none.
std::vector<std::string> FoldersOf(const std::vector<std::string>& given, const std::filesystem::path& file);

// The Takeout files of folders; each folder is listed once. Thread-safe.
class TakeoutFolders {
 public:
  std::optional<TakeoutFacts> Find(const std::filesystem::path& picture, const Limits& limits);

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, std::vector<std::string>> stems_;  // of .json files, ascending
};

// Pictures on their way into the albums of their folders, in the order of the files, and among the favourites.
// Thread-safe.
class ImportedCollections {
 public:
  void Note(const std::vector<std::string>& folders, bool favourite, size_t place, const ImportOutcome& outcome);
  // Makes the albums that are missing, of the owner of the data folder. The first error is told after all were tried.
  Status Write(catalog::Albums& albums, const Limits& limits);

 private:
  std::mutex mutex_;
  std::map<std::string, std::set<std::pair<size_t, ImageId>>> images_;  // by name
  std::set<ImageId> favourites_;
};

}  // namespace likeness::engine
