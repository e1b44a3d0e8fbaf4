// From what a file says about itself to the catalog's row and the record's label, and back. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/limits.h"
#include "catalog/catalog.h"
#include "codec/metadata.h"
#include "engine/small_json.h"
#include "engine/types.h"

namespace likeness::engine {

// Title, description, rating, taken_at, sort time, metadata_json, sizes, placeholder, low_information. The rest (id,
// name, source, tags, blobs) is the caller's.
catalog::ImageRow DescribeImage(const AnalyzedFile& file, int64_t imported_at_ms, const Limits& limits);

// Clean, without empty or repeated ones, within limits; the caller's first.
std::vector<std::string> MergeTags(const std::vector<std::string>& given, const std::vector<std::string>& keywords,
                                   const Limits& limits);

// How much a picture knows about itself, for the choice of a keeper.
int CountMetadataFields(const codec::Metadata& metadata);
int CountMetadataFields(const catalog::ImageRow& row);

// The label of an original's record: enough to make the row again when the catalog is lost. At most 4096 bytes; what
// does not fit is left out in the order path, source, tags.
std::string MakeLabel(const catalog::ImageRow& row);
Status ReadLabel(std::string_view label, catalog::ImageRow& row);

// "2023-05-17T14:03:22", with or without "+02:00", as UTC milliseconds; a missing zone is taken as UTC. 0 if malformed.
int64_t ParseTakenAt(std::string_view text);
int64_t NowMs();

// Whether the metadata of a row say where it was taken.
bool HasPlace(std::string_view metadata_json);

}  // namespace likeness::engine
