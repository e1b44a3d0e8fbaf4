#include "models/plain_runtime.h"

#include <dlfcn.h>
#include <onnxruntime_c_api.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace likeness {
namespace {

const OrtApi* Api() {
  static const OrtApi* api = [] {
    void* library = dlopen("libonnxruntime.so.1", RTLD_NOW);
    auto* base = library ? reinterpret_cast<const OrtApiBase* (*)()>(dlsym(library, "OrtGetApiBase")) : nullptr;
    return base ? base()->GetApi(ORT_API_VERSION) : nullptr;
  }();
  return api;
}

void Check(OrtStatus* status) {
  if (status == nullptr) return;
  std::fprintf(stderr, "%s\n", Api()->GetErrorMessage(status));
  std::abort();
}

}  // namespace

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double TimePlainLoop(const std::string& path, std::span<const float> pixels, int side, bool half, int threads,
                     int runs) {
  const OrtApi* api = Api();
  if (api == nullptr) std::abort();
  OrtEnv* env = nullptr;
  OrtSessionOptions* options = nullptr;
  OrtSession* session = nullptr;
  OrtMemoryInfo* memory = nullptr;
  OrtValue* input = nullptr;
  Check(api->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "plain", &env));
  Check(api->CreateSessionOptions(&options));
  Check(api->SetIntraOpNumThreads(options, threads));
  Check(api->CreateSession(env, path.c_str(), options, &session));
  Check(api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
  std::vector<_Float16> halves(pixels.begin(), pixels.end());
  const int64_t shape[] = {1, 3, side, side};
  void* data = half ? static_cast<void*>(halves.data()) : const_cast<float*>(pixels.data());
  Check(api->CreateTensorWithDataAsOrtValue(
      memory, data, pixels.size() * (half ? 2 : 4), shape, 4,
      half ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &input));
  const char *in = "pixel_values", *out = "image_embeds";
  double seconds = 0;
  for (int i = -1; i < runs; ++i) {  // the first is not counted
    const double start = CpuSeconds();
    OrtValue* result = nullptr;
    Check(api->Run(session, nullptr, &in, &input, 1, &out, 1, &result));
    api->ReleaseValue(result);
    if (i >= 0) seconds += CpuSeconds() - start;
  }
  api->ReleaseValue(input);
  api->ReleaseMemoryInfo(memory);
  api->ReleaseSession(session);
  api->ReleaseSessionOptions(options);
  api->ReleaseEnv(env);
  return seconds;
}

}  // namespace likeness
