#include "codec/encode_animation.h"

#include <cgif.h>
#include <fmt/format.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <memory>

#include "image/palette.h"

namespace likeness::codec {
namespace {

constexpr int kLosslessEffort = 0;  // 0..9; at 2 two photos of 11 megapixels get 15 % smaller, in four times the time
constexpr int kGifSideMax = 65535;

Status CheckSides(const image::Bitmap& frame, int side_max, const char* format) {
  if (frame.width <= side_max && frame.height <= side_max) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot write {}x{} as {}: a side has at most {} pixels",
                                                       frame.width, frame.height, format, side_max));
}

struct WebpFrame {
  WebPPicture picture;
  ~WebpFrame() { WebPPictureFree(&picture); }
};

std::unexpected<Error> WebpFault(const char* what) {
  return Fail(ErrorCode::kInternal, fmt::format("cannot write the WebP animation: {}", what));
}

}  // namespace

Result<Bytes> EncodeWebpAnimation(std::span<const image::Bitmap> frames, int frame_ms) {
  LK_TRY(CheckSides(frames[0], WEBP_MAX_DIMENSION, "WebP"));
  WebPAnimEncoderOptions options;
  WebPConfig config;
  if (!WebPAnimEncoderOptionsInit(&options) || !WebPConfigInit(&config) ||
      !WebPConfigLosslessPreset(&config, kLosslessEffort))
    return WebpFault("libwebp has another version than its headers");
  options.anim_params.loop_count = 0;  // without end
  const std::unique_ptr<WebPAnimEncoder, decltype(&WebPAnimEncoderDelete)> encoder(
      WebPAnimEncoderNew(frames[0].width, frames[0].height, &options), WebPAnimEncoderDelete);
  if (encoder == nullptr) return WebpFault("out of memory");
  int at_ms = 0;
  for (const image::Bitmap& frame : frames) {
    WebpFrame given;
    if (!WebPPictureInit(&given.picture)) return WebpFault("libwebp has another version than its headers");
    given.picture.width = frame.width;
    given.picture.height = frame.height;
    given.picture.use_argb = 1;
    if (!WebPPictureImportRGBA(&given.picture, frame.pixels.data(), static_cast<int>(frame.row_bytes())))
      return WebpFault("out of memory");
    if (!WebPAnimEncoderAdd(encoder.get(), &given.picture, at_ms, &config))
      return WebpFault(WebPAnimEncoderGetError(encoder.get()));
    at_ms += frame_ms;
  }
  WebPData data;
  WebPDataInit(&data);
  const std::unique_ptr<WebPData, decltype(&WebPDataClear)> clear(&data, WebPDataClear);
  if (!WebPAnimEncoderAdd(encoder.get(), nullptr, at_ms, nullptr) || !WebPAnimEncoderAssemble(encoder.get(), &data))
    return WebpFault(WebPAnimEncoderGetError(encoder.get()));
  return Bytes(data.bytes, data.bytes + data.size);
}

Result<Bytes> EncodeGifAnimation(std::span<const image::Bitmap> frames, int frame_ms) {
  LK_TRY(CheckSides(frames[0], kGifSideMax, "GIF"));
  // The first entry is that of nothing.
  std::vector<image::PaletteColour> palette = image::FindPalette(frames, 255);
  std::vector<uint8_t> table(3, 0);
  for (const image::PaletteColour& colour : palette) table.insert(table.end(), colour.begin(), colour.end());
  std::vector<std::vector<uint8_t>> indexed;
  bool through = false;
  for (const image::Bitmap& frame : frames) {
    indexed.push_back(image::IndexByPalette(frame, palette, 255));
    for (uint8_t& index : indexed.back()) {
      ++index;  // 255, nothing, becomes 0
      through |= index == 0;
    }
  }
  Bytes out;
  CGIF_Config config{};
  config.pGlobalPalette = table.data();
  config.numGlobalPaletteEntries = static_cast<uint16_t>(table.size() / 3);
  config.width = static_cast<uint16_t>(frames[0].width);
  config.height = static_cast<uint16_t>(frames[0].height);
  // Each frame clears the one before it where there are transparent ones; else only what changed is written.
  config.attrFlags = CGIF_ATTR_IS_ANIMATED | (through ? CGIF_ATTR_HAS_TRANSPARENCY : 0);
  config.numLoops = CGIF_INFINITE_LOOP;
  config.pContext = &out;
  config.pWriteFn = [](void* to, const uint8_t* data, const size_t size) {
    static_cast<Bytes*>(to)->insert(static_cast<Bytes*>(to)->end(), data, data + size);
    return 0;
  };
  CGIF* gif = cgif_newgif(&config);
  if (gif == nullptr) return Fail(ErrorCode::kInternal, "cannot start the GIF encoder");
  int fault = CGIF_OK;
  for (std::vector<uint8_t>& indexes : indexed) {
    CGIF_FrameConfig one{};
    one.pImageData = indexes.data();
    one.genFlags = through ? 0 : CGIF_FRAME_GEN_USE_DIFF_WINDOW;
    one.delay = static_cast<uint16_t>(frame_ms / 10);
    if (fault == CGIF_OK) fault = cgif_addframe(gif, &one);
  }
  const int closed = cgif_close(gif);
  if (fault == CGIF_OK) fault = closed;
  if (fault != CGIF_OK) return Fail(ErrorCode::kInternal, fmt::format("cannot write the GIF: fault {}", fault));
  return out;
}

}  // namespace likeness::codec
