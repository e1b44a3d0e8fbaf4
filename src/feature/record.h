// The stored form of Features (docs/formats/feature-record.md): versioned, checksummed by the volume that holds it,
// read by a reader that trusts nothing. Lossless: what is read equals what was written, so a rebuilt index answers as
// before.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "feature/types.h"

namespace likeness::feature {

inline constexpr uint16_t kFeatureRecordVersion = 3;

// REQUIRES: the features hold what types.h says of each field.
Bytes SerializeFeatures(const Features& features);
// Versions 1 to 3; what earlier ones did not have is absent. Corruption when it is malformed; Unsupported for a newer
// version (the picture is then analysed again).
Result<Features> DeserializeFeatures(ByteView bytes);

}  // namespace likeness::feature
