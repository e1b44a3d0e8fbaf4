// What this program is made of and what it runs on: for reports of trouble, and to see that the isolation holds.
#pragma once

#include "engine/analyzer.h"
#include "engine/library.h"
#include "http/json_value.h"

namespace likeness::http {

// `library` may be null.
Json DoctorFacts(const engine::Analyzer& analyzer, const engine::Library* library);

}  // namespace likeness::http
