#include "feature/embedding/runtime.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <onnxruntime_c_api.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <numeric>

#include "base/files.h"
#include "base/text.h"
#include "feature/embedding/onnx_file.h"

#if defined(LIKENESS_SANITIZED)
// What the library keeps for the life of the process.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libonnxruntime";
}
#endif

namespace likeness::feature {
namespace {

constexpr uint64_t kModelBytesMax = 2ull << 30;  // of one protobuf

// Owns one object of the runtime.
template <typename T>
class Owned {
 public:
  Owned() = default;
  Owned(T* object, void (*release)(T*)) : object_(object), release_(release) {}
  Owned(Owned&& other) noexcept : object_(std::exchange(other.object_, nullptr)), release_(other.release_) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(object_, other.object_);
    std::swap(release_, other.release_);
    return *this;
  }
  ~Owned() {
    if (object_) release_(object_);
  }
  T* get() const { return object_; }

 private:
  T* object_ = nullptr;
  void (*release_)(T*) = nullptr;
};

// The error that a status says, which is released. REQUIRES: status is not null.
std::unexpected<Error> Failed(const OrtApi* api, OrtStatus* status, std::string_view what) {
  const OrtErrorCode ort_code = api->GetErrorCode(status);
  std::string text = CleanText(api->GetErrorMessage(status), 400);
  api->ReleaseStatus(status);
  auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
  if (has("Available memory") || has("bad_alloc") || has("Failed to allocate"))
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{}: not enough memory for the model", what),
                "take a smaller model");
  ErrorCode code = ErrorCode::kCorruption;
  if (ort_code == ORT_NOT_IMPLEMENTED) code = ErrorCode::kUnsupported;
  if (ort_code == ORT_INVALID_ARGUMENT) code = ErrorCode::kInvalidArgument;
  return Fail(code, fmt::format("{}: {}", what, text));
}

#define LK_ORT(api, what, call)                                                          \
  do {                                                                                   \
    if (OrtStatus* lk_ort = (call); lk_ort != nullptr) return Failed(api, lk_ort, what); \
  } while (false)

ElementType TypeOf(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
      return ElementType::kFloat;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
      return ElementType::kHalf;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
      return ElementType::kInt64;
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
      return ElementType::kInt32;
    default:
      return ElementType::kOther;
  }
}

int64_t Product(std::span<const int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

}  // namespace

std::string ShapeText(std::span<const int64_t> shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    out += fmt::format("{}{}", i ? ", " : "", shape[i] < 0 ? "?" : fmt::format("{}", shape[i]));
  return out + "]";
}

struct ModelRuntime::Impl {
  Options options;
  std::string version;
  const OrtApi* api = nullptr;
  Owned<OrtEnv> env;
  Owned<OrtMemoryInfo> memory;
};

