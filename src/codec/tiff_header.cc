// The walk over a TIFF's directories, classic and BigTIFF. Offsets and counts are hostile; see exif.cc.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "codec/tiff.h"

namespace likeness::codec {

namespace {

struct Value {
  uint16_t type = 0;
  uint64_t count = 0;
  ByteView data;
};

class TiffWalk {
 public:
  TiffWalk(ByteView bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

  Result<Header> Run() {
    if (bytes_.size() < 16) return Corrupt("the file is cut short");
    big_endian_ = bytes_[0] == 'M';
    const uint64_t version = Load(2, 2);
    wide_ = version == 43;
    if (wide_ && (Load(4, 2) != 8 || Load(6, 2) != 0)) return Corrupt("the BigTIFF header is malformed");
    uint64_t next = wide_ ? Load(8, 8) : Load(4, 4);
    LK_TRY(ReadDirectory(next));
    CountPages(next);
    LK_TRY(Finish());
    return std::move(header_);
  }

 private:
  // REQUIRES: the bytes are there.
  uint64_t Load(uint64_t at, size_t size) const {
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      value |= uint64_t{bytes_[at + i]} << 8 * (big_endian_ ? size - 1 - i : i);
    }
    return value;
  }
  bool Inside(uint64_t at, uint64_t size) const { return at <= bytes_.size() && size <= bytes_.size() - at; }
  size_t count_bytes() const { return wide_ ? 8 : 2; }
  size_t entry_bytes() const { return wide_ ? 20 : 12; }
  size_t offset_bytes() const { return wide_ ? 8 : 4; }

  // Reads the tags of the directory at `next`, which becomes the offset of the following one (0 = none).
  Status ReadDirectory(uint64_t& next) {
    uint64_t at = next;
    if (!Inside(at, count_bytes())) return Corrupt("the first directory lies outside the file");
    seen_.insert(at);
    const uint64_t count = Load(at, count_bytes());
    at += count_bytes();
    if (count == 0 || count > 65'535 || !Inside(at, count * entry_bytes())) {
      return Corrupt(fmt::format("a directory of {} tags does not fit the file", count));
    }
    for (uint64_t i = 0; i < count; ++i, at += entry_bytes()) {
      const auto value = ReadValue(at);
      if (value) Take(uint16_t(Load(at, 2)), *value);
    }
    next = Inside(at, offset_bytes()) ? Load(at, offset_bytes()) : 0;
    return {};
  }

  std::optional<Value> ReadValue(uint64_t at) const {
    constexpr uint8_t kSizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    Value value;
    value.type = uint16_t(Load(at + 2, 2));
    value.count = Load(at + 4, offset_bytes());
    if (value.type >= std::size(kSizes) || kSizes[value.type] == 0 || value.count > bytes_.size()) return std::nullopt;
    const uint64_t size = value.count * kSizes[value.type], slot = at + 4 + offset_bytes();
    const uint64_t from = size <= offset_bytes() ? slot : Load(slot, offset_bytes());
    if (size == 0 || !Inside(from, size)) return std::nullopt;
    value.data = bytes_.subspan(size_t(from), size_t(size));
    return value;
  }

  uint64_t Integer(const Value& value) const {
    const uint64_t at = uint64_t(value.data.data() - bytes_.data());
    switch (value.type) {
      case 1:
        return value.data[0];
      case 3:
        return Load(at, 2);
      case 4:
      case 13:
        return Load(at, 4);
      case 16:
      case 18:
        return Load(at, 8);
      default:
        return 0;
    }
  }

  void Take(uint16_t tag, const Value& value) {
    const auto block = [&value](uint64_t bytes_max, Bytes& to) {
      if (value.data.size() <= bytes_max) to.assign(value.data.begin(), value.data.end());
    };
    switch (tag) {
      case 256:
        width_ = Integer(value);
        break;
      case 257:
        height_ = Integer(value);
        break;
      case 258:
        bits_ = Integer(value);
        break;
      case 262:
        photometric_ = Integer(value);
        break;
      case 277:
        samples_ = Integer(value);
        break;
      case 322:
        tile_width_ = Integer(value);
        break;
      case 323:
        tile_height_ = Integer(value);
        break;
      case 273:
      case 324:
      case 513:
        has_data_ = true;
        break;
      case 700:
        block(limits_.xmp_bytes_max, header_.xmp);
        break;
      case 33723:
        block(limits_.exif_bytes_max, header_.iptc);
        break;
      case 34675:
        block(limits_.icc_bytes_max, header_.icc);
        break;
      default:
        break;
    }
  }

  // Follows the chain of directories without reading them, up to the limit of frames.
  void CountPages(uint64_t next) {
    uint32_t pages = 1;
    while (next != 0 && pages < limits_.decode_frames_max && Inside(next, count_bytes()) && seen_.insert(next).second) {
      const uint64_t count = Load(next, count_bytes());
      if (count == 0 || count > 65'535) break;
      const uint64_t end = next + count_bytes() + count * entry_bytes();
      if (!Inside(end, offset_bytes())) break;
      ++pages;
      next = Load(end, offset_bytes());
    }
    header_.info.frames = pages;
  }

  Status Finish() {
    LK_TRY(CheckCanvas(width_, height_, limits_));
    if (!has_data_) return Corrupt("the first page has no data");
    if (samples_ == 0 || samples_ > 64 || bits_ == 0 || bits_ > 64) {
      return Corrupt(fmt::format("{} samples of {} bits", samples_, bits_));
    }
    if (tile_width_ > 0 || tile_height_ > 0) LK_TRY(CheckCanvas(tile_width_, tile_height_, limits_));
    ImageInfo& info = header_.info;
    info.width = uint32_t(width_), info.height = uint32_t(height_);
    info.bits_per_sample = uint8_t(bits_);
    info.grey = photometric_ <= 1;
    header_.exif_is_file = true;
    const uint64_t pixels = width_ * height_;
    header_.decoded_bytes = std::max(pixels * samples_ * bits_ / 8, pixels * 4);
    return {};
  }

  ByteView bytes_;
  const Limits& limits_;
  Header header_;
  bool big_endian_ = false, wide_ = false, has_data_ = false;
  uint64_t width_ = 0, height_ = 0, bits_ = 1, samples_ = 1, photometric_ = 2, tile_width_ = 0, tile_height_ = 0;
  std::set<uint64_t> seen_;
};

}  // namespace

Result<Header> ReadTiffHeader(ByteView bytes, const Limits& limits) {
  return TiffWalk(bytes, limits).Run();
}

}  // namespace likeness::codec
