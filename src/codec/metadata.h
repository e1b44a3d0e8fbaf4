// What a file says about its picture: EXIF 2.32, IPTC IIM 4.2, XMP (ISO 16684-1). All text is clean UTF-8 within limits;
// numbers are finite. XMP wins over IPTC, IPTC over EXIF, where they speak of the same thing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"

namespace likeness::codec {

struct Metadata {
  std::string taken_at;      // "2023-05-17T14:03:22" local time as the camera wrote it, with "+02:00" where it is known
  std::string camera_make, camera_model, lens;
  std::optional<double> exposure_seconds, f_number, focal_length_mm;
  std::optional<uint32_t> iso;
  std::optional<double> latitude, longitude, altitude_m;
  std::string title, description, creator, copyright;
  std::vector<std::string> keywords;
  std::optional<int> rating;  // -1 (rejected) .. 5
  std::string software;
};

// Reads an XMP packet (a sidecar file, or one found in a picture) into `metadata`. Malformed XML, a DTD or more than
// limits.xmp_bytes_max leave it unchanged and return false.
bool MergeXmp(ByteView packet, const Limits& limits, Metadata& metadata);
bool MergeExif(ByteView tiff, const Limits& limits, Metadata& metadata, uint8_t* orientation);
bool MergeIptc(ByteView iim, const Limits& limits, Metadata& metadata);

}  // namespace likeness::codec
