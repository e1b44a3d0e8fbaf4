// Pictures in few colours, for formats that have no more. Pure and thread-safe; knows no file format.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "image/bitmap.h"

namespace likeness::image {

using PaletteColour = std::array<uint8_t, 3>;

// At most `colours_max` (1..256) colours for all the pictures together: their own where those are few enough, else the
// means of a cut of the colour cube that halves, again and again, the part whose colours are farthest from their mean
// (after Wan, Wong and Prusinkiewicz, 1988). Pixels of alpha under 128 do not count. REQUIRES: pictures of 4 channels.
std::vector<PaletteColour> FindPalette(std::span<const Bitmap> pictures, size_t colours_max);

// The place in the palette for each pixel; `transparent` for alpha under 128. Between colours an ordered pattern
// (Bayer, 1973) mixes two: it goes by the pixel's place and colour alone, so that what is equal in two pictures stays
// equal, where error diffusion would let one change run on through all that follows.
// REQUIRES: `palette` is not empty.
std::vector<uint8_t> IndexByPalette(const Bitmap& picture, std::span<const PaletteColour> palette, uint8_t transparent);

}  // namespace likeness::image
