// Unaligned big-endian and little-endian loads. The caller has checked the bounds. Internal to codec.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace likeness::codec {

template <typename T>
inline T LoadLittle(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
inline uint16_t Be16(const uint8_t* at) {
  return static_cast<uint16_t>(at[0] << 8 | at[1]);
}
inline uint32_t Be32(const uint8_t* at) {
  return __builtin_bswap32(LoadLittle<uint32_t>(at));
}
inline uint64_t Be64(const uint8_t* at) {
  return __builtin_bswap64(LoadLittle<uint64_t>(at));
}
inline uint16_t Le16(const uint8_t* at) {
  return LoadLittle<uint16_t>(at);
}
inline uint32_t Le24(const uint8_t* at) {
  return at[0] | uint32_t(at[1]) << 8 | uint32_t(at[2]) << 16;
}
inline uint32_t Le32(const uint8_t* at) {
  return LoadLittle<uint32_t>(at);
}

}  // namespace likeness::codec
