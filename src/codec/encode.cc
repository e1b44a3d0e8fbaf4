#include "codec/encode.h"

#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "image/colour.h"

namespace likeness::codec {

namespace {

// One compression; see JpegDecoder for the rule on longjmp.
class JpegEncoder {
 public:
  JpegEncoder() {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = [](j_common_ptr info) {
      auto& self = *static_cast<JpegEncoder*>(info->client_data);
      self.errors_.format_message(info, self.message_);
      std::longjmp(self.leave_, 1);
    };
    errors_.output_message = [](j_common_ptr) {};
    info_.client_data = this;
  }
  ~JpegEncoder() {
    jpeg_destroy_compress(&info_);
    std::free(buffer_);
  }
  JpegEncoder(const JpegEncoder&) = delete;
  JpegEncoder& operator=(const JpegEncoder&) = delete;

  bool Run(const image::Bitmap& bitmap, int quality) {
    if (setjmp(leave_)) return false;
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &buffer_, &size_);
    info_.image_width = static_cast<JDIMENSION>(bitmap.width);
    info_.image_height = static_cast<JDIMENSION>(bitmap.height);
    info_.input_components = bitmap.channels;
    info_.in_color_space = bitmap.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info_);  // 4:2:0
    jpeg_set_quality(&info_, quality, TRUE);
    info_.optimize_coding = TRUE;
    jpeg_start_compress(&info_, TRUE);
    while (info_.next_scanline < info_.image_height) {
      JSAMPROW row = const_cast<JSAMPROW>(bitmap.row(int(info_.next_scanline)));
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }

  ByteView bytes() const { return {buffer_, size_}; }
  const char* message() const { return message_; }

 private:
  jpeg_compress_struct info_{};
  jpeg_error_mgr errors_{};
  std::jmp_buf leave_{};
  unsigned char* buffer_ = nullptr;
  unsigned long size_ = 0;
  char message_[JMSG_LENGTH_MAX] = {};
};

bool Encodable(const image::Bitmap& bitmap, int side_max) {
  return !bitmap.empty() && bitmap.width <= side_max && bitmap.height <= side_max &&
         (bitmap.channels == 1 || bitmap.channels == 3 || bitmap.channels == 4) &&
         bitmap.pixels.size() == bitmap.row_bytes() * size_t(bitmap.height);
}

struct PngWriter {
  png_structp png = nullptr;
  png_infop info = nullptr;
  Bytes out;
  ~PngWriter() { png_destroy_write_struct(&png, &info); }
};

bool WritePng(PngWriter& writer, const image::Bitmap& bitmap) {
  if (setjmp(png_jmpbuf(writer.png))) return false;
  png_set_write_fn(
      writer.png, &writer.out,
      [](png_structp png, png_bytep data, size_t size) {
        auto& out = *static_cast<Bytes*>(png_get_io_ptr(png));
        out.insert(out.end(), data, data + size);
      },
      [](png_structp) {});
  const int kind = bitmap.channels == 1   ? PNG_COLOR_TYPE_GRAY
                   : bitmap.channels == 3 ? PNG_COLOR_TYPE_RGB
                                          : PNG_COLOR_TYPE_RGB_ALPHA;
  png_set_IHDR(writer.png, writer.info, png_uint_32(bitmap.width), png_uint_32(bitmap.height), 8, kind,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(writer.png, 6);
  png_write_info(writer.png, writer.info);
  for (int y = 0; y < bitmap.height; ++y) png_write_row(writer.png, bitmap.row(y));
  png_write_end(writer.png, nullptr);
  return true;
}

}  // namespace

Result<Bytes> EncodeJpeg(const image::Bitmap& bitmap, int quality) {
  if (!Encodable(bitmap, JPEG_MAX_DIMENSION)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot write {}x{} with {} channels as JPEG", bitmap.width,
                                                         bitmap.height, bitmap.channels));
  }
  if (bitmap.channels == 4) return EncodeJpeg(image::ToRgb(bitmap), quality);
  JpegEncoder encoder;
  if (!encoder.Run(bitmap, std::clamp(quality, 1, 100))) {
    return Fail(ErrorCode::kInternal, fmt::format("cannot write the JPEG: {}", encoder.message()));
  }
  return Bytes(encoder.bytes().begin(), encoder.bytes().end());
}

Result<Bytes> EncodePng(const image::Bitmap& bitmap) {
  if (!Encodable(bitmap, std::numeric_limits<int>::max())) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot write {}x{} with {} channels as PNG", bitmap.width,
                                                         bitmap.height, bitmap.channels));
  }
  PngWriter writer;
  writer.png = png_create_write_struct(
      PNG_LIBPNG_VER_STRING, nullptr, [](png_structp png, png_const_charp) { png_longjmp(png, 1); },
      [](png_structp, png_const_charp) {});
  if (writer.png == nullptr) return Fail(ErrorCode::kInternal, "cannot start the PNG encoder");
  writer.info = png_create_info_struct(writer.png);
  if (writer.info == nullptr || !WritePng(writer, bitmap)) return Fail(ErrorCode::kInternal, "cannot write the PNG");
  return std::move(writer.out);
}

}  // namespace likeness::codec
