#include "feature/embedding/test_clip.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace likeness::feature {
namespace {

using Names = std::vector<std::string>;
using Shape = std::vector<int64_t>;

// Protobuf fields appended to a buffer.
class Message {
 public:
  Message& Varint(int field, uint64_t value) {
    Raw(static_cast<uint64_t>(field) << 3);
    Raw(value);
    return *this;
  }
  Message& Text(int field, std::string_view text) { return Sub(field, {text.begin(), text.end()}); }
  Message& Sub(int field, const Bytes& inner) {
    Raw(static_cast<uint64_t>(field) << 3 | 2);
    Raw(inner.size());
    bytes.insert(bytes.end(), inner.begin(), inner.end());
    return *this;
  }
  Message& Sub(int field, const Message& inner) { return Sub(field, inner.bytes); }
  Message& Float(int field, float value) {
    Raw(static_cast<uint64_t>(field) << 3 | 5);
    const auto* raw = reinterpret_cast<const uint8_t*>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof value);
    return *this;
  }
  Bytes bytes;

 private:
  void Raw(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<uint8_t>(value | 0x80));
    bytes.push_back(static_cast<uint8_t>(value));
  }
};

// TensorProto.DataType
constexpr int kFloatType = 1, kInt8Type = 3, kInt64Type = 7, kHalfType = 10;

class Graph {
 public:
  Graph(Precision precision, uint32_t seed) : precision_(precision), state_(seed * 2654435761u + 1) {}

  int type() const { return precision_ == Precision::kHalf ? kHalfType : kFloatType; }

  Message Int(const char* name, int64_t value) {
    return Message().Text(1, name).Varint(3, static_cast<uint64_t>(value)).Varint(20, 2);
  }
  Message Ints(const char* name, const Shape& values) {
    Message out = Message().Text(1, name);
    for (int64_t value : values) out.Varint(8, static_cast<uint64_t>(value));
    return out.Varint(20, 7);
  }
  Message Real(const char* name, float value) { return Message().Text(1, name).Float(2, value).Varint(20, 1); }

  // The name of its only output.
  std::string Node(const std::string& kind, const Names& inputs, const std::vector<Message>& attributes = {},
                   std::string output = {}, size_t outputs = 1) {
    if (output.empty()) output = "t" + std::to_string(next_++);
    Message node;
    for (const std::string& input : inputs) node.Text(1, input);
    node.Text(2, output);
    for (size_t i = 1; i < outputs; ++i) node.Text(2, output + "_" + std::to_string(i));
    node.Text(4, kind);
    for (const Message& attribute : attributes) node.Sub(5, attribute);
    nodes_.Sub(1, node);
    return output;
  }

  std::string Tensor(const Shape& shape, int type, const Bytes& raw) {
    std::string name = "w" + std::to_string(next_++);
    Message tensor;
    for (int64_t side : shape) tensor.Varint(1, static_cast<uint64_t>(side));
    tensor.Varint(2, static_cast<uint64_t>(type)).Text(8, name).Sub(9, raw);
    nodes_.Sub(5, tensor);
    return name;
  }
  std::string Whole(const Shape& shape, const Shape& values) {
    const auto* raw = reinterpret_cast<const uint8_t*>(values.data());
    return Tensor(shape, kInt64Type, Bytes(raw, raw + values.size() * sizeof(int64_t)));
  }
  std::string Values(const Shape& shape, const std::vector<float>& values) {
    Bytes raw;
    if (precision_ == Precision::kHalf) {
      raw.resize(values.size() * 2);
      auto* to = reinterpret_cast<_Float16*>(raw.data());
      for (size_t i = 0; i < values.size(); ++i) to[i] = static_cast<_Float16>(values[i]);
    } else {
      const auto* from = reinterpret_cast<const uint8_t*>(values.data());
      raw.assign(from, from + values.size() * sizeof(float));
    }
    return Tensor(shape, type(), raw);
  }
  std::string Scalar(float value) { return Values({}, {value}); }

