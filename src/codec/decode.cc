#include "codec/decode.h"

#include <fmt/format.h>

#include <exception>
#include <new>

#include "base/text.h"
#include "codec/colour_profile.h"
#include "codec/format_table.h"
#include "image/colour.h"
#include "image/orientation.h"

namespace likeness::codec {

namespace {

std::string NamesOf(FormatSet set) {
  std::string out;
  for (const FormatRow& row : FormatTable()) {
    if (!set.Has(row.format) || row.decode == nullptr) continue;
    if (!out.empty()) out += ", ";
    out += row.name;
  }
  return out;
}

// The row that may decode these bytes, or Unsupported with the way out.
Result<const FormatRow*> Choose(ByteView bytes, FormatSet allowed) {
  if (bytes.empty()) return Corrupt("the file is empty");
  std::string_view what;
  const Format format = Sniff(bytes, &what);
  if (format == Format::kUnknown) {
    return Fail(ErrorCode::kUnsupported,
                what.empty() ? std::string("the bytes are of no known picture type")
                             : fmt::format("{} files are not taken", what),
                fmt::format("taken are {}", NamesOf(allowed)));
  }
  const FormatRow* row = FindFormat(format);
  if (row->decode == nullptr) {
    return Fail(ErrorCode::kUnsupported, fmt::format("this build has no decoder for {}", row->name),
                fmt::format("taken are {}", NamesOf(allowed)));
  }
  if (!allowed.Has(format)) {
    return Fail(ErrorCode::kUnsupported, fmt::format("{} is switched off", row->name),
                fmt::format("add {} to decode.formats to take it", row->name));
  }
  return row;
}

std::unexpected<Error> OverLimit(std::string message, std::string_view limit) {
  return Fail(ErrorCode::kLimitExceeded, std::move(message), fmt::format("raise limits.{} to allow it", limit));
}

Status CheckLimits(const Header& header, const Limits& limits) {
  LK_TRY(CheckCanvas(header.info.width, header.info.height, limits));
  if (header.decoded_bytes > limits.decode_bytes_max) {
    return OverLimit(fmt::format("canvas {}x{} needs {} MB to decode, more than {}", header.info.width,
                                 header.info.height, header.decoded_bytes >> 20, limits.decode_bytes_max >> 20),
                     "decode_bytes_max");
  }
  return {};
}

Result<Header> CheckedHeader(const FormatRow& row, ByteView bytes, const Limits& limits) {
  if (bytes.size() > limits.file_bytes_max) {
    return OverLimit(fmt::format("the file has {} MB, more than {}", bytes.size() >> 20, limits.file_bytes_max >> 20),
                     "file_bytes_max");
  }
  LK_ASSIGN(Header header, row.read_header(bytes, limits));
  header.info.format = row.format;
  LK_TRY(CheckLimits(header, limits));
  header.info.colour_profile = CleanText(ProfileDescription(header.icc), 200);
  return header;
}

// Metadata of all blocks in the order of their authority; the orientation is that of the EXIF block.
void ReadMetadata(ByteView bytes, const Header& header, const Limits& limits, Metadata& metadata,
                  uint8_t& orientation) {
  uint8_t found = 0;
  if (header.exif_is_file) MergeExifOfFile(bytes, limits, metadata, &found);
  if (!header.exif.empty()) MergeExif(header.exif, limits, metadata, &found);
  if (found != 0) orientation = found;
  if (!header.iptc.empty()) MergeIptc(header.iptc, limits, metadata);
  if (!header.xmp.empty()) MergeXmp(header.xmp, limits, metadata);
}

// The sizes of `info` become those of the upright picture.
image::Orientation Settle(const Header& header, ImageInfo& info) {
  const auto orientation = header.upright ? image::Orientation::kUpright : image::OrientationFromExif(info.orientation);
  if (image::SwapsSides(orientation)) std::swap(info.width, info.height);
  return orientation;
}

Result<Decoded> DecodeUnguarded(ByteView bytes, const DecodeOptions& options) {
  LK_ASSIGN(const FormatRow* row, Choose(bytes, options.formats));
  LK_ASSIGN(Header header, CheckedHeader(*row, bytes, options.limits));
  Decoded out;
  LK_ASSIGN(Pixels pixels, row->decode(bytes, header, options));
  out.info = header.info;
  out.info.truncated |= pixels.truncated;
  ReadMetadata(bytes, header, options.limits, out.metadata, out.info.orientation);
  if (!options.want_metadata) out.metadata = {};

  if (pixels.in_room) {
    out.in_room = true;
    return out;
  }
  if (pixels.cmyk) {
    pixels.bitmap = CmykToRgb(std::move(pixels.bitmap), header.icc);
  } else {
    if (options.luma_only && pixels.bitmap.channels != 1)
      pixels.bitmap = image::FlattenOnWhite(std::move(pixels.bitmap));
    ToSrgb(pixels.bitmap, header.icc);
  }
  out.info.has_alpha = pixels.bitmap.channels == 4 && !pixels.filled && image::HasTransparency(pixels.bitmap);
  if (options.rgba && pixels.bitmap.channels != 4) pixels.bitmap = image::ToRgba(pixels.bitmap);
  if (!options.rgba && pixels.bitmap.channels == 4 && !out.info.has_alpha)
    pixels.bitmap = image::DropAlpha(std::move(pixels.bitmap));
  if (options.luma_only && pixels.bitmap.channels != 1) pixels.bitmap = image::ToLuma(pixels.bitmap);
  out.bitmap = image::Apply(Settle(header, out.info), std::move(pixels.bitmap));
  return out;
}

// Nothing leaves this module as an exception: libraries and allocations may throw below.
template <typename F>
auto Guarded(F&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimitExceeded, "the picture needs more memory than there is",
                "raise limits.worker_bytes_max to allow it");
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInternal, fmt::format("the decoder failed: {}", e.what()));
  }
}

}  // namespace

uint8_t* RoomFor(const Header& header, image::Size size, const DecodeOptions& options) {
  if (!options.rgba || !options.room || options.side_min > 0 || !header.icc.empty() || !header.exif.empty())
    return nullptr;
  return options.room(size);
}

Status CheckCanvas(uint64_t width, uint64_t height, const Limits& limits) {
  if (width == 0 || height == 0) return Corrupt(fmt::format("the picture has no pixels: {}x{}", width, height));
  // The sides come first: their product must not overflow.
  if (width > limits.decode_side_max || height > limits.decode_side_max) {
    return OverLimit(
        fmt::format("canvas {}x{} has a side longer than {} pixels", width, height, limits.decode_side_max),
        "decode_side_max");
  }
  if (const uint64_t pixels = width * height; pixels > limits.decode_pixels_max) {
    return OverLimit(fmt::format("canvas {}x{} has {} megapixels, more than {}", width, height, pixels / 1'000'000,
                                 limits.decode_pixels_max / 1'000'000),
                     "decode_pixels_max");
  }
  return {};
}

Result<ImageInfo> ReadHeader(ByteView bytes, const DecodeOptions& options) {
  return Guarded([&]() -> Result<ImageInfo> {
    LK_ASSIGN(const FormatRow* row, Choose(bytes, options.formats));
    LK_ASSIGN(Header header, CheckedHeader(*row, bytes, options.limits));
    Metadata metadata;
    ReadMetadata(bytes, header, options.limits, metadata, header.info.orientation);
    Settle(header, header.info);
    return header.info;
  });
}

Result<Decoded> Decode(ByteView bytes, const DecodeOptions& options) {
  return Guarded([&] { return DecodeUnguarded(bytes, options); });
}

}  // namespace likeness::codec
