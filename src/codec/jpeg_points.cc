#include "codec/jpeg_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <numbers>
#include <optional>
#include <vector>

namespace likeness::codec {
namespace {

constexpr uint8_t kZigzag[64] = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
                                 41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
                                 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// --- entropy tables --------------------------------------------------------------------------------------------------

// Codes are looked up by their next kPeek bits. `symbol` is one code: its length (8) | its value (8); 0: longer than
// kPeek bits, decode it canonically. A Step swallows as many whole symbols, value bits included, as fit into those
// bits.
constexpr int kPeek = 13;
struct Step {
  int16_t dc = 0;      // the DC difference, where the step begins with one
  uint8_t bits = 0;    // taken; 0: nothing fits, read symbol by symbol
  uint8_t passed = 0;  // AC coefficients passed (low 7 bits) | kEnds
};
constexpr uint8_t kEnds = 0x80;
using StepTable = std::array<Step, 1 << kPeek>;
struct HuffmanTable {
  bool defined = false;
  std::array<uint16_t, 1 << kPeek> symbol{};
  std::array<int32_t, 18> code_max{};  // by length, left-aligned to 16 bits and exclusive; for long codes
  std::array<int32_t, 17> value_offset{};
  std::array<uint8_t, 256> values{};
};

bool BuildCodes(const uint8_t* counts, ByteView values, HuffmanTable& table) {
  int code = 0, at = 0;
  for (int length = 1; length <= 16; ++length) {
    table.value_offset[length] = at - code;
    for (int i = 0; i < counts[length - 1]; ++i, ++code, ++at) {
      if (code >= 1 << length) return false;
      if (length > kPeek) continue;
      const int first = code << (kPeek - length);
      for (int j = 0; j < 1 << (kPeek - length); ++j)
        table.symbol[first + j] = static_cast<uint16_t>(length << 8 | values[at]);
    }
    table.code_max[length] = code << (16 - length);
    code <<= 1;
  }
  std::copy(values.begin(), values.end(), table.values.begin());
  table.defined = true;
  return true;
}

// T.81 F.2.2.1: what `size` bits after a code say.
int Extend(int raw, int size) {
  return size == 0 ? 0 : raw < 1 << (size - 1) ? raw - (1 << size) + 1 : raw;
}

// Goes on from what `step` has already taken of `bits` with AC symbols.
void TakeAc(int bits, const HuffmanTable& ac, Step& step) {
  int passed = 0;
  while (!(step.passed & kEnds)) {
    // Filled up with zeros: a code is certain only if it and its value fit.
    const int rest = (bits << step.bits) & ((1 << kPeek) - 1);
    const uint16_t symbol = ac.symbol[rest];
    const int run = (symbol >> 4) & 15, size = symbol & 15, length = (symbol >> 8) + size;
    if (symbol == 0 || step.bits + length > kPeek || passed + run + 1 > 63) return;
    step.bits = static_cast<uint8_t>(step.bits + length);
    if (size == 0 && run != 15) {
      step.passed |= kEnds;
    } else {
      passed += run + 1;
      step.passed = static_cast<uint8_t>(passed);
    }
  }
}

// Steps of AC coefficients only.
StepTable SkipSteps(const HuffmanTable& ac) {
  StepTable steps{};
  for (int bits = 0; bits < 1 << kPeek; ++bits) TakeAc(bits, ac, steps[bits]);
  return steps;
}

// Steps that begin with a block's DC difference.
StepTable BlockSteps(const HuffmanTable& dc, const HuffmanTable& ac) {
  StepTable steps{};
  for (int bits = 0; bits < 1 << kPeek; ++bits) {
    const uint16_t symbol = dc.symbol[bits];
    const int size = symbol & 255, length = (symbol >> 8) + size;
    if (symbol == 0 || size > 11 || length > kPeek) continue;
    const int raw = (bits >> (kPeek - length)) & ((1 << size) - 1);
    steps[bits] = Step{static_cast<int16_t>(Extend(raw, size)), static_cast<uint8_t>(length), 0};
    TakeAc(bits, ac, steps[bits]);
  }
  return steps;
}

// What a component's blocks are coded by. Made for a scan only: filling the steps costs a tenth of a millisecond.
struct Coder {
  const HuffmanTable& dc;
  const HuffmanTable& ac;
  StepTable block = BlockSteps(dc, ac), rest = SkipSteps(ac);
};

// --- headers ---------------------------------------------------------------------------------------------------------

struct Component {
  int id = 0, h = 1, v = 1;
  int quantisation = 0, dc_table = 0, ac_table = 0;
};

struct Frame {
  int width = 0, height = 0;
  std::vector<Component> components;
  int h_max = 1, v_max = 1;
  int restart_interval = 0;
  int huffman_tables = 0;                                  // definitions met
  std::array<std::array<uint16_t, 64>, 4> quantisation{};  // zigzag order
  std::unique_ptr<std::array<HuffmanTable, 4>> dc = std::make_unique<std::array<HuffmanTable, 4>>();
  std::unique_ptr<std::array<HuffmanTable, 4>> ac = std::make_unique<std::array<HuffmanTable, 4>>();
  std::optional<int> adobe_transform;
  size_t scan_begin = 0;
};

std::unexpected<Error> Bad(std::string_view what) {
  return Fail(ErrorCode::kCorruption, fmt::format("JPEG: {}", what));
}
std::unexpected<Error> NotTaken(std::string_view what) {
  return Fail(ErrorCode::kUnsupported, fmt::format("JPEG: {} is decoded in full only", what));
}

// Big-endian, unlike everything of ours.
int Get16(ByteView bytes, size_t at) {
  return bytes[at] << 8 | bytes[at + 1];
}

Status ReadQuantisation(ByteView body, Frame& frame) {
  while (!body.empty()) {
    const int precision = body[0] >> 4, slot = body[0] & 15;
    const size_t size = 1 + 64 * static_cast<size_t>(precision + 1);
    if (precision > 1 || slot > 3 || body.size() < size) return Bad("damaged quantisation table");
    for (size_t i = 0; i < 64; ++i)
      frame.quantisation[slot][i] = static_cast<uint16_t>(precision ? Get16(body, 1 + 2 * i) : body[1 + i]);
    body = body.subspan(size);
  }
  return {};
}

Status ReadHuffman(ByteView body, Frame& frame) {
  while (!body.empty()) {
    if (body.size() < 17) return Bad("damaged Huffman table");
    const int kind = body[0] >> 4, slot = body[0] & 15;
    size_t count = 0;
    for (int i = 1; i <= 16; ++i) count += body[i];
    if (kind > 1 || slot > 3 || count > 256 || body.size() < 17 + count) return Bad("damaged Huffman table");
    HuffmanTable& table = (kind ? *frame.ac : *frame.dc)[slot];
    table = HuffmanTable{};
    if (!BuildCodes(&body[1], body.subspan(17, count), table)) return Bad("impossible Huffman table");
    // Real files have two to eight; a file of nothing else would cost seconds.
    if (++frame.huffman_tables > 64) return NotTaken("a file of more than 64 Huffman tables");
    body = body.subspan(17 + count);
  }
  return {};
}

Status ReadFrame(ByteView body, const Limits& limits, Frame& frame) {
  if (body.size() < 6 || body.size() < 6 + 3 * size_t{body[5]}) return Bad("damaged frame header");
  if (body[0] != 8) return NotTaken("a file of 12 bits a sample");
  frame.height = Get16(body, 1);
  frame.width = Get16(body, 3);
  if (frame.width == 0 || frame.height == 0) return NotTaken("a file without a size in its header");
  const uint64_t pixels = static_cast<uint64_t>(frame.width) * static_cast<uint64_t>(frame.height);
  if (pixels > limits.decode_pixels_max)
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("canvas {}x{} exceeds {} megapixels", frame.width, frame.height,
                            limits.decode_pixels_max / 1'000'000),
                "raise limits.decode_pixels_max to allow it");
  if (static_cast<uint64_t>(std::max(frame.width, frame.height)) > limits.decode_side_max)
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("canvas {}x{} is longer than {} pixels", frame.width, frame.height, limits.decode_side_max),
                "raise limits.decode_side_max to allow it");
  const int count = body[5];
  if (count != 1 && count != 3) return NotTaken("a file of other than one or three components");
  for (int i = 0; i < count; ++i) {
    const uint8_t* row = &body[6 + 3 * i];
    Component component{row[0], row[1] >> 4, row[1] & 15, row[2]};
    if (component.h < 1 || component.h > 4 || component.v < 1 || component.v > 4 || component.quantisation > 3)
      return Bad("impossible sampling factors");
    frame.h_max = std::max(frame.h_max, component.h);
    frame.v_max = std::max(frame.v_max, component.v);
    frame.components.push_back(component);
  }
  if (frame.components[0].h != frame.h_max || frame.components[0].v != frame.v_max)
    return NotTaken("a file whose luma is subsampled");
  return {};
}

