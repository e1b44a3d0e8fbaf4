#include "codec/gif.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "codec/big_endian.h"

namespace likeness::codec {

namespace {

struct GifFrame {
  int x = 0, y = 0, width = 0, height = 0;
  bool interlaced = false;
  int transparent = -1;  // index, -1 = none
  ByteView palette;      // RGB triples
  int code_bits = 0;
  size_t data_at = 0;  // of the first sub-block
};

struct GifWalk {
  int width = 0, height = 0;
  GifFrame first;
  uint32_t frames = 0;
  bool truncated = false;  // no trailer
};

// Past a chain of sub-blocks; the file's size when it does not end.
size_t SkipBlocks(ByteView bytes, size_t at) {
  while (at < bytes.size() && bytes[at] != 0) at += 1 + size_t(bytes[at]);
  return std::min(at + 1, bytes.size());
}

// A colour table of 2^(1 + flags & 7) entries at `at`, which is moved past it.
Result<ByteView> TakePalette(ByteView bytes, uint8_t flags, size_t& at) {
  const size_t size = size_t{3} << ((flags & 7) + 1);
  if (bytes.size() - at < size) return Corrupt("the file ends inside a colour table");
  at += size;
  return bytes.subspan(at - size, size);
}

// Reads the image descriptor at `at` (after its 0x2C) and skips its data.
Result<GifFrame> TakeFrame(ByteView bytes, ByteView palette, int transparent, size_t& at) {
  if (bytes.size() - at < 9) return Corrupt("the file ends inside a frame's header");
  GifFrame frame;
  frame.x = Le16(&bytes[at]), frame.y = Le16(&bytes[at + 2]);
  frame.width = Le16(&bytes[at + 4]), frame.height = Le16(&bytes[at + 6]);
  const uint8_t flags = bytes[at + 8];
  frame.interlaced = (flags & 0x40) != 0;
  frame.transparent = transparent;
  frame.palette = palette;
  at += 9;
  if (flags & 0x80) {
    LK_ASSIGN(frame.palette, TakePalette(bytes, flags, at));
  }
  if (at >= bytes.size()) return Corrupt("the file ends before a frame's data");
  frame.code_bits = bytes[at++];
  frame.data_at = at;
  at = SkipBlocks(bytes, at);
  return frame;
}

// The number of frames counted is bounded by the file's own size; nothing is kept of all but the first.
Result<GifWalk> WalkGif(ByteView bytes) {
  if (bytes.size() < 13) return Corrupt("the file is cut short");
  GifWalk walk;
  walk.width = Le16(&bytes[6]);
  walk.height = Le16(&bytes[8]);
  size_t at = 13;
  ByteView palette;
  if (bytes[10] & 0x80) {
    LK_ASSIGN(palette, TakePalette(bytes, bytes[10], at));
  }
  int transparent = -1;
  while (true) {
    if (at >= bytes.size()) {
      walk.truncated = true;
      break;
    }
    const uint8_t kind = bytes[at++];
    if (kind == 0x3B) break;
    if (kind == 0x21) {
      // The graphic control extension: length 4, flags, delay, transparent index.
      if (bytes.size() - at >= 6 && bytes[at] == 0xF9 && bytes[at + 1] >= 4) {
        transparent = (bytes[at + 2] & 1) != 0 ? bytes[at + 5] : -1;
      }
      at = SkipBlocks(bytes, std::min(at + 1, bytes.size()));
    } else if (kind == 0x2C) {
      auto frame = TakeFrame(bytes, palette, transparent, at);
      if (!frame) {
        if (walk.frames == 0) return std::unexpected(std::move(frame).error());
        walk.truncated = true;
        break;
      }
      if (walk.frames++ == 0) walk.first = *frame;
      transparent = -1;
    } else if (walk.frames == 0 && kind != 0) {
      return Corrupt(fmt::format("an unknown block 0x{:02x} comes before the first frame", kind));
    } else if (walk.frames > 0) {
      break;  // data after the last frame
    }
  }
  if (walk.frames == 0) return Corrupt("the file has no frame");
  if (walk.width == 0 || walk.height == 0) walk.width = walk.first.width, walk.height = walk.first.height;
  return walk;
}

// Codes of 2 to 12 bits, least significant first, out of sub-blocks.
class CodeReader {
 public:
  CodeReader(ByteView bytes, size_t at) : bytes_(bytes), at_(at) {}

  // -1 at the end of the data.
  int Next(int bits) {
    while (held_ < bits) {
      if (left_ == 0) {
        if (at_ >= bytes_.size() || bytes_[at_] == 0) return -1;
        left_ = bytes_[at_++];
      }
      if (at_ >= bytes_.size()) return -1;
      value_ |= uint32_t{bytes_[at_++]} << held_;
      held_ += 8;
      --left_;
    }
    const int code = int(value_ & ((1u << bits) - 1));
    value_ >>= bits;
    held_ -= bits;
    return code;
  }