  // Roughly normal, by the sum of four uniform ones.
  std::vector<float> Random(size_t count, float deviation) {
    std::vector<float> out(count);
    for (float& value : out) {
      state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
      const uint64_t bits = state_ ^ (state_ >> 33);
      float sum = 0;
      for (int i = 0; i < 4; ++i) sum += static_cast<float>((bits >> (16 * i)) & 0xffff) / 65536.0f - 0.5f;
      value = sum * 1.732f * deviation;
    }
    return out;
  }
  std::string RandomValues(const Shape& shape, float deviation) {
    size_t count = 1;
    for (int64_t side : shape) count *= static_cast<size_t>(side);
    return Values(shape, Random(count, deviation));
  }

  // x [.., in] times random weights [in, out].
  std::string Times(const std::string& x, int in, int out, float gain = 1) {
    std::vector<float> weights =
        Random(static_cast<size_t>(in) * static_cast<size_t>(out), gain / std::sqrt(static_cast<float>(in)));
    if (precision_ != Precision::kInt8) return Node("MatMul", {x, Values({in, out}, weights)});
    float top = 0;
    for (float value : weights) top = std::max(top, std::abs(value));
    const float step = top / 127;
    Bytes raw(weights.size());
    for (size_t i = 0; i < weights.size(); ++i)
      raw[i] = static_cast<uint8_t>(static_cast<int8_t>(std::lround(weights[i] / step)));
    std::string quantised = Node("DynamicQuantizeLinear", {x}, {}, {}, 3);
    std::string sums = Node("MatMulInteger", {quantised, Tensor({in, out}, kInt8Type, raw), quantised + "_2"});
    std::string scale = Node("Mul", {quantised + "_1", Scalar(step)});
    return Node("Mul", {Node("Cast", {sums}, {Int("to", kFloatType)}), scale});
  }
  std::string Linear(const std::string& x, int in, int out, float gain = 1) {
    return Node("Add", {Times(x, in, out, gain), RandomValues({out}, 0.02f)});
  }
  std::string Norm(const std::string& x, int width) {
    std::vector<float> scale = Random(static_cast<size_t>(width), 0.1f);
    for (float& value : scale) value += 1;
    return Node("LayerNormalization", {x, Values({width}, scale), RandomValues({width}, 0.02f)},
                {Int("axis", -1), Real("epsilon", 1e-5f)});
  }

  // A block of a transformer; `mask` may be empty.
  std::string Block(const std::string& x, int width, int heads, const std::string& mask) {
    std::string in = Norm(x, width);
    const auto heads_of = [&](const std::string& t, const Shape& order) {
      return Node("Transpose", {Node("Reshape", {t, Whole({4}, {0, 0, heads, width / heads})})}, {Ints("perm", order)});
    };
    std::string q = Node("Mul", {Linear(in, width, width), Scalar(1 / std::sqrt(static_cast<float>(width / heads)))});
    std::string k = Linear(in, width, width), v = Linear(in, width, width);
    std::string scores = Node("MatMul", {heads_of(q, {0, 2, 1, 3}), heads_of(k, {0, 2, 3, 1})});
    if (!mask.empty()) scores = Node("Add", {scores, mask});
    std::string mixed = Node("MatMul", {Node("Softmax", {scores}, {Int("axis", -1)}), heads_of(v, {0, 2, 1, 3})});
    mixed = Node("Reshape", {Node("Transpose", {mixed}, {Ints("perm", {0, 2, 1, 3})}), Whole({3}, {0, 0, width})});
    std::string after = Node("Add", {x, Linear(mixed, width, width, 0.3f)});
    std::string wide = Linear(Norm(after, width), width, 4 * width);
    wide = Node("Mul", {wide, Node("Sigmoid", {Node("Mul", {wide, Scalar(1.702f)})})});
    return Node("Add", {after, Linear(wide, 4 * width, width, 0.3f)});
  }

