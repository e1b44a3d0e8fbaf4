// Little-endian reading and writing of byte buffers. ByteReader trusts nothing: a read past the end sets failed() and
// returns zeros, so a parser checks once at the end of a structure. Single-threaded.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace likeness {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

static_assert(std::endian::native == std::endian::little, "files are written as memory holds them");

inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ByteWriter {
 public:
  template <typename T>
  requires std::is_trivially_copyable_v<T> && std::is_arithmetic_v<T>
  void Put(T value) {
    const auto* raw = reinterpret_cast<const uint8_t*>(&value);
    out_.insert(out_.end(), raw, raw + sizeof value);
  }
  void PutBytes(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  // u32 length, then the bytes.
  void PutString(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    PutBytes(AsBytes(text));
  }
  // Overwrites a value already written, as a length or a checksum known only later. REQUIRES: it lies inside.
  template <typename T>
  void Patch(size_t offset, T value) {
    std::memcpy(out_.data() + offset, &value, sizeof value);
  }
  size_t size() const { return out_.size(); }
  ByteView view() const { return out_; }
  Bytes Take() { return std::move(out_); }

 private:
  Bytes out_;
};

class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  template <typename T>
  requires std::is_arithmetic_v<T> T Get() {
    T value{};
    if (!Need(sizeof value)) return value;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  ByteView GetBytes(size_t count) {
    if (!Need(count)) return {};
    ByteView out = bytes_.subspan(at_, count);
    at_ += count;
    return out;
  }
  std::string GetString() { return std::string(AsText(GetBytes(Get<uint32_t>()))); }
  void Skip(size_t count) {
    if (Need(count)) at_ += count;
  }
  size_t remaining() const { return bytes_.size() - at_; }
  size_t position() const { return at_; }
  bool failed() const { return failed_; }
  // True when all was read and nothing failed.
  bool Done() const { return !failed_ && remaining() == 0; }
  void MarkFailed() { failed_ = true; }

 private:
  bool Need(size_t count) {
    if (failed_ || count > remaining()) failed_ = true;
    return !failed_;
  }

  ByteView bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace likeness