// Reads up to the first scan, which must hold all components.
Result<Frame> ReadHeaders(ByteView file, const Limits& limits) {
  Frame frame;
  if (file.size() < 4 || file[0] != 0xFF || file[1] != 0xD8) return Bad("no start of image");
  size_t at = 2;
  for (;;) {
    while (at + 1 < file.size() && file[at] == 0xFF && file[at + 1] == 0xFF) ++at;
    if (at + 4 > file.size() || file[at] != 0xFF) return Bad("damaged between segments");
    const int marker = file[at + 1];
    const size_t length = static_cast<size_t>(Get16(file, at + 2));
    if (length < 2 || at + 2 + length > file.size()) return Bad("a segment ends after the file");
    const ByteView body = file.subspan(at + 4, length - 2);
    at += 2 + length;
    if (marker == 0xDB) LK_TRY(ReadQuantisation(body, frame));
    if (marker == 0xC4) LK_TRY(ReadHuffman(body, frame));
    if (marker == 0xC0 || marker == 0xC1) {
      if (!frame.components.empty()) return Bad("two frame headers");
      LK_TRY(ReadFrame(body, limits, frame));
    } else if (marker >= 0xC2 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8) {
      return NotTaken("a progressive, lossless or arithmetic file");
    }
    if (marker == 0xDD && body.size() >= 2) frame.restart_interval = Get16(body, 0);
    if (marker == 0xEE && body.size() >= 12 && std::memcmp(body.data(), "Adobe", 5) == 0)
      frame.adobe_transform = body[11];
    if (marker == 0xD9) return Bad("ends before its first scan");
    if (marker != 0xDA) continue;
    if (frame.components.empty()) return Bad("a scan before the frame header");
    const size_t count = frame.components.size();
    if (body.size() < 4 + 2 * count || body[0] != count) return NotTaken("a file of several scans");
    for (size_t i = 0; i < count; ++i) {
      Component& component = frame.components[i];
      if (body[1 + 2 * i] != component.id) return NotTaken("a file of unusual component order");
      component.dc_table = body[2 + 2 * i] >> 4;
      component.ac_table = body[2 + 2 * i] & 15;
      if (component.dc_table > 3 || component.ac_table > 3 || !(*frame.dc)[component.dc_table].defined ||
          !(*frame.ac)[component.ac_table].defined)
        return Bad("a scan without its Huffman tables");
    }
    const bool looks_rgb = count == 3 && !frame.adobe_transform && frame.components[0].id == 'R' &&
                           frame.components[1].id == 'G' && frame.components[2].id == 'B';
    if (count == 3 && (looks_rgb || frame.adobe_transform == 0)) return NotTaken("an RGB file");
    frame.scan_begin = at;
    return frame;
  }
}

