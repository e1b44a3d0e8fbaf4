#include "codec/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace likeness::codec {

Bytes Inflate(ByteView zlib, size_t bytes_max) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {};
  stream.next_in = const_cast<Bytef*>(zlib.data());
  stream.avail_in = static_cast<uInt>(std::min<size_t>(zlib.size(), UINT32_MAX));
  Bytes out;
  int status = Z_OK;
  while (status == Z_OK && out.size() <= bytes_max) {
    const size_t at = out.size(), step = std::min<size_t>(64 << 10, bytes_max + 1 - at);
    if (step == 0) break;
    out.resize(at + step);
    stream.next_out = out.data() + at;
    stream.avail_out = static_cast<uInt>(step);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(at + step - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || out.size() > bytes_max) return {};
  return out;
}

}  // namespace likeness::codec
