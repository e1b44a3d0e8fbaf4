// CRC32C (Castagnoli, RFC 3720 B.4) for records of ours, and SHA-256 (FIPS 180-4) for the identity of files.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace likeness {

// CRC32C of `bytes`, going on from `crc` (0 to start). Uses the processor's instruction where there is one.
uint32_t Crc32c(ByteView bytes, uint32_t crc = 0);

using Sha256 = std::array<uint8_t, 32>;
Sha256 ComputeSha256(ByteView bytes);

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  void Update(ByteView bytes);
  Sha256 Finish();  // once

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string ToHex(ByteView bytes);
// REQUIRES nothing: a wrong length or digit is InvalidArgument.
Result<Bytes> FromHex(std::string_view hex);

}  // namespace likeness
