// The stored form of everything that a later comparison needs of a picture, in either role: its feature record
// (feature/record.h), and what only the pixels could tell again when it is the query, the hashes of its eight
// orientations. docs/formats/query-record.md. Pure and thread-safe.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "compare/signals.h"
#include "sandbox/analysis.h"

namespace likeness::engine {

compare::QueryFeatures MakeQuery(const sandbox::Analysis& analysis);

Bytes SerializeQuery(const compare::QueryFeatures& query);
// Corruption when it is malformed, Unsupported for another version: the picture is then analysed again.
Result<compare::QueryFeatures> DeserializeQuery(ByteView bytes);

}  // namespace likeness::engine
