// Content that tells its id: the same for a test and for the process that it looks after.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace likeness::blob {

inline Bytes Payload(uint64_t id, size_t size) {
  Bytes out(size);
  uint64_t state = id * 0x9E3779B97F4A7C15ull + size;
  for (uint8_t& byte : out) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    byte = static_cast<uint8_t>(state >> 56);
  }
  return out;
}

}  // namespace likeness::blob
