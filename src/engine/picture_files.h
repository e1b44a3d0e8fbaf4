// Picture files of a file system: which files of a folder are pictures (by their bytes), and the .xmp sidecar beside
// one. Stateless; thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/metadata.h"

namespace likeness::engine {

// See Analyzer::FindPictures.
Result<std::vector<std::filesystem::path>> FindPictureFiles(const std::vector<std::string>& paths, uint64_t* ignored);

// photo.jpg.xmp, else photo.xmp (also .XMP), beside `picture`; empty when there is none or it is over the limit.
Bytes ReadSidecar(const std::filesystem::path& picture, const Limits& limits);

// The status of an error that a file's content caused: rejected, or failed when it was not the file's fault.
bool IsRejection(const Error& error);

}  // namespace likeness::engine