// --- the scan --------------------------------------------------------------------------------------------------------

// Entropy-coded data without stuffing, cut at restart markers; each piece is padded so that reading ahead is safe.
struct Segments {
  Bytes data;
  std::vector<std::pair<size_t, size_t>> pieces;  // begin, end
};
constexpr size_t kPadding = 16;

Segments Unstuff(ByteView file, size_t at) {
  Segments out;
  out.data.resize(file.size() - at + kPadding);
  uint8_t* to = out.data.data();
  const uint8_t* const begin = to;
  size_t piece = 0;
  const auto close = [&] { out.pieces.emplace_back(piece, static_cast<size_t>(to - begin)); };
  for (;;) {
    const uint8_t* from = file.data() + at;
    const size_t left = file.size() - at;
    const auto* mark = static_cast<const uint8_t*>(left ? std::memchr(from, 0xFF, left) : nullptr);
    const size_t plain = mark == nullptr ? left : static_cast<size_t>(mark - from);
    std::memcpy(to, from, plain);
    to += plain;
    at += plain;
    if (at + 1 >= file.size()) break;
    const uint8_t next = file[at + 1];
    at += 2;
    if (next == 0x00) {
      *to++ = 0xFF;
    } else if (next >= 0xD0 && next <= 0xD7) {
      close();
      piece = static_cast<size_t>(to - begin);
    } else if (next == 0xFF) {
      --at;  // fill byte
    } else {
      break;
    }
  }
  close();
  return out;
}

