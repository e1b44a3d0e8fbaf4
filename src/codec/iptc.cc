// IPTC-NAA Information Interchange Model 4.2: a row of data sets, each 0x1C, record, number, length, value.
#include "base/text.h"
#include "codec/big_endian.h"
#include "codec/metadata.h"
#include "codec/metadata_text.h"

namespace likeness::codec {

namespace {

struct IptcState {
  bool utf8 = false;
  std::vector<std::string> keywords;
  std::string title, headline, description, creator, copyright, date, time;
};

void TakeRecord2(uint8_t number, ByteView value, const Limits& limits, IptcState& state) {
  const auto text = [&](size_t bytes_max, bool keep_lines = false) {
    return state.utf8 ? CleanText(AsText(value), bytes_max, keep_lines) : ForeignText(value, bytes_max, keep_lines);
  };
  switch (number) {
    case 5:
      state.title = text(limits.text_bytes_max);
      break;
    case 25:
      if (state.keywords.size() < limits.tags_max) state.keywords.push_back(text(limits.tag_bytes_max));
      break;
    case 55:
      state.date = text(16);
      break;
    case 60:
      state.time = text(16);
      break;
    case 80:
      if (state.creator.empty()) state.creator = text(kShortTextBytesMax);
      break;
    case 105:
      state.headline = text(limits.text_bytes_max);
      break;
    case 116:
      state.copyright = text(limits.text_bytes_max);
      break;
    case 120:
      state.description = text(limits.text_bytes_max, true);
      break;
    default:
      break;
  }
}

// CCYYMMDD and HHMMSS+HHMM.
std::string IptcDateTime(std::string_view date, std::string_view time) {
  const int year = TakeDigits(date, 4), month = TakeDigits(date, 2), day = TakeDigits(date, 2);
  if (time.empty()) return MakeDateTime(year, month, day, 0, 0, 0, {});
  const int hour = TakeDigits(time, 2), minute = TakeDigits(time, 2), second = TakeDigits(time, 2);
  return MakeDateTime(year, month, day, hour, minute, second, CleanOffset(time));
}

void Replace(std::string& to, std::string& from) {
  if (!from.empty()) to = std::move(from);
}

}  // namespace

bool MergeIptc(ByteView iim, const Limits& limits, Metadata& metadata) {
  IptcState state;
  bool any = false;
  while (iim.size() >= 5 && iim[0] == 0x1C) {
    const uint8_t record = iim[1], number = iim[2];
    size_t length = Be16(&iim[3]), start = 5;
    if (length & 0x8000) {
      // The length of the length follows in the low bits; four bytes are enough for anything here.
      const size_t bytes = length & 0x7FFF;
      if (bytes == 0 || bytes > 4 || iim.size() < 5 + bytes) break;
      length = 0;
      for (size_t i = 0; i < bytes; ++i) length = length << 8 | iim[5 + i];
      start += bytes;
    }
    if (length > iim.size() - start) break;
    const ByteView value = iim.subspan(start, length);
    if (record == 1 && number == 90) state.utf8 = AsText(value) == "\x1B%G";
    if (record == 2) TakeRecord2(number, value, limits, state);
    any = true;
    iim = iim.subspan(start + length);
  }
  if (!any) return false;
  if (state.title.empty()) state.title = std::move(state.headline);
  Replace(metadata.title, state.title);
  Replace(metadata.description, state.description);
  Replace(metadata.creator, state.creator);
  Replace(metadata.copyright, state.copyright);
  for (std::string& keyword : state.keywords) AddKeyword(std::move(keyword), limits, metadata);
  // EXIF knows the second and often the time zone; the date here is that of the content and often a day only.
  if (metadata.taken_at.empty()) metadata.taken_at = IptcDateTime(state.date, state.time);
  return true;
}

}  // namespace likeness::codec
