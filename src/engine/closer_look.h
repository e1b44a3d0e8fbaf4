// The verdict on one pair that somebody asked about: where the features leave it in doubt, both files are decoded in
// workers and their pixels are looked at. Imports and searches for duplicates do without. Thread-safe.
#pragma once

#include "dedupe/verdict.h"
#include "engine/analyzer.h"

namespace likeness::engine {

// `verdict`: of the features. It stays as it is where a file cannot be decoded at full size.
dedupe::Verdict LookCloser(const Analyzer& analyzer, dedupe::Verdict verdict, const compare::QueryFeatures& query,
                           ByteView query_file, const feature::Features& match, ByteView match_file,
                           const dedupe::Rules& rules);

}  // namespace likeness::engine
