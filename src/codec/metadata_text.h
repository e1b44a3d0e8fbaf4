// Words, dates and numbers as metadata blocks write them, made safe. Shared by the EXIF, IPTC and XMP readers.
// Internal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/limits.h"
#include "codec/metadata.h"

namespace likeness::codec {

inline constexpr size_t kShortTextBytesMax = 200;  // camera, lens, software, names of people

// Up to the first NUL; UTF-8 where it is valid, else taken as Latin-1. Cleaned and bounded by CleanText.
std::string ForeignText(ByteView raw, size_t bytes_max, bool keep_lines = false);
// UTF-16 little-endian, as the Windows XP tags hold it.
std::string ForeignUtf16(ByteView raw, size_t bytes_max);

// "YYYY-MM-DDTHH:MM:SS" plus "+HH:MM" where `offset` is one. Empty when a part is out of its range.
std::string MakeDateTime(int year, int month, int day, int hour, int minute, int second, std::string_view offset);
// "+02:00" or "" when it is not an offset of at most 14 hours. 'Z' is "+00:00".
std::string CleanOffset(std::string_view text);
// EXIF "YYYY:MM:DD HH:MM:SS".
std::string ExifDateTime(std::string_view text, std::string_view offset);
// ISO 8601 as XMP has it; a missing time of day is midnight, a missing month or day makes it empty.
std::string IsoDateTime(std::string_view text);

// A decimal number or a fraction "a/b"; finite.
std::optional<double> ParseNumber(std::string_view text);
// Digits only, at most `count` of them, at the front of `text`, which is advanced. -1 if there are fewer.
int TakeDigits(std::string_view& text, size_t count);

// Adds a keyword once, within limits.tags_max and limits.tag_bytes_max.
void AddKeyword(std::string keyword, const Limits& limits, Metadata& metadata);

bool IsPlausiblePlace(double latitude, double longitude);

}  // namespace likeness::codec
