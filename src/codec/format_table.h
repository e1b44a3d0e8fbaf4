// The one table of formats. To add a format: its pair of files and one row in format_table.cc. Internal to codec.
#pragma once

#include <span>
#include <string_view>

#include "codec/picture.h"

namespace likeness::codec {

struct FormatRow {
  Format format;
  std::string_view name, mime, extension;
  bool on_by_default;
  bool (*sniff)(ByteView bytes);
  // Null where this build lacks the library.
  Result<Header> (*read_header)(ByteView bytes, const Limits& limits);
  Result<Pixels> (*decode)(ByteView bytes, const Header& header, const DecodeOptions& options);
};

std::span<const FormatRow> FormatTable();
const FormatRow* FindFormat(Format format);  // null for kUnknown

}  // namespace likeness::codec
