// Bounded zlib inflation for metadata blocks. Internal to codec.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace likeness::codec {

// Empty when the stream is malformed, or longer than bytes_max once inflated: then nothing more is inflated.
Bytes Inflate(ByteView zlib, size_t bytes_max);

}  // namespace likeness::codec
