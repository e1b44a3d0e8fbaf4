#include "codec/jpeg.h"

// jpeglib.h needs these before it.
#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <memory>

namespace likeness::codec {

namespace {

// One decompression. libjpeg leaves by longjmp from its error handler into the functions below that call setjmp: they
// hold nothing with a destructor.
class JpegDecoder {
 public:
  JpegDecoder(const Limits& limits) : scans_max_(limits.jpeg_scans_max) {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = [](j_common_ptr info) { Self(info).Leave(); };
    errors_.emit_message = [](j_common_ptr info, int level) { Self(info).Note(level); };
    errors_.output_message = [](j_common_ptr) {};
    info_.client_data = this;
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&info_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  // Reads the header. False on error.
  bool Start(ByteView bytes) {
    if (setjmp(leave_)) return false;
    jpeg_create_decompress(&info_);
    progress_.progress_monitor = [](j_common_ptr info) { Self(info).CountScans(); };
    info_.progress = &progress_;
    jpeg_mem_src(&info_, bytes.data(), static_cast<unsigned long>(bytes.size()));
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  // Decides the output's kind and size. False on error.
  bool Plan(const DecodeOptions& options) {
    if (setjmp(leave_)) return false;
    const uint32_t side_min = options.side_min;
    const J_COLOR_SPACE colour = options.rgba ? JCS_EXT_RGBA : JCS_RGB;
    switch (info_.jpeg_color_space) {
      case JCS_GRAYSCALE:
        info_.out_color_space = JCS_GRAYSCALE;
        break;
      case JCS_YCCK:
      case JCS_CMYK:
        info_.out_color_space = JCS_CMYK;
        break;
      case JCS_YCbCr:
        info_.out_color_space = options.luma_only ? JCS_GRAYSCALE : colour;
        break;
      default:
        info_.out_color_space = colour;
        break;
    }
    info_.scale_denom = 8;
    info_.scale_num = 8;
    if (side_min > 0) {
      // Only the powers of two have fast inverse transforms.
      const uint32_t side = std::min(info_.image_width, info_.image_height);
      for (unsigned scale : {1u, 2u, 4u}) {
        if ((uint64_t{side} * scale + 7) / 8 >= side_min) {
          info_.scale_num = scale;
          break;
        }
      }
    }
    jpeg_calc_output_dimensions(&info_);
    return true;
  }

  // Fills rows of row_bytes, of the output's size and kind. False on error.
  bool ReadRows(uint8_t* pixels, size_t row_bytes) {
    if (setjmp(leave_)) return false;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW rows[16];
      const JDIMENSION count = std::min<JDIMENSION>(16, info_.output_height - info_.output_scanline);
      for (JDIMENSION i = 0; i < count; ++i) rows[i] = pixels + size_t(info_.output_scanline + i) * row_bytes;
      jpeg_read_scanlines(&info_, rows, count);
    }
    return true;
  }

  // Data ended early, with too little decoded to be worth keeping.
  bool mostly_missing() const {
    return ended_early_ && ended_scan_ <= 1 && uint64_t{ended_row_} * 2 < info_.total_iMCU_rows;
  }
  bool ended_early() const { return ended_early_; }
  bool too_many_scans() const { return too_many_scans_; }
  const jpeg_decompress_struct& info() const { return info_; }
  const char* message() const { return message_; }

 private:
  static JpegDecoder& Self(j_common_ptr info) { return *static_cast<JpegDecoder*>(info->client_data); }

  [[noreturn]] void Leave() {
    errors_.format_message(reinterpret_cast<j_common_ptr>(&info_), message_);
    std::longjmp(leave_, 1);
  }

  // Level -1 is a warning: the data is damaged and libjpeg goes on. Entropy-coded data that meets the end of the image
  // too soon tells how far the file reaches; it fills the rest with grey.
  void Note(int level) {
    if (level >= 0) return;
    ++errors_.num_warnings;
    if (ended_early_ || errors_.msg_code != JWRN_HIT_MARKER || info_.unread_marker != JPEG_EOI) return;
    ended_early_ = true;
    ended_scan_ = info_.input_scan_number;
    ended_row_ = info_.input_iMCU_row;
  }

  void CountScans() {
    if (info_.input_scan_number <= int(scans_max_)) return;
    too_many_scans_ = true;
    std::longjmp(leave_, 1);
  }

  const uint32_t scans_max_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf leave_{};
  char message_[JMSG_LENGTH_MAX] = {};
  bool ended_early_ = false, too_many_scans_ = false;
  int ended_scan_ = 0;
  JDIMENSION ended_row_ = 0;
};

std::unexpected<Error> Describe(const JpegDecoder& decoder, const Limits& limits) {
  if (decoder.too_many_scans()) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("the file has more than {} scans", limits.jpeg_scans_max),
                "raise limits.jpeg_scans_max to allow it");
  }
  return Corrupt(fmt::format("the JPEG data is damaged: {}", decoder.message()));
}

}  // namespace

Result<Pixels> DecodeJpeg(ByteView bytes, const Header& header, const DecodeOptions& options) {
  JpegDecoder decoder(options.limits);
  if (!decoder.Start(bytes)) return Describe(decoder, options.limits);
  const jpeg_decompress_struct& info = decoder.info();
  // The limits were checked on what the own walk found.
  if (info.image_width != header.info.width || info.image_height != header.info.height) {
    return Corrupt("the file holds two frame headers that disagree");
  }
  if (!decoder.Plan(options)) return Describe(decoder, options.limits);
  Pixels out;
  const image::Size size{int(info.output_width), int(info.output_height)};
  uint8_t* room = info.out_color_space == JCS_EXT_RGBA ? RoomFor(header, size, options) : nullptr;
  out.in_room = room != nullptr;
  if (room == nullptr) {
    out.bitmap = image::Bitmap(size.width, size.height, info.out_color_components);
    room = out.bitmap.pixels.data();
  }
  if (!decoder.ReadRows(room, size_t(size.width) * size_t(info.out_color_components)))
    return Describe(decoder, options.limits);
  if (decoder.mostly_missing()) return Corrupt("the file is cut short: less than half of the picture is there");
  out.truncated = decoder.ended_early();
  out.cmyk = info.out_color_space == JCS_CMYK;
  out.filled = info.out_color_space == JCS_EXT_RGBA;
  // Adobe's programs store ink inverted, and mark the file as theirs.
  if (out.cmyk && info.saw_Adobe_marker) {
    for (uint8_t& sample : out.bitmap.pixels) sample = static_cast<uint8_t>(255 - sample);
  }
  return out;
}

}  // namespace likeness::codec
