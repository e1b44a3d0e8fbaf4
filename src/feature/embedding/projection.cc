#include "feature/embedding/projection.h"

#include <fmt/format.h>

#include <cstring>
#include <numeric>

#include "base/files.h"

namespace likeness::feature {

constexpr uint64_t kProjectionBytesMax = 256u << 20;

// Layout: u64 length of the header, the header in JSON, then the tensors one after the other. With one tensor the
// header says nothing that its length does not, but the type.
Result<Projection> Projection::Open(const std::filesystem::path& path, size_t rows) {
  LK_ASSIGN(Bytes bytes, ReadFile(path, kProjectionBytesMax));
  const auto broken = [&](const char* why) {
    return Fail(ErrorCode::kCorruption, fmt::format("{}: {}", path.filename().string(), why));
  };
  ByteReader reader(bytes);
  const auto header_bytes = reader.Get<uint64_t>();
  if (reader.failed() || header_bytes > reader.remaining()) return broken("it is no safetensors file, or cut off");
  std::string_view header = AsText(reader.GetBytes(header_bytes));
  const size_t type = header.find("\"dtype\"");
  if (type == std::string_view::npos || header.find("\"dtype\"", type + 1) != std::string_view::npos ||
      header.find("\"F32\"") == std::string_view::npos)
    return broken("it does not hold one matrix of floats");
  const size_t count = reader.remaining() / sizeof(float);
  if (count == 0 || reader.remaining() % sizeof(float) != 0 || count % rows != 0)
    return broken("its size does not fit the dimension");
  Projection out;
  out.rows_ = rows;
  out.weights_.resize(count);
  std::memcpy(out.weights_.data(), reader.GetBytes(reader.remaining()).data(), count * sizeof(float));
  return out;
}

std::vector<float> Projection::Apply(std::span<const float> values) const {
  std::vector<float> out;
  for (size_t row = 0; row < rows_; ++row) {
    const float* weights = &weights_[row * values.size()];
    out.push_back(std::inner_product(values.begin(), values.end(), weights, 0.0f));
  }
  return out;
}

}  // namespace likeness::feature
