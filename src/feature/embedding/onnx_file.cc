#include "feature/embedding/onnx_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace likeness::feature {
namespace {

constexpr int kDepthMax = 64;

enum class Message : uint8_t {
  kModel,
  kGraph,
  kNode,
  kAttribute,
  kTensor,
  kSparseTensor,
  kFunction,
  kTraining,
  kEntry
};

struct Child {
  Message in;
  uint64_t field;
  Message child;
};
// Where tensors can be.
constexpr Child kChildren[] = {
    {Message::kModel, 7, Message::kGraph},
    {Message::kModel, 20, Message::kTraining},
    {Message::kModel, 25, Message::kFunction},
    {Message::kGraph, 1, Message::kNode},
    {Message::kGraph, 5, Message::kTensor},
    {Message::kGraph, 15, Message::kSparseTensor},
    {Message::kNode, 5, Message::kAttribute},
    {Message::kAttribute, 5, Message::kTensor},
    {Message::kAttribute, 6, Message::kGraph},
    {Message::kAttribute, 10, Message::kTensor},
    {Message::kAttribute, 11, Message::kGraph},
    {Message::kAttribute, 22, Message::kSparseTensor},
    {Message::kAttribute, 23, Message::kSparseTensor},
    {Message::kTensor, 13, Message::kEntry},
    {Message::kSparseTensor, 1, Message::kTensor},
    {Message::kSparseTensor, 2, Message::kTensor},
    {Message::kFunction, 7, Message::kNode},
    {Message::kTraining, 1, Message::kGraph},
    {Message::kTraining, 2, Message::kGraph},
};

class Walker {
 public:
  explicit Walker(OnnxFacts* facts) : facts_(facts) {}

  bool Walk(ByteView bytes, Message message, int depth) {
    if (depth > kDepthMax) return false;
    std::string key, value;
    for (size_t at = 0; at < bytes.size();) {
      uint64_t tag = 0;
      if (!Varint(bytes, &at, &tag)) return false;
      const uint64_t field = tag >> 3;
      if (field == 0) return false;
      uint64_t number = 0;
      switch (tag & 7) {
        case 0:
          if (!Varint(bytes, &at, &number)) return false;
          if (message == Message::kModel && field == 1) facts_->ir_version = static_cast<int64_t>(number);
          break;
        case 1:
          at += 8;
          break;
        case 5:
          at += 4;
          break;
        case 2: {
          if (!Varint(bytes, &at, &number) || number > bytes.size() - at) return false;
          ByteView inner = bytes.subspan(at, number);
          at += number;
          if (message == Message::kEntry && field <= 2) (field == 1 ? key : value) = AsText(inner);
          const Child* child = std::ranges::find_if(
              kChildren, [&](const Child& row) { return row.in == message && row.field == field; });
          if (child == std::end(kChildren)) break;
          if (child->child == Message::kNode) ++facts_->nodes;
          if (child->child == Message::kGraph && message == Message::kModel) has_graph_ = true;
          if (!Walk(inner, child->child, depth + 1)) return false;
          break;
        }
        default:
          return false;
      }
      if (at > bytes.size()) return false;
    }
    if (message == Message::kEntry && key == "location" &&
        std::ranges::find(facts_->data_files, value) == facts_->data_files.end())
      facts_->data_files.push_back(value);
    return true;
  }

  bool has_graph() const { return has_graph_; }

 private:
  static bool Varint(ByteView bytes, size_t* at, uint64_t* out) {
    *out = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (*at >= bytes.size()) return false;
      const uint8_t byte = bytes[(*at)++];
      *out |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  OnnxFacts* facts_;
  bool has_graph_ = false;
};

}  // namespace

Result<OnnxFacts> InspectOnnx(ByteView bytes) {
  OnnxFacts facts;
  Walker walker(&facts);
  if (!walker.Walk(bytes, Message::kModel, 0) || !walker.has_graph() || facts.ir_version <= 0)
    return Fail(ErrorCode::kCorruption, "this is no ONNX model, or it is damaged");
  return facts;
}

Bytes ExposeOutput(const std::string& tensor) {
  const auto field = [](uint8_t number, const Bytes& inner) {
    Bytes out = {static_cast<uint8_t>(number << 3 | 2)};
    size_t size = inner.size();
    for (; size >= 0x80; size >>= 7) out.push_back(static_cast<uint8_t>(size | 0x80));
    out.push_back(static_cast<uint8_t>(size));
    out.insert(out.end(), inner.begin(), inner.end());
    return out;
  };
  // ModelProto.graph (7) { output (12) { name (1) } }
  return field(7, field(12, field(1, Bytes(tensor.begin(), tensor.end()))));
}

}  // namespace likeness::feature