 private:
  ByteView bytes_;
  size_t at_;
  int left_ = 0, held_ = 0;
  uint32_t value_ = 0;
};

// LZW as GIF has it: calls put(index) for up to `count` indices and returns how many there were. A code that is not in
// the table yet ends the data.
template <typename Put>
size_t Unpack(ByteView bytes, const GifFrame& frame, size_t count, Put put) {
  constexpr int kCodesMax = 4096;
  std::array<uint16_t, kCodesMax> prefix;
  std::array<uint8_t, kCodesMax> suffix, stack;
  const int clear = 1 << frame.code_bits, end = clear + 1;
  CodeReader reader(bytes, frame.data_at);
  int bits = frame.code_bits + 1, next = clear + 2, previous = -1;
  uint8_t first = 0;
  size_t done = 0;
  while (done < count) {
    const int code = reader.Next(bits);
    if (code < 0 || code == end) break;
    if (code == clear) {
      bits = frame.code_bits + 1, next = clear + 2, previous = -1;
      continue;
    }
    if (code > next || (code == next && previous < 0) || (previous < 0 && code > clear)) break;
    // Strings come out backwards; each is at most one longer than the number of codes.
    int depth = 0, at = code;
    if (code == next) {
      if (next >= kCodesMax) break;
      stack[size_t(depth++)] = first;
      at = previous;
    }
    while (at > end) {
      stack[size_t(depth++)] = suffix[size_t(at)];
      at = prefix[size_t(at)];
    }
    first = uint8_t(at);
    if (previous >= 0 && next < kCodesMax) {
      prefix[size_t(next)] = uint16_t(previous);
      suffix[size_t(next)] = first;
      if (++next == 1 << bits && bits < 12) ++bits;
    }
    previous = code;
    put(first);
    ++done;
    while (depth > 0 && done < count) put(stack[size_t(--depth)]), ++done;
  }
  return done;
}

// The row that comes y-th in the data.
std::vector<int> RowOrder(const GifFrame& frame) {
  std::vector<int> rows;
  rows.reserve(size_t(frame.height));
  if (!frame.interlaced) {
    for (int y = 0; y < frame.height; ++y) rows.push_back(y);
    return rows;
  }
  constexpr std::pair<int, int> kPasses[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
  for (const auto& [start, step] : kPasses) {
    for (int y = start; y < frame.height; y += step) rows.push_back(y);
  }
  return rows;
}

std::array<std::array<uint8_t, 4>, 256> MakeColours(const GifFrame& frame) {
  std::array<std::array<uint8_t, 4>, 256> colours{};
  for (size_t i = 0; i < 256; ++i) {
    if (frame.palette.empty()) {
      colours[i] = {uint8_t(i), uint8_t(i), uint8_t(i), 255};
    } else if (3 * i + 2 < frame.palette.size()) {
      colours[i] = {frame.palette[3 * i], frame.palette[3 * i + 1], frame.palette[3 * i + 2], 255};
    } else {
      colours[i] = {0, 0, 0, 255};
    }
  }
  if (frame.transparent >= 0) colours[size_t(frame.transparent)] = {0, 0, 0, 0};
  return colours;
}

bool CoversCanvas(const GifWalk& walk) {
  const GifFrame& frame = walk.first;
  return frame.x == 0 && frame.y == 0 && frame.width >= walk.width && frame.height >= walk.height;
}

}  // namespace

Result<Header> ReadGifHeader(ByteView bytes, const Limits& limits) {
  // The canvas is judged before the walk: it may be the reason to refuse a file that is damaged as well.
  if (bytes.size() >= 10 && Le16(&bytes[6]) != 0 && Le16(&bytes[8]) != 0) {
    LK_TRY(CheckCanvas(Le16(&bytes[6]), Le16(&bytes[8]), limits));
  }
  LK_ASSIGN(const GifWalk walk, WalkGif(bytes));
  const GifFrame& frame = walk.first;
  LK_TRY(CheckCanvas(uint64_t(frame.width), uint64_t(frame.height), limits));
  if (frame.code_bits < 1 || frame.code_bits > 8) return Corrupt(fmt::format("codes of {} bits", frame.code_bits));
  Header header;
  header.info.width = uint32_t(walk.width);
  header.info.height = uint32_t(walk.height);
  header.info.frames = walk.frames;
  header.info.progressive = frame.interlaced;
  header.info.has_alpha = frame.transparent >= 0 || !CoversCanvas(walk);
  header.decoded_bytes = uint64_t{header.info.width} * header.info.height * (header.info.has_alpha ? 4 : 3);
  return header;
}

Result<Pixels> DecodeGif(ByteView bytes, const Header& header, const DecodeOptions&) {
  LK_ASSIGN(const GifWalk walk, WalkGif(bytes));
  const GifFrame& frame = walk.first;
  Pixels out;
  out.bitmap = image::Bitmap(walk.width, walk.height, header.info.has_alpha ? 4 : 3);
  const size_t channels = size_t(out.bitmap.channels);
  const auto colours = MakeColours(frame);
  const std::vector<int> rows = RowOrder(frame);
  const size_t count = size_t(frame.width) * size_t(frame.height);
  // Columns [0, visible) of the frame lie on the canvas.
  const int visible = std::clamp(walk.width - frame.x, 0, frame.width);
  int x = 0;
  size_t row = 0;
  uint8_t* to = nullptr;
  const auto start_row = [&] {
    x = 0;
    if (row >= rows.size()) return;
    const int y = frame.y + rows[row];
    to = y < walk.height && visible > 0 ? out.bitmap.row(y) + size_t(frame.x) * channels : nullptr;
  };
  start_row();
  const size_t done = Unpack(bytes, frame, count, [&](uint8_t index) {
    if (to != nullptr && x < visible) {
      std::copy_n(colours[index].begin(), channels, to);
      to += channels;
    }
    if (++x == frame.width) ++row, start_row();
  });
  if (done * 2 < count) return Corrupt("the file is cut short: less than half of the first frame is there");
  out.truncated = done < count || (walk.truncated && walk.frames == 1);
  return out;
}

}  // namespace likeness::codec