// Reads a piece most significant bit first. Past its end come the next piece's bits or zeros: Overrun tells.
class BitReader {
 public:
  void Start(const Bytes& data, size_t begin, size_t end) {
    data_ = data.data();
    at_ = begin;
    end_ = end;
    limit_ = data.size();
    window_ = 0;
    held_ = 0;
  }
  // At least 32 bits are there afterwards.
  void Fill() {
    if (held_ > 32) return;
    uint32_t word = 0;
    if (at_ + 4 <= limit_) {
      std::memcpy(&word, data_ + at_, 4);
      word = __builtin_bswap32(word);
    }
    at_ += 4;
    window_ |= static_cast<uint64_t>(word) << (32 - held_);
    held_ += 32;
  }
  uint32_t Peek(int count) const { return static_cast<uint32_t>(window_ >> (64 - count)); }
  void Drop(int count) {
    window_ <<= count;
    held_ -= count;
  }
  bool Overrun() const { return at_ - static_cast<size_t>(held_ / 8) > end_; }

 private:
  const uint8_t* data_ = nullptr;
  size_t at_ = 0, end_ = 0, limit_ = 0;
  uint64_t window_ = 0;
  int held_ = 0;
};

// One code of any length; -1 when there is none. REQUIRES: Fill().
int ReadSymbol(BitReader& bits, const HuffmanTable& table) {
  const uint16_t quick = table.symbol[bits.Peek(kPeek)];
  if (quick != 0) {
    bits.Drop(quick >> 8);
    return quick & 255;
  }
  const auto next = static_cast<int32_t>(bits.Peek(16));
  for (int length = kPeek + 1; length <= 16; ++length) {
    if (next >= table.code_max[length]) continue;
    bits.Drop(length);
    const int index = (next >> (16 - length)) + table.value_offset[length];
    return index >= 0 && index < 256 ? table.values[index] : -1;
  }
  return -1;
}

// The value of `size` further bits. REQUIRES: Fill(), size <= 16.
int ReadValue(BitReader& bits, int size) {
  if (size == 0) return 0;
  const int value = Extend(static_cast<int>(bits.Peek(size)), size);
  bits.Drop(size);
  return value;
}

bool ReadDc(BitReader& bits, const HuffmanTable& table, int64_t& predictor) {
  bits.Fill();
  const int size = ReadSymbol(bits, table);
  if (size < 0 || size > 15) return false;
  bits.Fill();
  predictor += ReadValue(bits, size);
  return true;
}

// Passes the AC coefficients from k on.
bool SkipAc(BitReader& bits, const Coder& coder, int k) {
  while (k < 64) {
    bits.Fill();
    const Step step = coder.rest[bits.Peek(kPeek)];
    const int passed = step.passed & 0x7F;
    // At k + passed == 64 the block is full: an end mark behind it would belong to the next one.
    if (step.bits != 0 && (k + passed < 64 || (k + passed == 64 && !(step.passed & kEnds)))) {
      bits.Drop(step.bits);
      if (step.passed & kEnds) return true;
      k += passed;
      continue;
    }
    const int symbol = ReadSymbol(bits, coder.ac);
    if (symbol < 0) return false;
    const int run = symbol >> 4, size = symbol & 15;
    if (size == 0 && run != 15) return true;
    bits.Fill();
    bits.Drop(size);
    k += run + 1;
  }
  return true;
}

