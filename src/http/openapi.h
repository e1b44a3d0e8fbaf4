// api/openapi.yaml as built into the program.
#pragma once

#include <string_view>

namespace likeness::http {
extern const std::string_view kOpenApi;
}