ModelRuntime::ModelRuntime(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ModelRuntime::~ModelRuntime() = default;
const std::string& ModelRuntime::version() const {
  return impl_->version;
}
const ModelRuntime::Options& ModelRuntime::options() const {
  return impl_->options;
}

Result<std::shared_ptr<const ModelRuntime>> ModelRuntime::Open(const Options& options) {
  static std::mutex mutex;
  static std::weak_ptr<const ModelRuntime> living;
  std::lock_guard lock(mutex);
  if (auto there = living.lock(); there && there->options().library == options.library) return there;
  LK_ASSIGN(std::unique_ptr<Impl> impl, Start(options));
  auto runtime = std::make_shared<const ModelRuntime>(std::move(impl));
  living = runtime;
  return runtime;
}

Result<std::unique_ptr<ModelRuntime::Impl>> ModelRuntime::Start(const Options& options) {
  constexpr const char* kWhat = "cannot start the model runtime";
  // Never closed: its threads and its static objects live as long as the process.
  void* library = dlopen(options.library.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr)
    return Fail(ErrorCode::kUnsupported, fmt::format("the model runtime is not there: {}", CleanText(dlerror(), 300)),
                "put libonnxruntime.so.1 into lib/ beside the program's folder; tools/setup does it");
  auto* get_base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
  if (get_base == nullptr) return Fail(ErrorCode::kUnsupported, fmt::format("{} is no ONNX Runtime", options.library));
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->version = get_base()->GetVersionString();
  const OrtApi* api = impl->api = get_base()->GetApi(ORT_API_VERSION);
  if (api == nullptr)
    return Fail(ErrorCode::kUnsupported, fmt::format("ONNX Runtime {} is too old for this program", impl->version),
                fmt::format("it needs 1.{} or newer", ORT_API_VERSION));

  OrtThreadingOptions* threading = nullptr;
  LK_ORT(api, kWhat, api->CreateThreadingOptions(&threading));
  Owned<OrtThreadingOptions> threads(threading, api->ReleaseThreadingOptions);
  LK_ORT(api, kWhat,
         api->SetGlobalIntraOpNumThreads(threading, static_cast<int>(std::clamp<size_t>(options.threads, 1, 256))));
  LK_ORT(api, kWhat, api->SetGlobalInterOpNumThreads(threading, 1));
  LK_ORT(api, kWhat, api->SetGlobalSpinControl(threading, 0));
  OrtEnv* env = nullptr;
  // What goes wrong comes back as a status; nothing is written to standard error.
  LK_ORT(api, kWhat, api->CreateEnvWithGlobalThreadPools(ORT_LOGGING_LEVEL_FATAL, "likeness", threading, &env));
  impl->env = {env, api->ReleaseEnv};
  LK_ORT(api, kWhat, api->DisableTelemetryEvents(env));

  OrtMemoryInfo* memory = nullptr;
  LK_ORT(api, kWhat, api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
  impl->memory = {memory, api->ReleaseMemoryInfo};
  const char* keys[] = {"max_mem", "arena_extend_strategy"};
  const size_t values[] = {options.memory_bytes_max, 1 /* as much as was asked for */};
  OrtArenaCfg* arena = nullptr;
  LK_ORT(api, kWhat, api->CreateArenaCfgV2(keys, values, std::size(keys), &arena));
  Owned<OrtArenaCfg> config(arena, api->ReleaseArenaCfg);
  LK_ORT(api, kWhat, api->CreateAndRegisterAllocator(env, memory, arena));
  return impl;
}

struct Network::Impl {
  std::shared_ptr<const ModelRuntime> runtime;
  std::string name;
  Owned<OrtSession> session;
  std::vector<TensorInfo> inputs, outputs;

  const OrtApi* api() const { return runtime->impl().api; }
  Status ReadTensors(bool output);
  Result<Owned<OrtValue>> MakeInput(const NetworkInput& input, Bytes* converted) const;
  Result<NetworkOutput> ReadOutput(const std::string& name, OrtValue* value) const;
};

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::~Network() = default;
const std::vector<TensorInfo>& Network::inputs() const {
  return impl_->inputs;
}
const std::vector<TensorInfo>& Network::outputs() const {
  return impl_->outputs;
}
const TensorInfo* Network::FindInput(std::string_view name) const {
  auto found = std::ranges::find(impl_->inputs, name, &TensorInfo::name);
  return found == impl_->inputs.end() ? nullptr : &*found;
}
const TensorInfo* Network::FindOutput(std::string_view name) const {
  auto found = std::ranges::find(impl_->outputs, name, &TensorInfo::name);
  return found == impl_->outputs.end() ? nullptr : &*found;
}

// Names, types and shapes of one side.
Status Network::Impl::ReadTensors(bool output) {
  std::vector<TensorInfo>& list = output ? outputs : inputs;
  const OrtApi* ort = api();
  OrtAllocator* allocator = nullptr;
  LK_ORT(ort, name, ort->GetAllocatorWithDefaultOptions(&allocator));
  size_t count = 0;
  LK_ORT(ort, name,
         output ? ort->SessionGetOutputCount(session.get(), &count) : ort->SessionGetInputCount(session.get(), &count));
  for (size_t i = 0; i < count; ++i) {
    TensorInfo info;
    char* text = nullptr;
    LK_ORT(ort, name,
           output ? ort->SessionGetOutputName(session.get(), i, allocator, &text)
                  : ort->SessionGetInputName(session.get(), i, allocator, &text));
    info.name = text;
    allocator->Free(allocator, text);
    OrtTypeInfo* raw = nullptr;
    LK_ORT(ort, name,
           output ? ort->SessionGetOutputTypeInfo(session.get(), i, &raw)
                  : ort->SessionGetInputTypeInfo(session.get(), i, &raw));
    Owned<OrtTypeInfo> type(raw, ort->ReleaseTypeInfo);
    const OrtTensorTypeAndShapeInfo* tensor = nullptr;
    LK_ORT(ort, name, ort->CastTypeInfoToTensorInfo(raw, &tensor));
    if (tensor != nullptr) {
      ONNXTensorElementDataType element;
      size_t dimensions = 0;
      LK_ORT(ort, name, ort->GetTensorElementType(tensor, &element));
      LK_ORT(ort, name, ort->GetDimensionsCount(tensor, &dimensions));
      info.type = TypeOf(element);
      info.shape.resize(dimensions);
      LK_ORT(ort, name, ort->GetDimensions(tensor, info.shape.data(), dimensions));
    }
    list.push_back(std::move(info));
  }
  return {};
}

namespace {

// The model's bytes, checked for what they refer to.
Result<Bytes> ReadModel(const std::filesystem::path& path, const Network::Options& options) {
  LK_ASSIGN(Bytes bytes, ReadFile(path, kModelBytesMax));
  Result<OnnxFacts> facts = InspectOnnx(bytes);
  if (!facts) return std::unexpected(facts.error().Within(path.filename().string()));
  for (const std::string& file : facts->data_files) {
    const bool plain = !file.empty() && file.find('/') == std::string::npos && file != "." && file != "..";
    if (!plain || std::ranges::find(options.data_files, file) == options.data_files.end())
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("{} keeps data in \"{}\", which its manifest does not list", path.filename().string(),
                              CleanText(file, 100)),
                  "a model may only use the files of its own folder that its manifest names");
  }
  if (!facts->data_files.empty() && !options.expose.empty())
    return Fail(
        ErrorCode::kUnsupported,
        fmt::format("{} keeps data in further files; its inner tensors cannot be asked for", path.filename().string()));
  if (facts->data_files.empty()) {
    for (const std::string& tensor : options.expose) {
      Bytes more = ExposeOutput(tensor);
      bytes.insert(bytes.end(), more.begin(), more.end());
    }
  } else {
    bytes.clear();  // the runtime has to know the folder: it opens the file itself
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<Network>> Network::Open(std::shared_ptr<const ModelRuntime> runtime,
                                               const std::filesystem::path& path, const Options& options) {
  auto impl = std::make_unique<Impl>();
  impl->runtime = std::move(runtime);
  impl->name = path.filename().string();
  const ModelRuntime::Impl& shared = impl->runtime->impl();
  const OrtApi* api = shared.api;
  const std::string& what = impl->name;
  LK_ASSIGN(Bytes bytes, ReadModel(path, options));
  if (bytes.size() > shared.options.memory_bytes_max)
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} has {} bytes, models may use {} bytes of memory", what, bytes.size(),
                            shared.options.memory_bytes_max),
                "take a smaller model");

  OrtSessionOptions* raw = nullptr;
  LK_ORT(api, what, api->CreateSessionOptions(&raw));
  Owned<OrtSessionOptions> settings(raw, api->ReleaseSessionOptions);
  LK_ORT(api, what, api->SetSessionGraphOptimizationLevel(raw, ORT_ENABLE_ALL));
  LK_ORT(api, what, api->SetSessionExecutionMode(raw, ORT_SEQUENTIAL));
  LK_ORT(api, what, api->DisablePerSessionThreads(raw));
  LK_ORT(api, what, api->AddSessionConfigEntry(raw, "session.use_env_allocators", "1"));
  OrtSession* session = nullptr;
  OrtStatus* status = bytes.empty()
                          ? api->CreateSession(shared.env.get(), path.c_str(), raw, &session)
                          : api->CreateSessionFromArray(shared.env.get(), bytes.data(), bytes.size(), raw, &session);
  if (status != nullptr) return Failed(api, status, fmt::format("cannot load {}", what));
  impl->session = {session, api->ReleaseSession};
  LK_TRY(impl->ReadTensors(false));
  LK_TRY(impl->ReadTensors(true));
  return std::unique_ptr<Network>(new Network(std::move(impl)));
}

// `converted` holds values that are not in the caller's type, and has to outlive the value.
Result<Owned<OrtValue>> Network::Impl::MakeInput(const NetworkInput& input, Bytes* converted) const {
  const auto info = std::ranges::find(inputs, input.name, &TensorInfo::name);
  if (info == inputs.end())
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} has no input \"{}\"", name, input.name));
  const auto* floats = std::get_if<std::span<const float>>(&input.values);
  const auto* wholes = std::get_if<std::span<const int64_t>>(&input.values);
  const size_t count = floats ? floats->size() : wholes->size();
  bool fits = input.shape.size() == info->shape.size() && Product(input.shape) == static_cast<int64_t>(count);
  for (size_t i = 0; fits && i < input.shape.size(); ++i) fits = info->shape[i] < 0 || info->shape[i] == input.shape[i];
  if (!fits)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} takes {} as \"{}\", not {}", name, ShapeText(info->shape),
                                                         input.name, ShapeText(input.shape)));
  const void* data = floats ? static_cast<const void*>(floats->data()) : wholes->data();
  size_t bytes = 0;
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  const auto convert = [&]<typename To>(const auto& values, To) {
    converted->resize(count * sizeof(To));
    To* out = reinterpret_cast<To*>(converted->data());
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<To>(values[i]);
    data = converted->data();
    bytes = converted->size();
  };
  if (floats && info->type == ElementType::kFloat) {
    element = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    bytes = count * sizeof(float);
  } else if (floats && info->type == ElementType::kHalf) {
    element = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
    convert(*floats, _Float16{});
  } else if (wholes && info->type == ElementType::kInt64) {
    element = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
    bytes = count * sizeof(int64_t);
  } else if (wholes && info->type == ElementType::kInt32) {
    element = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
    convert(*wholes, int32_t{});
  } else {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} takes no {} as \"{}\"", name, floats ? "floats" : "whole numbers", input.name));
  }
  OrtValue* value = nullptr;
  LK_ORT(api(), name,
         api()->CreateTensorWithDataAsOrtValue(runtime->impl().memory.get(), const_cast<void*>(data), bytes,
                                               input.shape.data(), input.shape.size(), element, &value));
  return Owned<OrtValue>(value, api()->ReleaseValue);
}

