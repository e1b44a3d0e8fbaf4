// The comparison of pixels in JSON: a request's DifferenceOptions, and the Difference of the answer, shaped as
// api/openapi.yaml says. Pure.
#pragma once

#include <string>

#include "engine/picture_difference.h"
#include "http/json_value.h"

namespace likeness::http {

struct DifferenceFields {
  engine::DifferenceRequest request;
  // PNG; what blinks is WebP, or GIF where it is saved under such a name.
  codec::Format picture_format = codec::Format::kPng;
  // Of /local alone; empty when absent.
  std::string mask_path, save_path;
};

// `local` allows what names files of this machine. InvalidArgument names the member.
Result<DifferenceFields> ReadDifference(const Json& options, std::string path, bool local);

// Without the picture.
Json ToJson(const engine::PictureDifference& difference);

}  // namespace likeness::http
