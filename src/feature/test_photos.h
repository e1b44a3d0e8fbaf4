// Photos for this module's tests, from the shared collection outside the repository.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "image/bitmap.h"

namespace likeness::feature {

// LIKENESS_SHARED, else ../shared beside the sources; empty if it is not there.
std::filesystem::path SharedPhotos();
// Every `step`-th file of a folder of the collection, by name.
std::vector<std::filesystem::path> PhotosOf(const std::string& folder, size_t step);
// An empty bitmap and a test failure if it cannot be decoded.
image::Bitmap DecodePhoto(const std::filesystem::path& path);
// A deterministic picture with detail at all scales.
image::Bitmap TexturedPicture(int width, int height, int channels, uint32_t seed);

}  // namespace likeness::feature

#define LIKENESS_NEEDS_PHOTOS() \
  if (::likeness::feature::SharedPhotos().empty()) GTEST_SKIP() << "no shared photo collection"