// Passes a whole block, most of them in one step.
bool SkipBlock(BitReader& bits, const Coder& coder, int64_t& predictor) {
  bits.Fill();
  const Step step = coder.block[bits.Peek(kPeek)];
  if (step.bits == 0) return ReadDc(bits, coder.dc, predictor) && SkipAc(bits, coder, 1);
  bits.Drop(step.bits);
  predictor += step.dc;
  return (step.passed & kEnds) || SkipAc(bits, coder, 1 + step.passed);
}

bool ReadAc(BitReader& bits, const HuffmanTable& table, const std::array<uint16_t, 64>& quantisation,
            std::array<float, 64>& coefficients) {
  for (int k = 1; k < 64; ++k) {
    bits.Fill();
    const int symbol = ReadSymbol(bits, table);
    if (symbol < 0) return false;
    const int run = symbol >> 4, size = symbol & 15;
    if (size == 0 && run != 15) return true;
    k += run;
    bits.Fill();
    const int value = ReadValue(bits, size);
    if (k < 64) coefficients[kZigzag[k]] = static_cast<float>(value * quantisation[k]);
  }
  return true;
}

// Basis[x][u] = c(u)/2 cos((2x+1)u pi/16), T.81 A.3.3.
const std::array<std::array<float, 8>, 8>& Basis() {
  static const auto basis = [] {
    std::array<std::array<float, 8>, 8> out{};
    for (int u = 0; u < 8; ++u) {
      for (int x = 0; x < 8; ++x)
        out[x][u] = static_cast<float>((u == 0 ? std::numbers::sqrt2 / 4 : 0.5) *
                                       std::cos((2 * x + 1) * u * std::numbers::pi / 16));
    }
    return out;
  }();
  return basis;
}

// The inverse transform at one pixel only: most blocks hold no more than four wanted ones.
uint8_t SampleAt(const std::array<float, 64>& coefficients, int x, int y) {
  const auto& basis = Basis();
  float sum = 0;
  for (int v = 0; v < 8; ++v) {
    float row = 0;
    for (int u = 0; u < 8; ++u) row += coefficients[v * 8 + u] * basis[x][u];
    sum += row * basis[y][v];
  }
  return static_cast<uint8_t>(std::lrintf(std::clamp(sum + 128, 0.0f, 255.0f)));
}

// For each block along one axis: the range of wanted coordinates that lie in it.
std::vector<std::pair<int, int>> WantedByBlock(std::span<const int> wanted, int blocks) {
  std::vector<std::pair<int, int>> out(static_cast<size_t>(blocks), {0, 0});
  for (int i = 0; i < static_cast<int>(wanted.size());) {
    const int block = wanted[i] / 8;
    int end = i;
    while (end < static_cast<int>(wanted.size()) && wanted[end] / 8 == block) ++end;
    out[block] = {i, end};
    i = end;
  }
  return out;
}

class Scan {
 public:
  Scan(const Frame& frame, std::span<const int> columns, std::span<const int> rows)
      : frame_(frame), columns_(columns), rows_(rows) {
    // A scan of one component is not interleaved: its unit is one block, whatever its sampling factors (T.81 A.2.2).
    single_ = frame.components.size() == 1;
    unit_h_ = single_ ? 1 : frame.h_max;
    unit_v_ = single_ ? 1 : frame.v_max;
    units_x_ = (frame.width + 8 * unit_h_ - 1) / (8 * unit_h_);
    units_y_ = (frame.height + 8 * unit_v_ - 1) / (8 * unit_v_);
    by_column_ = WantedByBlock(columns, units_x_ * unit_h_);
    by_row_ = WantedByBlock(rows, units_y_ * unit_v_);
    out_ = image::Bitmap(static_cast<int>(columns.size()), static_cast<int>(rows.size()), 1);
    // Components of the same tables, as the two of colour mostly are, share a coder: it stays in the cache.
    for (const Component& component : frame.components) {
      std::unique_ptr<const Coder>& coder = by_tables_[component.dc_table * 4 + component.ac_table];
      if (coder == nullptr) {
        coder.reset(new Coder{(*frame.dc)[component.dc_table], (*frame.ac)[component.ac_table]});
      }
      coders_.push_back(coder.get());
    }
  }

