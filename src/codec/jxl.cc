#include "codec/jxl.h"

#include <jxl/decode.h>

#include <memory>
#include <new>

namespace likeness::codec {

namespace {

using Decoder = std::unique_ptr<JxlDecoder, decltype(&JxlDecoderDestroy)>;

Decoder Start(ByteView bytes, int events) {
  Decoder decoder(JxlDecoderCreate(nullptr), JxlDecoderDestroy);
  if (decoder == nullptr) throw std::bad_alloc();
  JxlDecoderSubscribeEvents(decoder.get(), events);
  JxlDecoderSetInput(decoder.get(), bytes.data(), bytes.size());
  JxlDecoderCloseInput(decoder.get());
  return decoder;
}

}  // namespace

Result<Header> ReadJxlHeader(ByteView bytes, const Limits& limits) {
  const Decoder decoder = Start(bytes, JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING);
  Header header;
  header.upright = true;
  while (true) {
    const JxlDecoderStatus status = JxlDecoderProcessInput(decoder.get());
    if (status == JXL_DEC_BASIC_INFO) {
      JxlBasicInfo info;
      if (JxlDecoderGetBasicInfo(decoder.get(), &info) != JXL_DEC_SUCCESS) return Corrupt("the header is damaged");
      LK_TRY(CheckCanvas(info.xsize, info.ysize, limits));
      header.info.width = info.xsize, header.info.height = info.ysize;
      header.info.has_alpha = info.alpha_bits > 0;
      header.info.grey = info.num_color_channels == 1;
      header.info.bits_per_sample = uint8_t(info.bits_per_sample);
      header.info.frames = info.have_animation ? 2 : 1;
      // The decoder works on planes of floats.
      header.decoded_bytes = uint64_t{info.xsize} * info.ysize * (header.info.has_alpha ? 8 : 7);
    } else if (status == JXL_DEC_COLOR_ENCODING) {
      size_t size = 0;
      const auto target = JXL_COLOR_PROFILE_TARGET_DATA;
      if (JxlDecoderGetICCProfileSize(decoder.get(), nullptr, target, &size) == JXL_DEC_SUCCESS && size > 0 &&
          size <= limits.icc_bytes_max) {
        header.icc.resize(size);
        if (JxlDecoderGetColorAsICCProfile(decoder.get(), nullptr, target, header.icc.data(), size) !=
            JXL_DEC_SUCCESS) {
          header.icc.clear();
        }
      }
      return header;
    } else {
      return Corrupt("the JPEG XL header is damaged or cut short");
    }
  }
}

Result<Pixels> DecodeJxl(ByteView bytes, const Header& header, const DecodeOptions&) {
  const Decoder decoder = Start(bytes, JXL_DEC_FULL_IMAGE);
  Pixels out;
  out.bitmap = image::Bitmap(int(header.info.width), int(header.info.height), header.info.has_alpha ? 4 : 3);
  const JxlPixelFormat format{uint32_t(out.bitmap.channels), JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
  while (true) {
    switch (JxlDecoderProcessInput(decoder.get())) {
      case JXL_DEC_NEED_IMAGE_OUT_BUFFER: {
        size_t size = 0;
        if (JxlDecoderImageOutBufferSize(decoder.get(), &format, &size) != JXL_DEC_SUCCESS ||
            size != out.bitmap.pixels.size() ||
            JxlDecoderSetImageOutBuffer(decoder.get(), &format, out.bitmap.pixels.data(), size) != JXL_DEC_SUCCESS) {
          return Corrupt("the picture has another size than the file declares");
        }
        break;
      }
      case JXL_DEC_FULL_IMAGE:
        return out;
      default:
        return Corrupt("the JPEG XL data is damaged or cut short");
    }
  }
}

}  // namespace likeness::codec