Result<NetworkOutput> Network::Impl::ReadOutput(const std::string& output, OrtValue* value) const {
  const OrtApi* ort = api();
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  LK_ORT(ort, name, ort->GetTensorTypeAndShape(value, &raw));
  Owned<OrtTensorTypeAndShapeInfo> info(raw, ort->ReleaseTensorTypeAndShapeInfo);
  size_t dimensions = 0;
  ONNXTensorElementDataType element;
  LK_ORT(ort, name, ort->GetDimensionsCount(raw, &dimensions));
  LK_ORT(ort, name, ort->GetTensorElementType(raw, &element));
  NetworkOutput out;
  out.shape.resize(dimensions);
  LK_ORT(ort, name, ort->GetDimensions(raw, out.shape.data(), dimensions));
  out.values.resize(static_cast<size_t>(Product(out.shape)));
  void* data = nullptr;
  LK_ORT(ort, name, ort->GetTensorMutableData(value, &data));
  if (TypeOf(element) == ElementType::kFloat) {
    std::memcpy(out.values.data(), data, out.values.size() * sizeof(float));
  } else if (TypeOf(element) == ElementType::kHalf) {
    const auto* halves = static_cast<const _Float16*>(data);
    for (size_t i = 0; i < out.values.size(); ++i) out.values[i] = static_cast<float>(halves[i]);
  } else {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("output \"{}\" of {} is not of floats", output, name));
  }
  return out;
}

