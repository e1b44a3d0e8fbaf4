// The stored form of Features (docs/formats/feature-record.md): versioned, checksummed by the volume that holds it, read
// by a reader that trusts nothing.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "feature/types.h"

namespace likeness::feature {

Bytes SerializeFeatures(const Features& features);
// Corruption when it is malformed; Unsupported for a newer version (the picture is then analysed again).
Result<Features> DeserializeFeatures(ByteView bytes);

}  // namespace likeness::feature
