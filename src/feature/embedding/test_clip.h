// Networks of CLIP's architecture (Radford et al. 2021) with made-up weights, written as ONNX files: the real shapes,
// operators and tensor names of its exports without its weights. For tests and benchmarks.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace likeness::feature {

enum class Precision : uint8_t {
  kFloat,
  kHalf,  // weights, input and output
  kInt8,  // weights of the matrix products; their inputs are quantised as they come (DynamicQuantizeLinear)
};

struct ClipShape {  // ViT-B/16
  int side = 224, patch = 16, image_width = 768, image_heads = 12;
  int vocabulary = 49408, context = 77, text_width = 512, text_heads = 8;
  int layers = 12, dimension = 512;
};

// pixel_values [N, 3, side, side] -> image_embeds [N, dimension]
Bytes MakeClipImageNetwork(const ClipShape& shape, Precision precision, uint32_t seed);
// input_ids [N, context] -> text_embeds [N, dimension], read at the largest token
Bytes MakeClipTextNetwork(const ClipShape& shape, Precision precision, uint32_t seed);

}  // namespace likeness::feature
