// Embedded ICC profiles to sRGB, through Little CMS or as quickly as matrix_profile.h allows. A profile that is
// malformed or does not fit the pixels is ignored; one that is sRGB in all but name costs nothing. Internal to codec.
#pragma once

#include <string>

#include "base/bytes.h"
#include "image/bitmap.h"

namespace likeness::codec {

// Empty when there is no profile or it cannot be read.
std::string ProfileDescription(ByteView icc);

// In place, 1, 3 or 4 channels; alpha stays.
void ToSrgb(image::Bitmap& bitmap, ByteView icc);

// Four channels of ink (255 = full) become RGB, through the profile where there is a fitting one, else by
// R = (255 - C)(255 - K) / 255.
image::Bitmap CmykToRgb(image::Bitmap bitmap, ByteView icc);

}  // namespace likeness::codec
