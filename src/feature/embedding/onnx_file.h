// What an ONNX file refers to outside itself, found without the model runtime: a model comes from the network, and the
// runtime would open any file that it names. Reads the protobuf as far as that needs (onnx.proto3: tensors of graphs,
// of attributes and of functions), trusts nothing. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace likeness::feature {

struct OnnxFacts {
  int64_t ir_version = 0;
  size_t nodes = 0;
  std::vector<std::string> data_files;  // what tensors with external data name, each once, as written
};

// Corruption when it is no ONNX model, is cut off, or nests too deep.
Result<OnnxFacts> InspectOnnx(ByteView bytes);

// Bytes that, appended to a model, make a tensor inside its graph an output of it too (fields of a protobuf that come
// twice are merged).
Bytes ExposeOutput(const std::string& tensor);

}  // namespace likeness::feature