Result<std::vector<NetworkOutput>> Network::Run(std::span<const NetworkInput> inputs,
                                                std::span<const std::string> outputs) const {
  const OrtApi* api = impl_->api();
  std::vector<Bytes> converted(inputs.size());
  std::vector<Owned<OrtValue>> held;
  std::vector<const OrtValue*> values;
  std::vector<std::string> names;
  std::vector<const char*> input_names, output_names;
  for (const NetworkInput& input : inputs) names.emplace_back(input.name);
  for (size_t i = 0; i < inputs.size(); ++i) {
    LK_ASSIGN(Owned<OrtValue> value, impl_->MakeInput(inputs[i], &converted[i]));
    held.push_back(std::move(value));
    values.push_back(held.back().get());
    input_names.push_back(names[i].c_str());
  }
  for (const std::string& output : outputs) output_names.push_back(output.c_str());
  std::vector<OrtValue*> results(outputs.size(), nullptr);
  LK_ORT(api, impl_->name,
         api->Run(impl_->session.get(), nullptr, input_names.data(), values.data(), values.size(), output_names.data(),
                  output_names.size(), results.data()));
  std::vector<Owned<OrtValue>> owned;
  for (OrtValue* result : results) owned.emplace_back(result, api->ReleaseValue);
  std::vector<NetworkOutput> out;
  for (size_t i = 0; i < outputs.size(); ++i) {
    LK_ASSIGN(NetworkOutput read, impl_->ReadOutput(outputs[i], results[i]));
    out.push_back(std::move(read));
  }
  return out;
}

}  // namespace likeness::feature