  void Declare(int field, const std::string& name, int element, const Shape& shape) {
    Message dimensions;
    for (size_t i = 0; i < shape.size(); ++i)
      dimensions.Sub(1, i == 0 ? Message().Text(2, "batch") : Message().Varint(1, static_cast<uint64_t>(shape[i])));
    Message tensor = Message().Varint(1, static_cast<uint64_t>(element)).Sub(2, dimensions);
    nodes_.Sub(field, Message().Text(1, name).Sub(2, Message().Sub(1, tensor)));
  }

  Bytes Finish() {
    Message model = Message().Varint(1, 8).Sub(8, Message().Text(1, "").Varint(2, 17));
    nodes_.Text(2, "clip");
    model.Sub(7, nodes_);
    return std::move(model.bytes);
  }

 private:
  const Precision precision_;
  uint64_t state_;
  Message nodes_;
  int next_ = 0;
};

}  // namespace

Bytes MakeClipImageNetwork(const ClipShape& shape, Precision precision, uint32_t seed) {
  Graph graph(precision, seed);
  const int width = shape.image_width, grid = shape.side / shape.patch;
  graph.Declare(11, "pixel_values", graph.type(), {-1, 3, shape.side, shape.side});
  graph.Declare(12, "image_embeds", graph.type(), {-1, shape.dimension});
  std::string x = graph.Node(
      "Conv", {"pixel_values", graph.RandomValues({width, 3, shape.patch, shape.patch}, 0.05f)},
      {graph.Ints("kernel_shape", {shape.patch, shape.patch}), graph.Ints("strides", {shape.patch, shape.patch})});
  x = graph.Node("Reshape", {x, graph.Whole({3}, {0, width, grid * grid})});
  x = graph.Node("Transpose", {x}, {graph.Ints("perm", {0, 2, 1})});
  // The class token for each picture of the batch.
  std::string zero = graph.Node(
      "Mul", {graph.Node("ReduceMean", {x}, {graph.Ints("axes", {1}), graph.Int("keepdims", 1)}), graph.Scalar(0)});
  std::string token = graph.Node("Add", {zero, graph.RandomValues({1, 1, width}, 0.3f)});
  x = graph.Node("Concat", {token, x}, {graph.Int("axis", 1)});
  x = graph.Norm(graph.Node("Add", {x, graph.RandomValues({1, grid * grid + 1, width}, 0.1f)}), width);
  for (int i = 0; i < shape.layers; ++i) x = graph.Block(x, width, shape.image_heads, {});
  x = graph.Norm(graph.Node("Gather", {x, graph.Whole({}, {0})}, {graph.Int("axis", 1)}), width);
  x = graph.Times(x, width, shape.dimension);
  graph.Node("Identity", {x}, {}, "image_embeds");
  return graph.Finish();
}

Bytes MakeClipTextNetwork(const ClipShape& shape, Precision precision, uint32_t seed) {
  Graph graph(precision, seed);
  const int width = shape.text_width, context = shape.context;
  graph.Declare(11, "input_ids", kInt64Type, {-1, context});
  graph.Declare(12, "text_embeds", graph.type(), {-1, shape.dimension});
  std::string x = graph.Node("Gather", {graph.RandomValues({shape.vocabulary, width}, 0.3f), "input_ids"});
  x = graph.Node("Add", {x, graph.RandomValues({1, context, width}, 0.1f)});
  std::vector<float> mask(static_cast<size_t>(context * context), 0.0f);
  for (int row = 0; row < context; ++row) {
    for (int column = row + 1; column < context; ++column) mask[static_cast<size_t>(row * context + column)] = -10000;
  }
  std::string causal = graph.Values({1, 1, context, context}, mask);
  for (int i = 0; i < shape.layers; ++i) x = graph.Block(x, width, shape.text_heads, causal);
  x = graph.Norm(x, width);
  std::string end = graph.Node("ArgMax", {"input_ids"}, {graph.Int("axis", -1), graph.Int("keepdims", 1)});
  x = graph.Node("GatherND", {x, end}, {graph.Int("batch_dims", 1)});
  x = graph.Times(x, width, shape.dimension);
  graph.Node("Identity", {x}, {}, "text_embeds");
  return graph.Finish();
}

}  // namespace likeness::feature
