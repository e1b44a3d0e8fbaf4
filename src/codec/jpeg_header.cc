// The walk over a JPEG's segments up to its first scan: frame, quantisation tables, and the APPn blocks of metadata.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string_view>

#include "codec/big_endian.h"
#include "codec/jpeg.h"

namespace likeness::codec {

namespace {

using namespace std::literals;

// T.81 annex K tables 1 and 2, in zigzag order.
constexpr std::array<uint8_t, 64> kLuma = {16, 11, 12,  14,  12,  10, 16, 14,  13,  14,  18,  17,  16, 19,  24,  40,
                                           26, 24, 22,  22,  24,  49, 35, 37,  29,  40,  58,  51,  61, 60,  57,  51,
                                           56, 55, 64,  72,  92,  78, 64, 68,  87,  69,  55,  56,  80, 109, 81,  87,
                                           95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99};
constexpr std::array<uint8_t, 64> kChroma = {17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99,
                                             99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                                             99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                                             99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

uint64_t TableDistance(std::span<const uint16_t> found, const std::array<uint8_t, 64>& standard, int quality) {
  const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  uint64_t distance = 0;
  for (size_t i = 0; i < 64 && i < found.size(); ++i) {
    const int value = std::clamp((standard[i] * scale + 50) / 100, 1, 255);
    distance += uint64_t(std::abs(value - int(found[i])));
  }
  return distance;
}

struct Component {
  uint8_t h = 1, v = 1, table = 0;
};

class SegmentWalk {
 public:
  SegmentWalk(ByteView bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

  Result<Header> Run() {
    size_t at = 2;
    while (true) {
      // As libjpeg does, skip anything up to the next marker.
      while (at < bytes_.size() && bytes_[at] != 0xFF) ++at;
      while (at < bytes_.size() && bytes_[at] == 0xFF) ++at;
      if (at >= bytes_.size()) return Corrupt("the file ends before its first scan");
      const uint8_t marker = bytes_[at++];
      if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) continue;
      if (marker == 0xD8) return Corrupt("a second start of image comes before the first scan");
      if (marker == 0xD9) return Corrupt("the picture ends before its first scan");
      if (bytes_.size() - at < 2) return Corrupt("the file ends inside a segment");
      const size_t length = Be16(&bytes_[at]);
      if (length < 2 || length > bytes_.size() - at) return Corrupt("a segment runs past the end of the file");
      const ByteView body = bytes_.subspan(at + 2, length - 2);
      at += length;
      if (marker == 0xDA) break;
      LK_TRY(Take(marker, body));
    }
    if (components_.empty()) return Corrupt("the first scan comes before the frame header");
    Finish();
    return std::move(header_);
  }

 private:
  Status Take(uint8_t marker, ByteView body) {
    switch (marker) {
      case 0xDB:
        return TakeTables(body);
      case 0xE1:
        TakeApp1(body);
        break;
      case 0xE2:
        TakeIccPiece(body);
        break;
      case 0xED:
        TakePhotoshop(body);
        break;
      case 0xC4:
      case 0xC8:
      case 0xCC:
        break;
      default:
        if (marker >= 0xC0 && marker <= 0xCF) return TakeFrame(marker, body);
    }
    return {};
  }

  Status TakeFrame(uint8_t marker, ByteView body) {
    if (!components_.empty()) return Corrupt("there are two frame headers");
    if (marker != 0xC0 && marker != 0xC1 && marker != 0xC2 && marker != 0xC9 && marker != 0xCA) {
      return Fail(ErrorCode::kUnsupported, "lossless and hierarchical JPEG are not taken");
    }
    if (body.size() < 6) return Corrupt("the frame header is cut short");
    const size_t count = body[5];
    if (body.size() < 6 + 3 * count || count == 0) return Corrupt("the frame header is cut short");
    header_.info.height = Be16(&body[1]);
    header_.info.width = Be16(&body[3]);
    header_.info.progressive = marker == 0xC2 || marker == 0xCA;
    if (header_.info.width == 0 || header_.info.height == 0) {
      return Corrupt(fmt::format("the picture has no pixels: {}x{}", header_.info.width, header_.info.height));
    }
    if (count != 1 && count != 3 && count != 4) return Corrupt(fmt::format("{} colour components", count));
    if (body[0] == 12) return Fail(ErrorCode::kUnsupported, "JPEG with 12 bits a sample is not taken");
    if (body[0] != 8) return Corrupt(fmt::format("{} bits a sample", body[0]));
    header_.info.grey = count == 1;
    for (size_t i = 0; i < count; ++i) {
      const uint8_t* at = &body[6 + 3 * i];
      const Component component{uint8_t(at[1] >> 4), uint8_t(at[1] & 15), at[2]};
      if (component.h < 1 || component.h > 4 || component.v < 1 || component.v > 4) {
        return Corrupt(fmt::format("sampling factors {}x{}", component.h, component.v));
      }
      components_.push_back(component);
    }
    return {};
  }

  Status TakeTables(ByteView body) {
    while (!body.empty()) {
      const size_t size = body[0] >> 4 ? 2 : 1, id = body[0] & 15;
      if (id > 3 || body.size() < 1 + 64 * size) return Corrupt("a quantisation table is malformed");
      auto& table = tables_[id];
      table.resize(64);
      for (size_t i = 0; i < 64; ++i) table[i] = size == 2 ? Be16(&body[1 + 2 * i]) : body[1 + i];
      body = body.subspan(1 + 64 * size);
    }
    return {};
  }

  void TakeApp1(ByteView body) {
    constexpr auto kExif = "Exif\0"sv, kXmp = "http://ns.adobe.com/xap/1.0/\0"sv;
    const std::string_view text = AsText(body);
    if (text.starts_with(kExif) && header_.exif.empty() && body.size() > 6 && body.size() <= limits_.exif_bytes_max) {
      header_.exif.assign(body.begin() + 6, body.end());
    } else if (text.starts_with(kXmp) && header_.xmp.empty() && body.size() <= limits_.xmp_bytes_max) {
      header_.xmp.assign(body.begin() + ptrdiff_t(kXmp.size()), body.end());
    }
  }

  // ICC.1 annex B.4: "ICC_PROFILE\0", number of the piece from 1, count of pieces.
  void TakeIccPiece(ByteView body) {
    constexpr auto kIcc = "ICC_PROFILE\0"sv;
    if (!AsText(body).starts_with(kIcc) || body.size() < kIcc.size() + 2) return;
    const uint8_t number = body[kIcc.size()], count = body[kIcc.size() + 1];
    if (number == 0 || number > count || (icc_count_ != 0 && icc_count_ != count) || icc_pieces_.contains(number)) {
      icc_broken_ = true;
      return;
    }
    icc_count_ = count;
    icc_pieces_[number] = body.subspan(kIcc.size() + 2);
  }

  // The resource 0x0404 (IPTC) of Photoshop's image resource blocks.
  void TakePhotoshop(ByteView body) {
    constexpr auto kPhotoshop = "Photoshop 3.0\0"sv;
    if (!AsText(body).starts_with(kPhotoshop)) return;
    ByteView rest = body.subspan(kPhotoshop.size());
    while (rest.size() >= 12 && AsText(rest).starts_with("8BIM")) {
      const uint16_t id = Be16(&rest[4]);
      const size_t name = (size_t(rest[6]) + 2) & ~size_t{1};  // a counted string, padded to even
      if (rest.size() < 6 + name + 4) return;
      const size_t size = Be32(&rest[6 + name]), start = 6 + name + 4;
      if (size > rest.size() - start) return;
      if (id == 0x0404 && header_.iptc.size() + size <= limits_.exif_bytes_max) {
        header_.iptc.insert(header_.iptc.end(), &rest[start], &rest[start] + size);
      }
      rest = rest.subspan(std::min(rest.size(), start + size + (size & 1)));
    }
  }

  void Finish() {
    ImageInfo& info = header_.info;
    const uint64_t pixels = uint64_t{info.width} * info.height;
    header_.decoded_bytes = pixels * (components_.size() == 1 ? 1 : components_.size());
    // A progressive file's coefficients are all held at once, 2 bytes each.
    if (info.progressive) {
      unsigned h_max = 1, v_max = 1;
      for (const Component& c : components_)
        h_max = std::max<unsigned>(h_max, c.h), v_max = std::max<unsigned>(v_max, c.v);
      for (const Component& c : components_) header_.decoded_bytes += 2 * pixels * c.h * c.v / (h_max * v_max);
    }
    const auto table = [&](size_t component) -> std::span<const uint16_t> {
      if (component >= components_.size()) return {};
      const auto found = tables_.find(components_[component].table);
      return found == tables_.end() ? std::span<const uint16_t>{} : found->second;
    };
    info.jpeg_quality = EstimateJpegQuality(table(0), table(1));
    uint64_t icc_bytes = 0;
    for (const auto& [number, piece] : icc_pieces_) icc_bytes += piece.size();
    if (!icc_broken_ && icc_pieces_.size() == icc_count_ && icc_bytes <= limits_.icc_bytes_max) {
      for (const auto& [number, piece] : icc_pieces_) header_.icc.insert(header_.icc.end(), piece.begin(), piece.end());
    }
  }

  ByteView bytes_;
  const Limits& limits_;
  Header header_;
  std::vector<Component> components_;
  std::map<size_t, std::vector<uint16_t>> tables_;
  std::map<uint8_t, ByteView> icc_pieces_;
  size_t icc_count_ = 0;
  bool icc_broken_ = false;
};

}  // namespace

uint8_t EstimateJpegQuality(std::span<const uint16_t> luma, std::span<const uint16_t> chroma) {
  if (luma.empty()) return 0;
  uint8_t best = 0;
  uint64_t best_distance = UINT64_MAX;
  for (int quality = 100; quality >= 1; --quality) {
    const uint64_t distance = TableDistance(luma, kLuma, quality) + TableDistance(chroma, kChroma, quality);
    if (distance < best_distance) best_distance = distance, best = static_cast<uint8_t>(quality);
  }
  return best;
}

Result<Header> ReadJpegHeader(ByteView bytes, const Limits& limits) {
  return SegmentWalk(bytes, limits).Run();
}

}  // namespace likeness::codec