  Result<image::Bitmap> Run(ByteView file) {
    const Segments segments = Unstuff(file, frame_.scan_begin);
    size_t piece = 0;
    const auto start = [&] {
      bits_.Start(segments.data, segments.pieces[piece].first, segments.pieces[piece].second);
      predictors_.fill(0);
    };
    start();
    int64_t until_restart = frame_.restart_interval > 0 ? frame_.restart_interval : INT64_MAX;
    const int last_row = rows_.empty() ? -1 : rows_.back() / 8;
    for (int unit_y = 0; unit_y < units_y_ && unit_y * unit_v_ <= last_row; ++unit_y) {
      for (int unit_x = 0; unit_x < units_x_; ++unit_x) {
        if (until_restart == 0) {
          if (bits_.Overrun() || ++piece >= segments.pieces.size()) return Bad("a restart marker is missing");
          start();
          until_restart = frame_.restart_interval;
        }
        --until_restart;
        if (!ReadUnit(unit_x, unit_y)) return Bad("damaged picture data");
      }
      if (bits_.Overrun()) return Bad("picture data ends early");
    }
    return std::move(out_);
  }

 private:
  bool ReadUnit(int unit_x, int unit_y) {
    for (size_t c = 0; c < frame_.components.size(); ++c) {
      const Component& component = frame_.components[c];
      const Coder& coder = *coders_[c];
      const int across = single_ ? 1 : component.h, down = single_ ? 1 : component.v;
      for (int v = 0; v < down; ++v) {
        for (int h = 0; h < across; ++h) {
          const std::pair<int, int> xs = c == 0 ? by_column_[unit_x * across + h] : std::pair{0, 0};
          const std::pair<int, int> ys = c == 0 ? by_row_[unit_y * down + v] : std::pair{0, 0};
          if (xs.first == xs.second || ys.first == ys.second) {
            if (!SkipBlock(bits_, coder, predictors_[c])) return false;
          } else if (!ReadDc(bits_, coder.dc, predictors_[c]) || !ReadBlock(coder.ac, xs, ys)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  bool ReadBlock(const HuffmanTable& ac, std::pair<int, int> xs, std::pair<int, int> ys) {
    const auto& quantisation = frame_.quantisation[frame_.components[0].quantisation];
    std::array<float, 64> coefficients{};
    coefficients[0] = static_cast<float>(predictors_[0]) * static_cast<float>(quantisation[0]);
    if (!ReadAc(bits_, ac, quantisation, coefficients)) return false;
    for (int j = ys.first; j < ys.second; ++j) {
      for (int i = xs.first; i < xs.second; ++i) out_.row(j)[i] = SampleAt(coefficients, columns_[i] % 8, rows_[j] % 8);
    }
    return true;
  }

  const Frame& frame_;
  std::span<const int> columns_, rows_;
  bool single_ = false;
  int unit_h_ = 1, unit_v_ = 1, units_x_ = 0, units_y_ = 0;
  std::vector<std::pair<int, int>> by_column_, by_row_;
  BitReader bits_;
  std::array<int64_t, 4> predictors_{};  // differences of 15 bits in every block of a forged file do not overflow
  std::array<std::unique_ptr<const Coder>, 16> by_tables_;
  std::vector<const Coder*> coders_;  // by component
  image::Bitmap out_;
};

}  // namespace

Result<image::Size> JpegPointsSize(ByteView file, const Limits& limits) {
  LK_ASSIGN(const Frame frame, ReadHeaders(file, limits));
  return image::Size{frame.width, frame.height};
}

Result<image::Bitmap> DecodeJpegPoints(ByteView file, const Limits& limits, std::span<const int> columns,
                                       std::span<const int> rows) {
  LK_ASSIGN(const Frame frame, ReadHeaders(file, limits));
  return Scan(frame, columns, rows).Run(file);
}

}  // namespace likeness::codec
