// Neural networks of ONNX files, run on the processor by ONNX Runtime. The library is loaded when a ModelRuntime is
// opened, never linked: without it everything else of the program works, and Open says what is missing.
//
// The library has one environment a process, and so there is one ModelRuntime: opening it again while it lives gives
// the same one, with the options of the first. All networks share its threads (which do not spin) and its arena, whose
// size is the limit of memory for weights and everything in between. Networks run the runtime's own operators only: no
// custom operator libraries are ever registered, and data outside the file is refused unless the caller allows it by
// name. Opening takes seconds for a large model and running takes milliseconds to seconds: neither belongs on the path
// of a request for a page. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace likeness::feature {

enum class ElementType : uint8_t { kFloat, kHalf, kInt64, kInt32, kOther };

struct TensorInfo {
  std::string name;
  ElementType type = ElementType::kOther;
  std::vector<int64_t> shape;  // -1: free
};

// An input by its name. Floats are given as float (a network of halves gets them converted), whole numbers as int64.
struct NetworkInput {
  std::string_view name;
  std::vector<int64_t> shape;
  std::variant<std::span<const float>, std::span<const int64_t>> values;
};
struct NetworkOutput {
  std::vector<int64_t> shape;
  std::vector<float> values;  // product of the shape
};

class ModelRuntime {
 public:
  struct Options {
    size_t threads = 1;                           // that work on one network together, the caller's included
    uint64_t memory_bytes_max = 2ull << 30;       // of the arena
    std::string library = "libonnxruntime.so.1";  // a name is looked for beside the program, then in the system
  };
  // Unsupported when the library is not there, or is too old for this program.
  static Result<std::shared_ptr<const ModelRuntime>> Open(const Options& options);
  ~ModelRuntime();

  const std::string& version() const;
  const Options& options() const;

  struct Impl;
  explicit ModelRuntime(std::unique_ptr<Impl> impl);
  const Impl& impl() const { return *impl_; }

 private:
  static Result<std::unique_ptr<Impl>> Start(const Options& options);
  std::unique_ptr<Impl> impl_;
};

class Network {
 public:
  struct Options {
    std::vector<std::string> data_files = {};  // beside the model, that it may refer to
    std::vector<std::string> expose = {};      // tensors inside the graph that become outputs
  };
  // Corruption (no model, damaged), Unsupported (an operator the runtime does not have, foreign data files),
  // LimitExceeded (memory).
  static Result<std::unique_ptr<Network>> Open(std::shared_ptr<const ModelRuntime> runtime,
                                               const std::filesystem::path& path, const Options& options);
  ~Network();

  const std::vector<TensorInfo>& inputs() const;
  const std::vector<TensorInfo>& outputs() const;
  const TensorInfo* FindInput(std::string_view name) const;
  const TensorInfo* FindOutput(std::string_view name) const;

  // The wanted outputs, in their order. InvalidArgument when names, types or shapes do not fit the network.
  Result<std::vector<NetworkOutput>> Run(std::span<const NetworkInput> inputs,
                                         std::span<const std::string> outputs) const;

 private:
  struct Impl;
  explicit Network(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "[1, 3, 224, 224]"; a free dimension is "?".
std::string ShapeText(std::span<const int64_t> shape);

}  // namespace likeness::feature
