#include "codec/heif.h"

#include <fmt/format.h>
#include <libheif/heif.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "codec/big_endian.h"

namespace likeness::codec {

namespace {

using Context = std::unique_ptr<heif_context, decltype(&heif_context_free)>;
using Handle = std::unique_ptr<const heif_image_handle, decltype(&heif_image_handle_release)>;
using HeifImage = std::unique_ptr<const heif_image, decltype(&heif_image_release)>;

// Every 'ispe' box (version and flags 0, width, height), wherever it stands: a large one is refused before any parser
// that trusts it runs.
Status CheckDeclaredSizes(ByteView bytes, const Limits& limits) {
  const std::string_view text = AsText(bytes);
  for (size_t at = text.find("ispe"); at != std::string_view::npos; at = text.find("ispe", at + 4)) {
    if (at < 4 || bytes.size() - at < 16 || Be32(&bytes[at - 4]) != 20) continue;
    LK_TRY(CheckCanvas(Be32(&bytes[at + 8]), Be32(&bytes[at + 12]), limits));
  }
  return {};
}

std::unexpected<Error> Damaged(const heif_error& error) {
  return Corrupt(fmt::format("the HEIF data is damaged: {}", error.message == nullptr ? "" : error.message));
}

struct Opened {
  Context context{nullptr, heif_context_free};
  Handle handle{nullptr, heif_image_handle_release};
};

Result<Opened> Open(ByteView bytes, const Limits& limits) {
  LK_TRY(CheckDeclaredSizes(bytes, limits));
  Opened out;
  out.context.reset(heif_context_alloc());
  if (out.context == nullptr) throw std::bad_alloc();
  heif_context_set_maximum_image_size_limit(out.context.get(),
                                            int(std::min<uint64_t>(limits.decode_side_max, INT32_MAX)));
  heif_context_set_max_decoding_threads(out.context.get(), 0);
  heif_error error = heif_context_read_from_memory_without_copy(out.context.get(), bytes.data(), bytes.size(), nullptr);
  if (error.code != heif_error_Ok) return Damaged(error);
  heif_image_handle* handle = nullptr;
  error = heif_context_get_primary_image_handle(out.context.get(), &handle);
  if (error.code != heif_error_Ok) return Damaged(error);
  out.handle.reset(handle);
  return out;
}

void TakeMetadata(const heif_image_handle* handle, const Limits& limits, Header& header) {
  heif_item_id ids[16];
  const int count = heif_image_handle_get_list_of_metadata_block_IDs(handle, nullptr, ids, 16);
  for (int i = 0; i < count; ++i) {
    const std::string_view type = heif_image_handle_get_metadata_type(handle, ids[i]);
    const size_t size = heif_image_handle_get_metadata_size(handle, ids[i]);
    const bool exif = type == "Exif", xmp = type == "mime";
    if ((!exif && !xmp) || size == 0 || size > (exif ? limits.exif_bytes_max : limits.xmp_bytes_max)) continue;
    Bytes block(size);
    if (heif_image_handle_get_metadata(handle, ids[i], block.data()).code != heif_error_Ok) continue;
    if (xmp) {
      header.xmp = std::move(block);
    } else if (size > 4) {
      // Four bytes tell how far behind them the TIFF header is.
      const size_t skip = 4 + size_t{Be32(block.data())};
      if (skip < size) header.exif.assign(block.begin() + ptrdiff_t(skip), block.end());
    }
  }
}

void TakeProfile(const heif_image_handle* handle, const Limits& limits, Header& header) {
  const size_t size = heif_image_handle_get_raw_color_profile_size(handle);
  if (size == 0 || size > limits.icc_bytes_max) return;
  header.icc.resize(size);
  if (heif_image_handle_get_raw_color_profile(handle, header.icc.data()).code != heif_error_Ok) header.icc.clear();
}

}  // namespace

Result<Header> ReadHeifHeader(ByteView bytes, const Limits& limits) {
  LK_ASSIGN(const Opened opened, Open(bytes, limits));
  const heif_image_handle* handle = opened.handle.get();
  Header header;
  const int width = heif_image_handle_get_width(handle), height = heif_image_handle_get_height(handle);
  LK_TRY(CheckCanvas(uint64_t(std::max(width, 0)), uint64_t(std::max(height, 0)), limits));
  header.info.width = uint32_t(width), header.info.height = uint32_t(height);
  header.info.frames = uint32_t(std::max(1, heif_context_get_number_of_top_level_images(opened.context.get())));
  header.info.bits_per_sample = uint8_t(std::clamp(heif_image_handle_get_luma_bits_per_pixel(handle), 1, 16));
  header.info.has_alpha = heif_image_handle_has_alpha_channel(handle) != 0;
  header.upright = true;
  // Planes of luma and chroma beside the interleaved picture.
  header.decoded_bytes = uint64_t{header.info.width} * header.info.height *
                         ((header.info.has_alpha ? 8 : 6) * (header.info.bits_per_sample > 8 ? 2 : 1));
  TakeMetadata(handle, limits, header);
  TakeProfile(handle, limits, header);
  return header;
}

Result<Pixels> DecodeHeif(ByteView bytes, const Header& header, const DecodeOptions& options) {
  LK_ASSIGN(const Opened opened, Open(bytes, options.limits));
  const bool alpha = header.info.has_alpha;
  heif_image* decoded = nullptr;
  const heif_error error =
      heif_decode_image(opened.handle.get(), &decoded, heif_colorspace_RGB,
                        alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, nullptr);
  if (error.code != heif_error_Ok) return Damaged(error);
  const HeifImage image(decoded, heif_image_release);
  const int width = heif_image_get_width(image.get(), heif_channel_interleaved);
  const int height = heif_image_get_height(image.get(), heif_channel_interleaved);
  if (width != int(header.info.width) || height != int(header.info.height)) {
    return Corrupt("the picture has another size than the file declares");
  }
  int stride = 0;
  const uint8_t* plane = heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  Pixels out;
  out.bitmap = image::Bitmap(width, height, alpha ? 4 : 3);
  if (plane == nullptr || stride < int(out.bitmap.row_bytes())) return Corrupt("the picture has no pixels");
  for (int y = 0; y < height; ++y) {
    std::memcpy(out.bitmap.row(y), plane + ptrdiff_t(y) * stride, out.bitmap.row_bytes());
  }
  return out;
}

}  // namespace likeness::codec
