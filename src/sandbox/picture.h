// A picture that a worker decoded at full size, where it left it: in memory that can no longer be written, neither by
// the worker nor by us. Movable; thread-safe to read.
#pragma once

#include <cstdint>
#include <utility>

#include "base/error.h"
#include "codec/decode.h"
#include "image/bitmap.h"

namespace likeness::sandbox {

class Picture {
 public:
  // Takes over `descriptor`, a memory file whose size is sealed. Corruption when it is not as large as the picture that
  // `info` tells of, or when somebody can still write to it.
  static Result<Picture> Map(int descriptor, codec::ImageInfo info);
  Picture(Picture&& other) noexcept { *this = std::move(other); }
  Picture& operator=(Picture&& other) noexcept;
  ~Picture();

  const codec::ImageInfo& info() const { return info_; }
  image::Size size() const { return {static_cast<int>(info_.width), static_cast<int>(info_.height)}; }
  // Upright sRGB: R, G, B and straight alpha, one byte each, rows without padding.
  const uint8_t* pixels() const { return pixels_; }

 private:
  Picture() = default;

  codec::ImageInfo info_;
  const uint8_t* pixels_ = nullptr;
  size_t mapped_bytes_ = 0;
};

}  // namespace likeness::sandbox
