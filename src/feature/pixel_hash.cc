#include "feature/pixel_hash.h"

#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace likeness::feature {
namespace {

constexpr size_t kPixelsPerUpdate = 16384;

bool IsOpaque(const image::Bitmap& bitmap) {
  if (bitmap.channels != 4) return true;
  uint8_t all = 255;
  for (size_t i = 3; i < bitmap.pixels.size(); i += 4) all &= bitmap.pixels[i];
  return all == 255;
}

// As the hash sees them: RGB, or RGBA for `channels` 4 with transparent pixels black.
void Normalise(const uint8_t* in, size_t count, int channels_in, int channels, uint8_t* out) {
  for (size_t i = 0; i < count; ++i, in += channels_in, out += channels) {
    out[0] = in[0];
    out[1] = channels_in == 1 ? in[0] : in[1];
    out[2] = channels_in == 1 ? in[0] : in[2];
    if (channels == 4) {
      out[3] = in[3];
      if (in[3] == 0) out[0] = out[1] = out[2] = 0;
    }
  }
}

}  // namespace

std::array<uint8_t, 16> ComputePixelHash(const image::Bitmap& full_size) {
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
  XXH3_128bits_reset(state.get());
  int channels = IsOpaque(full_size) ? 3 : 4;
  uint32_t header[3] = {static_cast<uint32_t>(full_size.width), static_cast<uint32_t>(full_size.height),
                        static_cast<uint32_t>(channels)};
  XXH3_128bits_update(state.get(), header, sizeof header);
  if (full_size.channels == 3) {
    XXH3_128bits_update(state.get(), full_size.pixels.data(), full_size.pixels.size());
  } else {
    std::vector<uint8_t> buffer(kPixelsPerUpdate * channels);
    size_t pixels = static_cast<size_t>(full_size.width) * full_size.height;
    for (size_t done = 0; done < pixels; done += kPixelsPerUpdate) {
      size_t count = std::min(kPixelsPerUpdate, pixels - done);
      const uint8_t* in = full_size.pixels.data() + done * full_size.channels;
      Normalise(in, count, full_size.channels, channels, buffer.data());
      XXH3_128bits_update(state.get(), buffer.data(), count * channels);
    }
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state.get()));
  std::array<uint8_t, 16> out;
  std::copy_n(canonical.digest, out.size(), out.begin());
  return out;
}

}  // namespace likeness::feature
