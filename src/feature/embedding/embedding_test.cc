#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/files.h"
#include "feature/embedding/encoder.h"
#include "feature/embedding/onnx_file.h"
#include "feature/embedding/projection.h"
#include "feature/embedding/test_models.h"
#include "feature/test_photos.h"

namespace likeness::feature {
namespace {

// The synthetic picture of the golden numbers: sample (3x + 5y + 71c) mod 256.
image::Bitmap GoldenPicture(int side) {
  image::Bitmap bitmap(side, side, 3);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      for (int c = 0; c < 3; ++c) bitmap.row(y)[x * 3 + c] = static_cast<uint8_t>((3 * x + 5 * y + 71 * c) % 256);
    }
  }
  return bitmap;
}

constexpr float kGoldenTolerance = 1e-3f;

void ExpectBegins(std::span<const float> values, const boost::json::value& golden, float tolerance = kGoldenTolerance) {
  const auto& expected = golden.as_array();
  ASSERT_GE(values.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(values[i], expected[i].to_number<double>(), tolerance) << "number " << i;
}

double Cosine(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

ModelSpec AtOwnSize(ModelSpec spec) {
  spec.image.pixels.resize_side = spec.image.pixels.width;
  return spec;
}

TEST(ConseModel, GivesTheGoldenNumbers) {
  LIKENESS_NEEDS_MODELS();
  auto golden = boost::json::parse(ReadGolden("text-image-conse/golden.json"));
  auto images = ImageEncoder::Open(TestRuntime(), AtOwnSize(ConseSpec()));
  ASSERT_TRUE(images) << images.error().Text();
  const image::Bitmap pictures[] = {GoldenPicture(224), TexturedPicture(300, 200, 3, 1), GoldenPicture(224)};
  auto encoded = (*images)->Encode(pictures);
  ASSERT_TRUE(encoded) << encoded.error().Text();
  ASSERT_EQ(encoded->size(), 3u);
  for (size_t i : {0, 2}) {
    ExpectBegins((*encoded)[i].joint, golden.at("image_encoder").at("image_embeds"));
    ExpectBegins((*encoded)[i].looks, golden.at("image_encoder").at("visual_embeds"));
  }
  EXPECT_EQ((*encoded)[0].looks.size(), 1280u);
  EXPECT_NEAR(Cosine((*encoded)[1].joint, (*encoded)[1].joint), 1, 1e-5);

  auto texts = TextEncoder::Open(TestRuntime(), ConseSpec());
  ASSERT_TRUE(texts) << texts.error().Text();
  for (const auto& row : golden.at("text_encoder").as_array()) {
    auto embedding = (*texts)->Encode(row.at("text").as_string().c_str());
    if (row.at("ids").as_array()[0] == 0) {
      EXPECT_EQ(embedding.error().code, ErrorCode::kInvalidArgument) << "unknown words";
    } else {
      ASSERT_TRUE(embedding) << embedding.error().Text();
      ExpectBegins(*embedding, row.at("text_embeds"));
    }
  }
  EXPECT_EQ((*texts)->Encode("").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ((*texts)->Encode(std::string(70'000, 'a')).error().code, ErrorCode::kLimitExceeded);
}

TEST(PlacesModel, GivesTheGoldenNumbers) {
  LIKENESS_NEEDS_MODELS();
  auto golden = boost::json::parse(ReadGolden("squeezenet-places365/golden.json"));
  auto tagger = SceneTagger::Open(TestRuntime(), AtOwnSize(PlacesSpec()));
  ASSERT_TRUE(tagger) << tagger.error().Text();
  const image::Bitmap pictures[] = {GoldenPicture(224)};
  auto scenes = (*tagger)->Tag(pictures);
  ASSERT_TRUE(scenes) << scenes.error().Text();
  const auto& expected = golden.at("places365").at("probs_top5").as_array();
  ASSERT_EQ((*scenes)[0].best.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ((*scenes)[0].best[i].category, expected[i].as_array()[0].to_number<size_t>());
    EXPECT_NEAR((*scenes)[0].best[i].probability, expected[i].as_array()[1].to_number<double>(), kGoldenTolerance);
  }
  EXPECT_EQ((*tagger)->labels().size(), 365u);
  EXPECT_EQ((*tagger)->labels()[2], "airport terminal");
  EXPECT_GE((*scenes)[0].outdoor, 0);
}

TEST(YoloxModel, GivesTheGoldenNumbers) {
  LIKENESS_NEEDS_MODELS();
  auto golden = boost::json::parse(ReadGolden("yolox-nano-coco/golden.json"));
  auto network = Network::Open(TestRuntime(), YoloxSpec().folder / "yolox_nano.onnx", {});
  ASSERT_TRUE(network) << network.error().Text();
  std::vector<float> pixels(3 * 416 * 416);
  ModelSpec spec = YoloxSpec();
  spec.image.pixels.bgr = false;  // the golden picture is made in the network's own order
  FillImageInput(GoldenPicture(416), spec.image.pixels, pixels);
  const NetworkInput input{"images", {1, 3, 416, 416}, std::span<const float>(pixels)};
  const std::string output = "output";
  auto rows = (*network)->Run({&input, 1}, {&output, 1});
  ASSERT_TRUE(rows) << rows.error().Text();
  // Sizes of some units: exp is taken later.
  ExpectBegins((*rows)[0].values, golden.at("output_row0"), 5e-3f);
}

TEST(Models, SeeWhatIsOnPhotos) {
  LIKENESS_NEEDS_MODELS();
  LIKENESS_NEEDS_PHOTOS();
  auto images = ImageEncoder::Open(TestRuntime(), ConseSpec());
  auto texts = TextEncoder::Open(TestRuntime(), ConseSpec());
  auto scenes = SceneTagger::Open(TestRuntime(), PlacesSpec());
  auto objects = ObjectDetector::Open(TestRuntime(), YoloxSpec());
  ASSERT_TRUE(images && texts && scenes && objects);
  struct Row {
    const char *photo, *query, *object;
    bool outdoor;
  };
  const Row rows[] = {
      {"gb82-dog-lossless.jpg", "a dog", "dog", true},
      {"budgie-dragonfly-on-lavender.jpg", "dragonfly", "", true},
      {"elem-pawel-czerwinski-giraffe.jpg", "", "giraffe", true},
      {"stun-peru-alpamayo.jpg", "mountain with snow", "", true},
      {"mate-ladybird.jpg", "ladybug", "", true},
      {"elem-lighthouse.jpg", "lighthouse", "", true},
      {"gb82-guitar-lossless.jpg", "guitar", "", false},
  };
  std::vector<image::Bitmap> pictures;
  for (const Row& row : rows) pictures.push_back(DecodePhoto(SharedPhotos() / "main" / row.photo));
  auto encoded = (*images)->Encode(pictures);
  auto tagged = (*scenes)->Tag(pictures);
  auto found = (*objects)->Detect(pictures);
  ASSERT_TRUE(encoded && tagged && found);
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (*rows[i].query) {
      auto query = (*texts)->Encode(rows[i].query);
      ASSERT_TRUE(query) << query.error().Text();
      std::vector<double> scores;
      for (const ImageEmbedding& embedding : *encoded) scores.push_back(Cosine(*query, embedding.joint));
      EXPECT_EQ(std::max_element(scores.begin(), scores.end()) - scores.begin(), static_cast<ptrdiff_t>(i))
          << rows[i].query;
    }
    EXPECT_EQ((*tagged)[i].outdoor > 0.5f, rows[i].outdoor) << rows[i].photo;
    if (!*rows[i].object) continue;
    ASSERT_FALSE((*found)[i].empty()) << rows[i].photo;
    const FoundObject& object = (*found)[i][0];
    EXPECT_EQ((*objects)->labels()[object.kind], rows[i].object) << rows[i].photo;
    EXPECT_GE(object.confidence, 0.3f);
    EXPECT_GT(object.width * object.height, 0);
    EXPECT_LT(object.x + object.width, 1.1f * static_cast<float>(pictures[i].width));
    EXPECT_LT(object.y + object.height, 1.1f * static_cast<float>(pictures[i].height));
  }
}

constexpr ClipShape kSmallClip{.side = 32,
                               .patch = 8,
                               .image_width = 64,
                               .image_heads = 4,
                               .vocabulary = 49408,
                               .context = 77,
                               .text_width = 32,
                               .text_heads = 2,
                               .layers = 2,
                               .dimension = 24};

TEST(ClipModel, RunsInAllPrecisionsWithItsRealTokenizer) {
  LIKENESS_NEEDS_MODELS();
  const std::string vocabulary = SharedModels() / "clip-bpe-tokenizer/bpe_simple_vocab_16e6.txt.gz";
  const image::Bitmap pictures[] = {TexturedPicture(50, 40, 3, 1), TexturedPicture(64, 64, 1, 2),
                                    TexturedPicture(30, 90, 4, 3)};
  Embedding exact_image, exact_text;
  const std::tuple<Precision, double> rows[] = {
      {Precision::kFloat, 0.99999}, {Precision::kHalf, 0.999}, {Precision::kInt8, 0.97}};
  for (auto [precision, cosine_min] : rows) {
    TemporaryModels folder;
    ModelSpec spec = ClipSpec(folder.path(), kSmallClip, precision, vocabulary);
    spec.text->templates = {"a photo of a {}.", "{}"};
    auto images = ImageEncoder::Open(TestRuntime(), spec);
    ASSERT_TRUE(images) << images.error().Text();
    auto together = (*images)->Encode(pictures);
    ASSERT_TRUE(together) << together.error().Text();
    for (size_t i = 0; i < 3; ++i) {
      auto alone = (*images)->Encode({&pictures[i], 1});
      ASSERT_TRUE(alone) << alone.error().Text();
      // A batch quantises with one range.
      EXPECT_GT(Cosine((*alone)[0].joint, (*together)[i].joint), precision == Precision::kInt8 ? 0.98 : 0.99999);
    }
    EXPECT_LT(Cosine((*together)[0].joint, (*together)[1].joint), 0.999) << "pictures are told apart";
    auto texts = TextEncoder::Open(TestRuntime(), spec);
    ASSERT_TRUE(texts) << texts.error().Text();
    auto dog = (*texts)->Encode("Dog"), beach = (*texts)->Encode("a beach");
    ASSERT_TRUE(dog && beach) << dog.error().Text();
    EXPECT_EQ(dog->size(), 24u);
    EXPECT_LT(Cosine(*dog, *beach), 0.999);
    EXPECT_GT(Cosine(*dog, *(*texts)->Encode("  dog ")), 0.99999) << "cleaned";
    if (precision == Precision::kFloat) {
      exact_image = (*together)[0].joint;
      exact_text = *dog;
    }
    EXPECT_GT(Cosine(exact_image, (*together)[0].joint), cosine_min);
    EXPECT_GT(Cosine(exact_text, *dog), cosine_min);
  }
}

TEST(TextEncoder, TakesTheMeanOfTokensAndProjectsIt) {
  TemporaryModels folder;
  folder.Write("text.onnx", MakeClipTextNetwork(kSmallClip, Precision::kFloat, 2));
  folder.Write("v.txt", AsBytes("[UNK]\n[CLS]\n[SEP]\ndog\n"));
  // The vector of the whole text is a "token" of a batch of one here; the matrix doubles and swaps two of its numbers.
  const std::string header = R"({"linear.weight":{"dtype":"F32","shape":[2,24],"data_offsets":[0,192]}})";
  ByteWriter writer;
  writer.Put(uint64_t{header.size()});
  writer.PutBytes(AsBytes(header));
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 24; ++column) writer.Put(column == 1 - row ? 2.0f : 0.0f);
  }
  ModelSpec spec;
  spec.name = "m";
  spec.folder = folder.path();
  spec.text.emplace();
  spec.text->file = "text.onnx";
  spec.text->input = "input_ids";
  spec.text->tokenizer = TokenizerKind::kClipBpe;
  spec.text->vocabulary = "v.txt";
  spec.text->embedding = {"text_embeds", 24};
  spec.text->tokenizer = TokenizerKind::kWordPiece;
  spec.text->context_length = 77;
  folder.Write("p.safetensors", writer.view());
  spec.text->projection = "p.safetensors";
  spec.text->embedding.dimension = 2;
  auto opened = TextEncoder::Open(TestRuntime(), spec);
  ASSERT_TRUE(opened) << opened.error().Text();
  // The network wants whole rows of 77 tokens: an error of use, not a crash.
  EXPECT_EQ((*opened)->Encode("dog").error().code, ErrorCode::kInvalidArgument);
  auto projection = Projection::Open(folder.path() / "p.safetensors", 2);
  ASSERT_TRUE(projection) << projection.error().Text();
  EXPECT_EQ(projection->columns(), 24u);
  std::vector<float> values(24, 0.0f);
  values[0] = 3;
  values[1] = 5;
  EXPECT_EQ(projection->Apply(values), (std::vector<float>{10, 6}));
  const Bytes whole(writer.view().begin(), writer.view().end());
  for (size_t size : {size_t{0}, size_t{7}, size_t{30}, whole.size() - 1})
    EXPECT_FALSE(Projection::Open(folder.Write("cut", ByteView(whole).first(size)), 2)) << size;
  EXPECT_FALSE(Projection::Open(folder.path() / "p.safetensors", 5));
}

TEST(Network, GivesTensorsFromInsideTheGraph) {
  TemporaryModels folder;
  auto path = folder.Write("image.onnx", MakeClipImageNetwork(kSmallClip, Precision::kFloat, 1));
  auto network = Network::Open(TestRuntime(), path, {.data_files = {}, .expose = {"t1"}});
  ASSERT_TRUE(network) << network.error().Text();
  ASSERT_NE((*network)->FindOutput("t1"), nullptr);
  std::vector<float> pixels(3 * 32 * 32, 0.5f);
  const NetworkInput input{"pixel_values", {1, 3, 32, 32}, std::span<const float>(pixels)};
  const std::string outputs[] = {"t1", "image_embeds"};
  auto run = (*network)->Run({&input, 1}, outputs);
  ASSERT_TRUE(run) << run.error().Text();
  EXPECT_EQ((*run)[0].values.size(), 64u * 4 * 4);
  EXPECT_FALSE(Network::Open(TestRuntime(), path, {.data_files = {}, .expose = {"absent"}}));
}

TEST(Network, RefusesWhatDoesNotFit) {
  TemporaryModels folder;
  auto path = folder.Write("image.onnx", MakeClipImageNetwork(kSmallClip, Precision::kFloat, 1));
  auto network = Network::Open(TestRuntime(), path, {});
  ASSERT_TRUE(network) << network.error().Text();
  std::vector<float> pixels(3 * 32 * 32);
  std::vector<int64_t> wholes(3 * 32 * 32);
  const std::string output = "image_embeds", absent = "absent";
  const NetworkInput good{"pixel_values", {1, 3, 32, 32}, std::span<const float>(pixels)};
  const NetworkInput bad[] = {{"pixels", {1, 3, 32, 32}, std::span<const float>(pixels)},
                              {"pixel_values", {1, 3, 16, 64}, std::span<const float>(pixels)},
                              {"pixel_values", {3, 32, 32}, std::span<const float>(pixels)},
                              {"pixel_values", {2, 3, 32, 32}, std::span<const float>(pixels)},
                              {"pixel_values", {1, 3, 32, 32}, std::span<const int64_t>(wholes)}};
  for (const NetworkInput& input : bad) {
    auto run = (*network)->Run({&input, 1}, {&output, 1});
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().code, ErrorCode::kInvalidArgument) << run.error().Text();
  }
  EXPECT_FALSE((*network)->Run({&good, 1}, {&absent, 1}));
  EXPECT_TRUE((*network)->Run({&good, 1}, {&output, 1}));
}

TEST(Network, RefusesDamagedFiles) {
  TemporaryModels folder;
  const Bytes good = MakeClipImageNetwork(kSmallClip, Precision::kFloat, 1);
  Bytes zeros(good.size()), text = Bytes(200, 'a'),
                            cut(good.begin(), good.begin() + static_cast<ptrdiff_t>(good.size() / 2));
  for (const Bytes& bytes : {Bytes{}, zeros, text, cut}) {
    auto opened = Network::Open(TestRuntime(), folder.Write("bad.onnx", bytes), {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kCorruption) << opened.error().Text();
  }
  EXPECT_EQ(Network::Open(TestRuntime(), folder.path() / "absent.onnx", {}).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(Network::Open(TestRuntime(), folder.path(), {}));
  // One flipped byte anywhere: an error or a network, never a crash.
  for (size_t at = 0; at < good.size(); at += good.size() / 97) {
    Bytes flipped = good;
    flipped[at] ^= 0x55;
    (void)Network::Open(TestRuntime(), folder.Write("flipped.onnx", flipped), {});
  }
}

// A field of length-delimited bytes.
Bytes Field(int number, const Bytes& inner) {
  const int tag = number << 3 | 2;
  Bytes out = {static_cast<uint8_t>(tag)};
  if (tag > 127) out = {static_cast<uint8_t>(tag | 0x80), static_cast<uint8_t>(tag >> 7)};
  EXPECT_LT(inner.size(), 128u << 7);
  if (inner.size() > 127) out.push_back(static_cast<uint8_t>(inner.size() | 0x80));
  out.push_back(static_cast<uint8_t>(inner.size() > 127 ? inner.size() >> 7 : inner.size()));
  out.insert(out.end(), inner.begin(), inner.end());
  return out;
}
Bytes Joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}
Bytes Text(std::string_view text) {
  return {text.begin(), text.end()};
}
Bytes TensorIn(std::string_view file) {
  return Joined({Field(13, Joined({Field(1, Text("location")), Field(2, Text(file))})), {14 << 3, 1}});
}

TEST(Network, RefusesDataOutsideItsFolder) {
  TemporaryModels folder;
  const Bytes head = {1 << 3, 8};
  const Bytes nested = Field(7, Field(1, Field(5, Field(6, Field(5, TensorIn("/etc/passwd"))))));
  const std::pair<const char*, Bytes> rows[] = {
      {"/etc/passwd", Joined({head, Field(7, Field(5, TensorIn("/etc/passwd")))})},
      {"../secret", Joined({head, Field(7, Field(5, TensorIn("../secret")))})},
      {"weights.bin", Joined({head, Field(7, Field(5, TensorIn("weights.bin")))})},
      {"*/_ORT_MEM_ADDR_/*", Joined({head, Field(7, Field(5, TensorIn("*/_ORT_MEM_ADDR_/*")))})},
      {"/etc/passwd", Joined({head, nested})},
      {"/etc/passwd", Joined({head, Field(7, {}), Field(25, Field(7, Field(5, Field(5, TensorIn("/etc/passwd")))))})}};
  for (const auto& [file, bytes] : rows) {
    auto facts = InspectOnnx(bytes);
    ASSERT_TRUE(facts) << file;
    EXPECT_EQ(facts->data_files, std::vector<std::string>{file});
    auto opened =
        Network::Open(TestRuntime(), folder.Write("m.onnx", bytes), {.data_files = {"other.bin"}, .expose = {}});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported) << opened.error().Text();
  }
  // Groups are not part of the format, and nesting ends.
  EXPECT_FALSE(InspectOnnx(Joined({head, {7 << 3 | 3}})));
  EXPECT_FALSE(InspectOnnx(Joined({head, {7 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0x7f}})));
}

TEST(Network, TakesDataThatIsListed) {
  TemporaryModels folder;
  // y = x + w, with w in a file beside the network.
  const Bytes four = Field(2, Field(1, Joined({{1 << 3, 1}, Field(2, Field(1, {1 << 3, 4}))})));
  const Bytes graph = Joined(
      {Field(1, Joined({Field(1, Text("x")), Field(1, Text("w")), Field(2, Text("y")), Field(4, Text("Add"))})),
       Field(2, Text("g")), Field(5, Joined({{1 << 3, 4}, {2 << 3, 1}, Field(8, Text("w")), TensorIn("weights.bin")})),
       Field(11, Joined({Field(1, Text("x")), four})), Field(12, Joined({Field(1, Text("y")), four}))});
  const auto path = folder.Write("m.onnx", Joined({{1 << 3, 8}, Field(8, {2 << 3, 17}), Field(7, graph)}));
  const float weights[] = {1, 2, 3, 4}, values[] = {10, 20, 30, 40};
  EXPECT_FALSE(Network::Open(TestRuntime(), path, {.data_files = {"weights.bin"}, .expose = {}})) << "not there yet";
  folder.Write("weights.bin", {reinterpret_cast<const uint8_t*>(weights), sizeof weights});
  auto network = Network::Open(TestRuntime(), path, {.data_files = {"weights.bin"}, .expose = {}});
  ASSERT_TRUE(network) << network.error().Text();
  const NetworkInput input{"x", {4}, std::span<const float>(values)};
  const std::string output = "y";
  auto sum = (*network)->Run({&input, 1}, {&output, 1});
  ASSERT_TRUE(sum) << sum.error().Text();
  EXPECT_EQ((*sum)[0].values, (std::vector<float>{11, 22, 33, 44}));
  EXPECT_FALSE(Network::Open(TestRuntime(), path, {}));
}

TEST(Encoders, RefuseNetworksOfAnotherShape) {
  LIKENESS_NEEDS_MODELS();
  const auto refused = [](const ModelSpec& spec) {
    auto opened = ImageEncoder::Open(TestRuntime(), spec);
    EXPECT_FALSE(opened);
    return opened ? ErrorCode::kInternal : opened.error().code;
  };
  ModelSpec spec = ConseSpec();
  spec.image.input = "pixels";
  EXPECT_EQ(refused(spec), ErrorCode::kInvalidArgument);
  spec = ConseSpec();
  spec.image.pixels.width = 100;
  EXPECT_EQ(refused(spec), ErrorCode::kInvalidArgument);
  spec = ConseSpec();
  spec.embedding = {"image_embeds", 512};
  EXPECT_EQ(refused(spec), ErrorCode::kInvalidArgument);
  spec = ConseSpec();
  spec.looks = {"absent", 512};
  EXPECT_EQ(refused(spec), ErrorCode::kInvalidArgument);
  spec = ConseSpec();
  spec.text->input = "ids";
  EXPECT_FALSE(TextEncoder::Open(TestRuntime(), spec));
  spec = PlacesSpec();
  spec.scenes->labels = "labels_sunattribute.txt";
  EXPECT_FALSE(SceneTagger::Open(TestRuntime(), spec));
  spec = YoloxSpec();
  spec.objects->strides = {8, 16};
  EXPECT_FALSE(ObjectDetector::Open(TestRuntime(), spec));
}

TEST(Runtime, SaysWhatIsMissing) {
  auto absent = ModelRuntime::Open({.library = "/nowhere/libonnxruntime.so.1"});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(ModelRuntime::Open({.library = "libz.so.1"}));
  EXPECT_EQ(*ModelRuntime::Open({}), TestRuntime()) << "one a process";
  EXPECT_FALSE(TestRuntime()->version().empty());
}

TEST(Preprocess, FitsPicturesOfEveryShape) {
  ImageInput spec{.width = 16, .height = 16, .resize_side = 16};
  std::vector<float> out(3 * 16 * 16);
  for (auto [width, height] : {std::pair{1, 1}, {1, 900}, {900, 1}, {16, 16}, {17, 15}, {300, 200}}) {
    for (int channels : {1, 3, 4}) {
      for (auto fit : {ImageInput::Fit::kShortSide, ImageInput::Fit::kSquash, ImageInput::Fit::kLetterbox}) {
        for (auto filter : {ImageInput::Filter::kBilinear, ImageInput::Filter::kBicubic, ImageInput::Filter::kLinear}) {
          image::Bitmap bitmap(width, height, channels);
          std::fill(bitmap.pixels.begin(), bitmap.pixels.end(), 255);
          spec.fit = fit;
          spec.filter = filter;
          spec.fill = 255;
          FillImageInput(bitmap, spec, out);
          for (float value : out) ASSERT_EQ(value, 1.0f) << width << "x" << height;
        }
      }
    }
  }
  // Channels and normalisation.
  image::Bitmap red(16, 16, 3);
  for (size_t i = 0; i < red.pixels.size(); i += 3) red.pixels[i] = 255;
  spec.fit = ImageInput::Fit::kShortSide;
  spec.mean = {0.5f, 0.25f, 0};
  spec.deviation = {0.5f, 0.25f, 1};
  FillImageInput(red, spec, out);
  EXPECT_FLOAT_EQ(out[0], 1);
  EXPECT_FLOAT_EQ(out[256], -1);
  EXPECT_FLOAT_EQ(out[512], 0);
  spec.bgr = true;
  FillImageInput(red, spec, out);
  EXPECT_FLOAT_EQ(out[512], 1);
  // Transparent is white.
  image::Bitmap clear(16, 16, 4);
  FillImageInput(clear, {.width = 16, .height = 16, .resize_side = 16}, out);
  EXPECT_EQ(out[0], 1.0f);
}

}  // namespace
}  // namespace likeness::feature
