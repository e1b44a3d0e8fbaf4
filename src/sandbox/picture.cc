#include "sandbox/picture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace likeness::sandbox {

Result<Picture> Picture::Map(int descriptor, codec::ImageInfo info) {
  const uint64_t bytes = uint64_t{info.width} * info.height * 4;
  struct stat facts {};
  const bool large_enough =
      fstat(descriptor, &facts) == 0 && bytes > 0 && static_cast<uint64_t>(facts.st_size) >= bytes;
  const bool sealed = fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) == 0;
  void* mapped =
      large_enough && sealed ? mmap(nullptr, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor, 0) : MAP_FAILED;
  const int reason = errno;
  close(descriptor);
  if (!large_enough || !sealed)
    return Fail(ErrorCode::kCorruption, "the decoder's answer makes no sense", "the file is damaged or hostile");
  if (mapped == MAP_FAILED) return FailErrno("cannot map a decoded picture", reason);
  Picture picture;
  picture.info_ = std::move(info);
  picture.pixels_ = static_cast<const uint8_t*>(mapped);
  picture.mapped_bytes_ = bytes;
  return picture;
}

Picture& Picture::operator=(Picture&& other) noexcept {
  std::swap(info_, other.info_);
  std::swap(pixels_, other.pixels_);
  std::swap(mapped_bytes_, other.mapped_bytes_);
  return *this;
}

Picture::~Picture() {
  if (pixels_ != nullptr) munmap(const_cast<uint8_t*>(pixels_), mapped_bytes_);
}

}  // namespace likeness::sandbox
